import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHistory } from "./history.ts";
import { SERIES } from "./history-series.ts";

interface Figures {
  readonly value: number | null;
}
const read = ({ value }: Figures) => value;
const table = {
  mean: { unit: "count", read },
  most: { unit: "count", read, isMost: true },
  rate: { unit: "per second", read },
} as const;
const makeHistory = () => createHistory<keyof typeof table, Figures>(table);

/** Steps from one look to the next in seconds, and what is seen. */
const looks = fc.array(
  fc.record({
    step: fc.oneof(
      { weight: 8, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 1200 }) },
    ),
    value: fc.option(fc.integer({ min: 0, max: 1000 }), { freq: 10 }),
  }),
  { minLength: 1, maxLength: 60 },
);

describe("a history", () => {
  it("has what was seen in each second, null where nobody looked, and no more than 15 minutes of it", () => {
    fc.assert(
      fc.property(looks, (given) => {
        const history = makeHistory();
        const model: (number | null)[] = [];
        for (const { step, value } of given) {
          for (let missing = 1; missing < step; missing += 1) model.push(null);
          model.push(value);
          history.add(model.length - 1, { value });
        }
        const { fromSecond, values } = history.read("1s", "mean");
        expect(values).toEqual(model.slice(-900));
        expect(fromSecond).toBe(Math.max(0, model.length - 900));
        const tens = Array.from({ length: Math.floor(model.length / 10) }, (_, at) =>
          model.slice(10 * at, 10 * at + 10).filter((value) => value !== null),
        );
        const most = tens.map((ten) => (ten.length === 0 ? null : Math.max(...ten)));
        expect(history.read("10s", "most").values).toEqual(most.slice(-8640));
        const means = tens.map((ten) =>
          ten.length === 0 ? null : ten.reduce((sum, value) => sum + value, 0) / ten.length,
        );
        const seen = history.read("10s", "mean").values;
        expect(seen.map((value, at) => (value === null) === (means[at] === null))).not.toContain(false);
        for (const [at, value] of seen.entries()) expect(value ?? 0).toBeCloseTo(means[at] ?? 0, 2);
      }),
      { numRuns: soakRuns(50, 2000) },
    );
  });

  it("keeps 24 hours in steps of ten seconds", () => {
    const history = makeHistory();
    for (let second = 0; second < 86_400 + 5000; second += 1) history.add(second, { value: Math.floor(second / 10) });
    const { fromSecond, values } = history.read("10s", "mean");
    expect([fromSecond, values.length, values[0], values.at(-1)]).toEqual([5000, 8640, 500, 9139]);
    expect(history.read("10s", "mean", 3).values).toEqual([9137, 9138, 9139]);
  });

  it("shows a total as what it grows by in a second, also over seconds that are missing", () => {
    const history = makeHistory();
    history.add(0, { value: 100 });
    history.add(1, { value: 103 });
    history.add(3, { value: 107 });
    history.add(4, { value: null });
    history.add(5, { value: 107 });
    expect(history.read("1s", "rate").values).toEqual([null, 3, null, 2, null, 0]);
    expect(history.increase("rate", 60_000)).toBe(5);
  });

  it("tells the lowest only of a time that is seen as a whole", () => {
    const history = makeHistory();
    for (let second = 0; second < 5; second += 1) history.add(second, { value: 5 - second });
    expect([history.lowest("mean", 5000), history.lowest("mean", 6000)]).toEqual([1, null]);
    expect([history.highest("mean", 2000), history.quantile("mean", 0.5, 5000)]).toEqual([2, 3]);
    history.add(6, { value: 9 });
    expect(history.lowest("mean", 3000)).toBeNull();
  });

  it("ignores a second that has been", () => {
    const history = makeHistory();
    history.add(3, { value: 1 });
    history.add(3, { value: 2 });
    expect(history.read("1s", "mean").values).toEqual([null, null, null, 1]);
  });

  it("takes less than 5 MB with all series of the daemon", () => {
    expect(createHistory(SERIES).byteCount).toBeLessThan(5_000_000);
  });
});
