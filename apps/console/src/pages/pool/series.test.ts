import { expect, it } from "vitest";
import { breakerShares, breakerSpans, CHARTS, timesOf } from "./series.ts";

it("joins what the breaker was for several steps, and tells what was not measured from what was", () => {
  const spans = breakerSpans([null, 0, 0, 2, 2, 2, 9, 0], 1000);
  expect(spans).toEqual([
    { state: null, lastsMs: 1000 },
    { state: "up", lastsMs: 2000 },
    { state: "held", lastsMs: 3000 },
    { state: null, lastsMs: 1000 },
    { state: "up", lastsMs: 1000 },
  ]);
  expect(breakerShares(spans)).toEqual([
    ["up", 0.5],
    ["held", 0.5],
  ]);
  expect(breakerShares(breakerSpans([null, null], 1000))).toEqual([]);
});

it("makes an instant for each value, also where a series is missing", () => {
  const body = { step_ms: 10, from_ms: 100, units: {}, series: { one: [1, 2, 3], other: [] } };
  expect(timesOf(body)).toEqual([100, 110, 120]);
  expect(timesOf({ ...body, series: {} })).toEqual([]);
});

it("draws no more lines in one chart than can be told apart, and each series once", () => {
  const all = CHARTS.flatMap(({ lines }) => lines.map(([series]) => series));
  expect(new Set(all).size).toBe(all.length);
  expect(Math.max(...CHARTS.map(({ lines }) => lines.length))).toBeLessThanOrEqual(6);
});
