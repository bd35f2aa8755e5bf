import { describe, expect, it } from "vitest";
import { normalProbability, normalQuantile } from "./normal.ts";
import { deflate, deflatedSharpe, expectedBestSharpe, returnMoments, sharpeRatio, sortinoRatio } from "./sharpe.ts";

describe("the normal distribution", () => {
  // Abramowitz and Stegun, table 26.1.
  it.each([
    [0, 0.5],
    [0.5, 0.691462461274013],
    [1, 0.841344746068543],
    [1.96, 0.97500210485178],
    [3, 0.99865010196837],
    [-2, 0.022750131948179],
    [-4, 0.0000316712418331],
  ])("is at most %s with probability %s, and back", (x, probability) => {
    expect(normalProbability(x)).toBeCloseTo(probability, 14);
    expect(normalQuantile(probability)).toBeCloseTo(x, 9);
  });

  it("ends at 0 and 1", () => {
    expect([-40, 40].map(normalProbability)).toEqual([0, 1]);
    expect(normalProbability(Number.NaN)).toBeNaN();
  });
});

describe("moments of returns", () => {
  // By hand: mean 0.01; deviations +0.01, -0.03, +0.02, 0; squares 1, 9, 4, 0 (e-4) sum 14e-4; cubes 1, -27, 8, 0 (e-6) sum -18e-6;
  // fourth powers 1, 81, 16, 0 (e-8) sum 98e-8. Below 0 is only -0.02.
  const moments = returnMoments(Float64Array.of(0.02, -0.02, 0.03, 0.01));

  it("are those calculated by hand", () => {
    expect(moments.mean).toBeCloseTo(0.01, 15);
    expect(moments.deviation).toBeCloseTo(Math.sqrt(14e-4 / 3), 15);
    expect(moments.downsideDeviation).toBeCloseTo(0.01, 15);
    expect(moments.skewness).toBeCloseTo(-4.5e-6 / 3.5e-4 ** 1.5, 12);
    expect(moments.kurtosis).toBeCloseTo(24.5e-8 / 3.5e-4 ** 2, 12);
  });

  it("give the ratios", () => {
    expect(sharpeRatio(moments)).toBeCloseTo(0.01 / Math.sqrt(14e-4 / 3), 14);
    expect(sortinoRatio(moments)).toBeCloseTo(1, 14);
  });

  it.each([
    ["nothing", []],
    ["one return", [0.01]],
    ["equal returns", [0.1, 0.1, 0.1]],
    ["no movement", [0, 0]],
  ])("have no ratios of %s, and no NaN", (_, returns) => {
    const flat = returnMoments(Float64Array.from(returns));
    expect(sharpeRatio(flat)).toBeNull();
    expect(sortinoRatio(flat)).toBeNull();
    expect(Object.values(flat).every(Number.isFinite)).toBe(true);
  });
});

describe("the deflated Sharpe ratio", () => {
  // The paper's example: 5 years of 250 days, yearly ratio 2.5, variance of the yearly ratios 1/2, skewness -3, kurtosis 10.
  const days = { count: 1250, mean: 0, deviation: 0, downsideDeviation: 0, skewness: -3, kurtosis: 10 };
  const perDay = 2.5 / Math.sqrt(250);

  it("expects of 100 useless tries the best that the paper expects", () => {
    expect(expectedBestSharpe(0.5 / 250, 100)).toBeCloseTo(0.1132, 4);
  });

  it.each([
    ["100 tries", days, 100, 0.9004],
    ["46 tries", days, 46, 0.9505],
    ["88 tries, if returns were normal", { ...days, skewness: 0, kurtosis: 3 }, 88, 0.9505],
  ])("is that of the paper after %s", (_, moments, tryCount, expected) => {
    expect(deflate(moments, perDay, expectedBestSharpe(0.5 / 250, tryCount))).toBeCloseTo(expected, 3);
  });

  it("falls as tries are added, with the same chosen one", () => {
    const chosen = returnMoments(Float64Array.from({ length: 200 }, (_, index) => (index % 3 === 0 ? -0.01 : 0.008)));
    const ratios = [1, 2, 10, 100].map((tryCount) => {
      const others = Array.from({ length: tryCount }, (_, index) => 0.05 * Math.sin(index));
      return deflatedSharpe(chosen, others) ?? Number.NaN;
    });
    expect(ratios).toEqual(ratios.toSorted((left, right) => right - left));
    expect(new Set(ratios).size).toBe(4);
  });

  it("of one try is the probability that the ratio is above 0", () => {
    const chosen = returnMoments(Float64Array.of(0.02, -0.02, 0.03, 0.01));
    const sharpe = sharpeRatio(chosen) ?? 0;
    expect(deflatedSharpe(chosen, [sharpe])).toBe(deflate(chosen, sharpe, 0));
  });

  it("is nothing where there is no spread", () => {
    expect(deflatedSharpe(returnMoments(Float64Array.of(0, 0)), [0, 0.1])).toBeNull();
  });
});
