import { HOUR_MS } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { drawdowns, stepReturns, stepsPerYear, totalReturn, worstDrawdown } from "./equity.ts";

/** One value an hour. */
const curve = (...values: number[]) => ({
  atMs: Float64Array.from(values, (_, index) => index * HOUR_MS),
  equity: Float64Array.from(values),
});

describe("an equity curve", () => {
  it("has a return and returns of steps", () => {
    const { equity } = curve(1000, 1100, 990, 1188);
    expect(totalReturn(equity)).toBeCloseTo(0.188, 15);
    expect([...stepReturns(equity)].map((each) => Number(each.toFixed(12)))).toEqual([0.1, -0.1, 0.2]);
  });

  it.each([
    ["rises", [100, 110, 120], 0, 0],
    ["never moves", [100, 100, 100], 0, 0],
    ["falls to the end", [100, 90, 80], 0.2, 2],
    ["comes back after two hours", [100, 80, 100, 101], 0.2, 2],
    ["falls deep and short, then shallow and long", [100, 50, 100, 99, 98, 99, 100], 0.5, 4],
    ["is lost", [100, 0, 0], 1, 2],
    ["begins and ends below its peak", [90, 100, 95], 0.05, 1],
    ["is one value", [100], 0, 0],
    ["is nothing", [], 0, 0],
  ])("%s", (_, values, ratio, hours) => {
    const worst = worstDrawdown(curve(...values));
    expect(worst.ratio).toBeCloseTo(ratio, 12);
    expect(worst.longestMs).toBe(hours * HOUR_MS);
  });

  it("lies below its peaks", () => {
    expect([...drawdowns(Float64Array.of(100, 80, 120, 90))].map((each) => Number(each.toFixed(12)))).toEqual([
      0, 0.2, 0, 0.25,
    ]);
  });

  it("that is lost changes no more", () => {
    expect([...stepReturns(Float64Array.of(100, 0, 0))]).toEqual([-1, 0]);
    expect([totalReturn(Float64Array.of()), totalReturn(Float64Array.of(0, 5))]).toEqual([0, 0]);
  });

  it("has the steps of a year that never closes", () => {
    expect(stepsPerYear(HOUR_MS)).toBe(8760);
    expect(stepsPerYear(24 * HOUR_MS)).toBe(365);
  });
});
