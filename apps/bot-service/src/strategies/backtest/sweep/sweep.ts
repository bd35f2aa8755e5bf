import pLimit from "p-limit";
import { drawdowns, stepReturns } from "../statistics/equity.ts";
import { deflatedSharpe, type ReturnMoments, returnMoments, sharpeRatio } from "../statistics/sharpe.ts";
import { type Fold, walkForwardFolds } from "./folds.ts";
import type { TryConfig } from "./ranges.ts";

/** What one run of a try leaves. */
export interface TryRun {
  /** Equity at the start and after each step. */
  readonly equity: Float64Array;
  readonly fuel: number;
  /** Steps whose run failed. */
  readonly failedCount: number;
}

/** Runs the strategy with this config on steps `from` to `to`, `to` not included, with the cash of the start. */
export type RunTry = (config: TryConfig, from: number, to: number) => Promise<TryRun>;

/** Figures of one config on some steps. */
export interface TryFigures {
  readonly returnRatio: number;
  /** Yearly; null where nothing moved. */
  readonly sharpe: number | null;
  readonly drawdownRatio: number;
}

/** One try. Figures out of sample are those of all folds, one after the other; null without folds. */
export interface SweepRow {
  readonly config: TryConfig;
  readonly inSample: TryFigures;
  readonly outOfSample: TryFigures | null;
  readonly failedCount: number;
}

/** One fold: the config that was best before its cut, and what it did after. */
export interface FoldResult extends Fold {
  readonly config: TryConfig;
  readonly inSample: TryFigures;
  /** That the choice before the cut was better than luck after so many tries; null where it never moved. */
  readonly deflatedSharpe: number | null;
  readonly outOfSample: TryFigures;
}

/** Result of a sweep. */
export interface SweepResult {
  readonly tryCount: number;
  /** Best in sample first; equals in the order of the tries. */
  readonly rows: readonly SweepRow[];
  /** Of the first row, over its whole in-sample part. */
  readonly deflatedSharpe: number | null;
  readonly folds: readonly FoldResult[];
  /** Of the configs chosen fold by fold, one after the other: what somebody who went on so would have had. Null without folds. */
  readonly walkForward: TryFigures | null;
  readonly fuel: number;
}

export interface SweepOptions {
  readonly configs: readonly TryConfig[];
  readonly stepCount: number;
  /** 0: no walk-forward, all steps are in sample. */
  readonly foldCount: number;
  readonly stepsPerYear: number;
  /** Tries that run at once. It changes nothing about the result. */
  readonly concurrency: number;
  readonly run: RunTry;
  /** Called after each try. */
  readonly onProgress: (doneCount: number) => void;
}

interface TryResult {
  readonly config: TryConfig;
  /** Returns from the first step to the last cut, or to the end without folds. */
  readonly inSample: Float64Array;
  /** Of each fold, from its cut to its end. */
  readonly outOfSample: readonly Float64Array[];
  readonly fuel: number;
  readonly failedCount: number;
}

/** Runs all tries. The in-sample part of each fold is the beginning of that of the next, so one run serves all of them. */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { configs, stepCount, foldCount, stepsPerYear, onProgress } = options;
  const folds = foldCount === 0 ? [] : walkForwardFolds(stepCount, foldCount);
  const limit = pLimit(options.concurrency);
  let doneCount = 0;
  const tries = await limit.map(configs, async (config) => {
    const result = await runTry(options, config, folds);
    onProgress(++doneCount);
    return result;
  });
  const figures = (returns: readonly Float64Array[]) => figuresOf(joined(returns), stepsPerYear);
  const ranked = tries.toSorted((left, right) => stepSharpe(right.inSample) - stepSharpe(left.inSample));
  const chosen = folds.map((fold, index) => choose(tries, fold, index, stepsPerYear));
  return {
    tryCount: tries.length,
    rows: ranked.map(({ config, inSample, outOfSample, failedCount }) => ({
      ...{ config, failedCount, inSample: figures([inSample]) },
      outOfSample: folds.length === 0 ? null : figures(outOfSample),
    })),
    deflatedSharpe: ranked[0] ? deflatedAmong(tries, ranked[0], ranked[0].inSample.length) : null,
    folds: chosen.map(({ result }) => result),
    walkForward: folds.length === 0 ? null : figures(chosen.map(({ returns }) => returns)),
    fuel: tries.reduce((sum, { fuel }) => sum + fuel, 0),
  };
}

async function runTry({ run, stepCount }: SweepOptions, config: TryConfig, folds: readonly Fold[]): Promise<TryResult> {
  const runs: TryRun[] = [await run(config, 0, folds.at(-1)?.cut ?? stepCount)];
  for (const { cut, end } of folds) runs.push(await run(config, cut, end));
  const [inSample = new Float64Array(), ...outOfSample] = runs.map(({ equity }) => stepReturns(equity));
  return {
    ...{ config, inSample, outOfSample },
    fuel: runs.reduce((sum, each) => sum + each.fuel, 0),
    failedCount: runs.reduce((sum, each) => sum + each.failedCount, 0),
  };
}

/** Chooses for one fold by what was known at its cut: the highest Sharpe ratio, the first try among equals. */
function choose(tries: readonly TryResult[], fold: Fold, index: number, perYear: number) {
  const known = (each: TryResult) => each.inSample.subarray(0, fold.cut);
  const best = tries.reduce((left, right) => (stepSharpe(known(right)) > stepSharpe(known(left)) ? right : left));
  const returns = best.outOfSample[index] ?? new Float64Array();
  const result: FoldResult = {
    ...fold,
    config: best.config,
    inSample: figuresOf(known(best), perYear),
    deflatedSharpe: deflatedAmong(tries, best, fold.cut),
    outOfSample: figuresOf(returns, perYear),
  };
  return { result, returns };
}

function deflatedAmong(tries: readonly TryResult[], chosen: TryResult, stepCount: number): number | null {
  const momentsOf = ({ inSample }: TryResult) => returnMoments(inSample.subarray(0, stepCount));
  // A try that never traded is a try, with a ratio of 0.
  return deflatedSharpe(
    momentsOf(chosen),
    tries.map((each) => sharpeRatio(momentsOf(each)) ?? 0),
  );
}

/** Orders tries: what never moved comes last. */
function stepSharpe(returns: Float64Array): number {
  return sharpeRatio(returnMoments(returns)) ?? Number.MIN_SAFE_INTEGER;
}

function figuresOf(returns: Float64Array, stepsPerYear: number): TryFigures {
  const moments: ReturnMoments = returnMoments(returns);
  const sharpe = sharpeRatio(moments);
  const growth = Float64Array.from([1, ...returns]);
  for (let index = 1; index < growth.length; index += 1)
    growth[index] = (growth[index - 1] ?? 1) * (1 + (returns[index - 1] ?? 0));
  return {
    returnRatio: (growth.at(-1) ?? 1) - 1,
    sharpe: sharpe === null ? null : sharpe * Math.sqrt(stepsPerYear),
    drawdownRatio: drawdowns(growth).reduce((deepest, depth) => Math.max(deepest, depth), 0),
  };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
