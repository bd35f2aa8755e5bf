import fc from "fast-check";
import { expect, it } from "vitest";
import { FEWEST_STEPS, walkForwardFolds } from "./folds.ts";

it.each([
  [
    100,
    4,
    [
      [20, 40],
      [40, 60],
      [60, 80],
      [80, 100],
    ],
  ],
  [
    103,
    4,
    [
      [20, 41],
      [41, 61],
      [61, 82],
      [82, 103],
    ],
  ],
  [40, 1, [[20, 40]]],
])("cuts %s steps into %s folds", (stepCount, foldCount, expected) => {
  expect(walkForwardFolds(stepCount, foldCount).map(({ cut, end }) => [cut, end])).toEqual(expected);
});

it.each([
  [99, 4],
  [39, 1],
  [0, 1],
])("refuses %s steps for %s folds", (stepCount, foldCount) => {
  expect(() => walkForwardFolds(stepCount, foldCount)).toThrow(expect.objectContaining({ code: "BACKTEST_FOLDS" }));
});

it("tries every later step once and never one that was chosen on", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(5000), (foldCount, more) => {
      const stepCount = (foldCount + 1) * FEWEST_STEPS + more;
      const folds = walkForwardFolds(stepCount, foldCount);
      const ends = folds.map(({ end }) => end);
      expect(folds.map(({ cut }) => cut)).toEqual([folds[0]?.cut, ...ends.slice(0, -1)]);
      expect(ends.at(-1)).toBe(stepCount);
      const sizes = folds.map(({ cut, end }) => end - cut);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(FEWEST_STEPS);
    }),
    { numRuns: 200 },
  );
});
