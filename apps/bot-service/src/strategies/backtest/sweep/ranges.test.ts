import { describe, expect, it } from "vitest";
import { parseSweep, tryConfigs } from "./ranges.ts";

describe("the ranges of a sweep", () => {
  it.each([
    ["fast=5..8", [5, 6, 7, 8]],
    ["slow=20..60:10", [20, 30, 40, 50, 60]],
    ["slow=20..65:10", [20, 30, 40, 50, 60]],
    ["stop=1,2,5", [1, 2, 5]],
    ["stop=0.5", [0.5]],
    ["stop=0.1..0.3:0.1", [0.1, 0.2, 0.3]],
    ["stop=-1..1:0.5", [-1, -0.5, 0, 0.5, 1]],
    ["mixed=1..3,10,20..22:2", [1, 2, 3, 10, 20, 22]],
    ["twice=1,1..2,2.0", [1, 2]],
    ["one=7..7", [7]],
    ["größe_1$=3", [3]],
  ])("are read: %s", (word, values) => {
    expect(parseSweep([word])).toEqual([{ name: word.split("=")[0], values }]);
  });

  it.each([
    ["fast", /"fast" is not a range; .* such as fast=5\.\.20/],
    ["strategy.ts", /not a range/],
    ["=5", /not a range/],
    ["fast=5=6", /not a range/],
    ["a b=5", /not a range/],
    ["fast=", /"" in "fast=" is not 5, 5\.\.20 or 5\.\.20:5/],
    ["fast=5,", /is not 5/],
    ["fast=5..", /is not 5/],
    ["fast=1e3", /is not 5/],
    ["fast=Infinity", /is not 5/],
    ["fast=5:1", /is not 5/],
    ["fast=5..9:0", /not above 0/],
    ["fast=5..9:-1", /not above 0/],
    ["fast=0.1..999999999999999:0.000001", /more than 15 digits/],
    ["fast=9..5", /ends before it begins/],
  ])("are refused: %s", (word, message) => {
    expect(() => parseSweep([word])).toThrow(
      expect.objectContaining({ code: "BACKTEST_SWEEP_INVALID", message: expect.stringMatching(message) }),
    );
  });

  it("are refused where a value is given twice", () => {
    expect(() => parseSweep(["a=1", "b=1", "a=2"])).toThrow(/a has two ranges/);
  });

  it.each([
    ["one range", ["a=1..10001"], 10_001],
    ["one endless range", ["a=0..999999999999999"], 1_000_000_000_000_000],
    ["all together", ["a=1..101", "b=1..100"], 10_100],
  ])("are refused before anything runs if there are too many: %s", (_, words, tryCount) => {
    expect(() => parseSweep(words)).toThrow(
      expect.objectContaining({ code: "BACKTEST_SWEEP_TOO_LARGE", details: { tryCount, most: 10_000 } }),
    );
  });

  it("make all combinations, the last one changing fastest", () => {
    expect(tryConfigs(parseSweep(["fast=1..2", "slow=5,7"]))).toEqual([
      { fast: 1, slow: 5 },
      { fast: 1, slow: 7 },
      { fast: 2, slow: 5 },
      { fast: 2, slow: 7 },
    ]);
  });

  it("make as many as there may be", () => {
    expect(tryConfigs(parseSweep(["a=1..100", "b=1..100"]))).toHaveLength(10_000);
  });
});
