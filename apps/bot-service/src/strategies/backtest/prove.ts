import { hash } from "node:crypto";
import { integer, type Rng } from "@shoal/kernel";
import { type Candles, finishedCandles } from "@shoal/market";
import pLimit from "p-limit";
import { countFinished } from "../step.ts";
import { type BacktestOptions, runBacktest, type StepRecord } from "./backtest.ts";
import { BacktestError } from "./errors.ts";
import type { Plan } from "./plan.ts";

/** How often the past is cut off from the future. */
export const CUT_COUNT = 20;

type RunOptions = Omit<BacktestOptions, "from" | "to" | "onStep">;

export interface ProveOptions extends RunOptions {
  readonly rng: Rng;
  /** Runs at once. It changes nothing about the result. */
  readonly concurrency: number;
  /** Called after each run of the proof. */
  readonly onProgress: (doneCount: number, allCount: number) => void;
}

/** A step that came out otherwise than with all candles, although all that it may know was the same. */
export interface Difference {
  readonly future: "absent" | "poisoned";
  /** Steps before the future began. */
  readonly cut: number;
  readonly atMs: number;
  /** What differed: fields of the step's record. */
  readonly fields: readonly (keyof StepRecord)[];
}

export interface Proof {
  readonly cuts: readonly number[];
  /** Steps that were compared. */
  readonly comparedCount: number;
  /** Steps whose run failed, with all candles: they show nothing. */
  readonly failedCount: number;
  /** Null: nothing looked ahead. */
  readonly difference: Difference | null;
}

type Digest = Readonly<Record<keyof StepRecord, string>>;

/**
 * Shows that no step depends on what comes after it: at random cuts, all steps before the cut are run again on candles that end there, and on
 * candles that are NaN from there on, and each must be equal in all that it did, its fuel included.
 * @throws BACKTEST_PROVE_TOO_SHORT below two steps
 */
export async function proveNoLookAhead({ rng, concurrency, onProgress, ...options }: ProveOptions): Promise<Proof> {
  const stepCount = options.plan.instantsMs.length;
  if (stepCount < 2) {
    throw new BacktestError("BACKTEST_PROVE_TOO_SHORT", "there are not two steps to cut between; give more candles");
  }
  const cuts = Array.from({ length: CUT_COUNT }, () => integer(rng, 1, stepCount - 1));
  const { digests: whole, failedCount } = await digestsOf(options, options.series, stepCount);
  const futures = cuts.flatMap((cut) => futuresOf(options, cut));
  let [doneCount, comparedCount] = [1, 0];
  onProgress(doneCount, 1 + futures.length);
  const differences = await pLimit(concurrency).map(futures, async ({ future, cut, series }) => {
    const { digests: again } = await digestsOf(options, series(), cut);
    comparedCount += again.length;
    doneCount += 1;
    onProgress(doneCount, 1 + futures.length);
    const difference = firstDifference(whole, again, cut, options.plan);
    return difference && { future, cut, ...difference };
  });
  const difference = differences.find((each) => each !== null) ?? null;
  return { cuts, comparedCount, failedCount, difference };
}

/** The candles are made when their turn comes: those of all cuts at once would take memory. */
function futuresOf({ series, plan }: RunOptions, cut: number) {
  const lastMs = plan.instantsMs[cut - 1] ?? 0;
  return [
    { future: "absent", cut, series: () => series.map((candles) => finishedCandles(candles, lastMs)) },
    { future: "poisoned", cut, series: () => series.map((candles) => poisoned(candles, lastMs)) },
  ] as const;
}

/** Returns the candles with NaN in place of all prices and volumes that were not known at `lastMs`. */
function poisoned(candles: Candles, lastMs: number): Candles {
  const knownCount = countFinished(candles, lastMs);
  const poison = (column: Float64Array) => column.slice().fill(Number.NaN, knownCount);
  const { open, high, low, close, volume } = candles;
  return {
    ...candles,
    ...{ open: poison(open), high: poison(high), low: poison(low), close: poison(close), volume: poison(volume) },
  };
}

/** Runs the first `to` steps and keeps of each what is needed to compare it. */
async function digestsOf(options: RunOptions, series: readonly Candles[], to: number) {
  const digests: Digest[] = [];
  const digest = (value: unknown) => hash("sha256", JSON.stringify(value)).slice(0, 16);
  const onStep = (record: StepRecord) => {
    digests.push(Object.fromEntries(Object.entries(record).map(([name, value]) => [name, digest(value)])) as Digest);
  };
  const { failedCount } = await runBacktest({ ...options, series, to, onStep });
  return { digests, failedCount };
}

function firstDifference(whole: readonly Digest[], again: readonly Digest[], cut: number, plan: Plan) {
  for (let index = 0; index < cut; index += 1) {
    const [left, right] = [whole[index], again[index]];
    const names = Object.keys(left ?? right ?? {}) as (keyof StepRecord)[];
    const fields = names.filter((name) => left?.[name] !== right?.[name]);
    if (fields.length > 0) return { atMs: plan.instantsMs[index] ?? 0, fields };
  }
  return null;
}
