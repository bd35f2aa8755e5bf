import { seededRng } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { stepReturns } from "../statistics/equity.ts";
import { deflatedSharpe as expectedDeflated, returnMoments, sharpeRatio } from "../statistics/sharpe.ts";
import type { TryConfig } from "./ranges.ts";
import { type RunTry, type SweepOptions, sweep } from "./sweep.ts";

/** A market of which `gain` tells what a step earns with a config; the equity of each run begins with 1000. */
function runOn(gain: (config: TryConfig, step: number) => number): RunTry {
  return async (config, from, to) => {
    const equity = new Float64Array(to - from + 1).fill(1000);
    for (let step = from; step < to; step += 1) {
      equity[step - from + 1] = (equity[step - from] ?? 0) * (1 + gain(config, step));
    }
    return { equity, fuel: to - from, failedCount: config["a"] === 3 ? 1 : 0 };
  };
}

/** Luck only: what a step earns depends on the config by chance. */
const luck = runOn((config, step) => seededRng((config["a"] ?? 0) * 100_003 + step).next() - 0.5);

const options = (overrides: Partial<SweepOptions>): SweepOptions => ({
  configs: [1, 2, 3, 4, 5].map((a) => ({ a })),
  ...{ stepCount: 100, foldCount: 4, stepsPerYear: 365, concurrency: 1, run: luck, onProgress: () => {} },
  ...overrides,
});

describe("a sweep", () => {
  it("is the same table, however many tries run at once and in whatever order they end", async () => {
    const alone = await sweep(options({}));
    const pending: (() => void)[] = [];
    const backwards: RunTry = async (...run) => {
      await new Promise<void>((resolve) => {
        pending.push(resolve);
        queueMicrotask(() => pending.pop()?.());
      });
      return luck(...run);
    };
    for (const concurrency of [2, 5]) expect(await sweep(options({ concurrency, run: backwards }))).toEqual(alone);
  });

  it("ranks by the ratio in sample, and shows what came of it out of sample", async () => {
    const { rows, tryCount, fuel } = await sweep(options({}));
    expect(tryCount).toBe(5);
    // One run of 80 steps and four of 20.
    expect(fuel).toBe(5 * 160);
    const ratios = rows.map(({ inSample }) => inSample.sharpe ?? Number.NaN);
    expect(ratios).toEqual(ratios.toSorted((left, right) => right - left));
    expect(rows.every(({ outOfSample }) => outOfSample !== null)).toBe(true);
    expect(rows.map(({ config, failedCount }) => [config["a"], failedCount]).toSorted()).toEqual([
      [1, 0],
      [2, 0],
      [3, 5],
      [4, 0],
      [5, 0],
    ]);
  });

  it("chooses by what was known at the cut, not by what came later", async () => {
    // Config 1 earns a little until step 40 and loses much after; config 2 the other way round.
    const turning = runOn((config, step) => {
      const isFirst = config["a"] === 1;
      return (step < 40 ? (isFirst ? 0.01 : -0.01) : isFirst ? -0.05 : 0.05) + (step % 2) * 0.001;
    });
    const { folds } = await sweep(options({ configs: [{ a: 1 }, { a: 2 }], run: turning }));
    expect(folds.map(({ cut, end, config }) => [cut, end, config["a"]])).toEqual([
      [20, 40, 1],
      // The next block would say otherwise.
      [40, 60, 1],
      [60, 80, 2],
      [80, 100, 2],
    ]);
    expect(folds.map(({ outOfSample }) => outOfSample.returnRatio > 0)).toEqual([true, false, true, true]);
  });

  it("doubts the choice of a fold by what was known at its cut", async () => {
    const { folds } = await sweep(options({}));
    for (const { cut, config, deflatedSharpe } of folds) {
      const momentsOf = async (a: number) => returnMoments(stepReturns((await luck({ a }, 0, cut)).equity));
      const all = await Promise.all([1, 2, 3, 4, 5].map(momentsOf));
      const ratios = all.map((moments) => sharpeRatio(moments) ?? 0);
      expect(deflatedSharpe).toBeCloseTo(expectedDeflated(await momentsOf(config["a"] ?? 0), ratios) ?? 0, 10);
    }
  });

  it("adds the chosen folds up to one walk", async () => {
    const { walkForward, folds } = await sweep(options({}));
    const product = folds.reduce((growth, { outOfSample }) => growth * (1 + outOfSample.returnRatio), 1);
    expect(walkForward?.returnRatio).toBeCloseTo(product - 1, 12);
  });

  it("believes in skill, and not in the best of many lucky ones", async () => {
    const many = Array.from({ length: 50 }, (_, a) => ({ a: a + 1 }));
    const lucky = await sweep(options({ configs: many, stepCount: 400, foldCount: 0 }));
    const skilled = runOn(
      (config, step) => (seededRng((config["a"] ?? 0) * 7 + step).next() - 0.5) / 100 + (config["a"] === 7 ? 0.002 : 0),
    );
    const skill = await sweep(options({ configs: many, stepCount: 400, foldCount: 0, run: skilled }));
    expect(lucky.deflatedSharpe).toBeLessThan(0.95);
    expect(skill.rows[0]?.config).toEqual({ a: 7 });
    expect(skill.deflatedSharpe).toBeGreaterThan(0.95);
  });

  it("without folds has no part out of sample", async () => {
    const result = await sweep(options({ foldCount: 0, stepCount: 5 }));
    expect(result).toMatchObject({ folds: [], walkForward: null, fuel: 25 });
    expect(result.rows.every(({ outOfSample }) => outOfSample === null)).toBe(true);
  });

  it("puts what never traded last, with no ratio", async () => {
    const idle = runOn(({ a }, step) => (a === 1 ? 0 : 0.01 * ((step % 3) - 0.8)));
    const { rows, deflatedSharpe } = await sweep(options({ configs: [{ a: 1 }, { a: 2 }], run: idle }));
    expect(rows.map(({ config }) => config["a"])).toEqual([2, 1]);
    expect(rows[1]).toMatchObject({ inSample: { sharpe: null, returnRatio: 0 }, outOfSample: { sharpe: null } });
    // It is a try all the same, with a ratio of 0.
    const moments = returnMoments(Float64Array.from({ length: 80 }, (_, step) => 0.01 * ((step % 3) - 0.8)));
    expect(deflatedSharpe).toBeCloseTo(expectedDeflated(moments, [0, sharpeRatio(moments) ?? 0]) ?? 0, 10);
    const still = await sweep(options({ configs: [{ a: 1 }], run: idle }));
    expect(still.deflatedSharpe).toBeNull();
  });

  it("tells of each try, and ends with the first that fails", async () => {
    const done: number[] = [];
    await sweep(options({ onProgress: (count) => done.push(count) }));
    expect(done).toEqual([1, 2, 3, 4, 5]);
    const broken: RunTry = () => Promise.reject(new Error("stopped"));
    await expect(sweep(options({ run: broken }))).rejects.toThrow("stopped");
  });
});
