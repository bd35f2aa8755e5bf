import type { Candles } from "@shoal/market";
import type { CheckedCode, JsonObject, LogLine, RunError, RunOutcome } from "@shoal/strategy-runner";
import { add, type Decimal, equityOf, type Fill, formatDecimal, isZero, type PaperBook, ZERO } from "@shoal/trading";
import {
  finestSeries,
  type RunStrategy,
  type StepResult,
  type StrategyAccount,
  settleCandles,
  stepStrategy,
  withPrices,
} from "../step.ts";
import type { Plan } from "./plan.ts";
import type { EquityCurve } from "./statistics/equity.ts";

/** A strategy that fails so often in a row is not run any more, live and here alike. */
export const MOST_FAILURES_IN_A_ROW = 10;

export interface BacktestOptions {
  /** Runs one step; `stepStrategy` but in tests. Of an instant at which it began too early it is called again, and the last call counts. */
  readonly step?: typeof stepStrategy;
  readonly run: RunStrategy;
  readonly code: CheckedCode;
  readonly config: JsonObject;
  /** Tidy candles: sorted, without NaN up to the last step that runs. */
  readonly series: readonly Candles[];
  readonly plan: Plan;
  /** Steps of the plan that are run, `to` not included. Default: all. */
  readonly from?: number;
  readonly to?: number;
  /** A book that has traded nothing. */
  readonly book: PaperBook;
  readonly currency: string;
  readonly seed: string;
  readonly signal: AbortSignal;
  /** Called after each step. */
  readonly onStep?: (record: StepRecord) => void;
}

/** What is to be seen of one step. Plain JSON, in which money is exact. */
export interface StepRecord {
  readonly atMs: number;
  readonly fills: readonly FillRecord[];
  readonly equity: string;
  readonly placed: readonly string[];
  readonly cancelled: readonly string[];
  readonly refused: readonly { readonly code: string; readonly message: string }[];
  readonly statePatch: RunOutcome["statePatch"];
  readonly logs: readonly LogLine[];
  readonly notifications: readonly string[];
  readonly fuel: number;
  readonly error: RunError | null;
}

export interface FillRecord {
  readonly atMs: number;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
}

/** What a backtest leaves. */
export interface BacktestRun {
  /** Before the first step, and after each. */
  readonly curve: EquityCurve;
  /** Exact decimal texts. */
  readonly startEquity: string;
  readonly endEquity: string;
  readonly fills: readonly Fill[];
  readonly fees: Decimal;
  readonly stepCount: number;
  /** Steps after which something was held. */
  readonly exposedCount: number;
  readonly orderCount: number;
  readonly openOrderCount: number;
  /** Refused orders and cancellations by code. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly fuel: number;
  readonly mostFuel: number;
  readonly failedCount: number;
  readonly firstFailure: { readonly atMs: number; readonly error: RunError } | null;
  /** Whether it ended early, by failures in a row. */
  readonly isStopped: boolean;
}

/** A step that has begun: the account that its run was given, and what comes of it. */
interface BegunStep {
  readonly nowMs: number;
  readonly fills: readonly Fill[];
  readonly given: StrategyAccount;
  readonly result: Promise<StepResult>;
}

/** After so many steps in a row that changed nothing the next one begins before this one has ended. */
const QUIET_STEPS = 2;

/**
 * Runs a strategy step by step through the past: at each instant the candles since the last one happen to its book, then it runs. Most runs change neither
 * state nor orders, so that the next step is known before they have ended: it begins then, and its run is done again where that was wrong.
 */
export async function runBacktest(options: BacktestOptions): Promise<BacktestRun> {
  const { plan, signal } = options;
  const [from, to] = [options.from ?? 0, options.to ?? plan.instantsMs.length];
  const priced = finestSeries(options.series);
  const startMs = (plan.instantsMs[from] ?? 0) - plan.stepMs;
  const ledger = openLedger(options, startMs, to - from);
  const begin = (index: number, account: StrategyAccount) => {
    const beforeMs = index === from ? startMs : (plan.instantsMs[index - 1] ?? 0);
    return beginStep(options, priced, account, { beforeMs, nowMs: plan.instantsMs[index] ?? 0 });
  };
  let account: StrategyAccount = { book: withPrices(options.book, priced, startMs), state: {} };
  let ahead: BegunStep | undefined;
  let quietCount = 0;
  try {
    for (let index = from; index < to && !ledger.isStopped(); index += 1) {
      signal.throwIfAborted();
      const { nowMs, fills, given, result: running } = ahead ?? begin(index, account);
      ahead = quietCount >= QUIET_STEPS && index + 1 < to ? begin(index + 1, given) : undefined;
      const result = await running;
      account = result.account;
      quietCount = account.book === given.book && account.state === given.state ? quietCount + 1 : 0;
      if (quietCount === 0) {
        await ended(ahead);
        ahead = undefined;
      }
      ledger.write(nowMs, fills, result);
    }
  } finally {
    await ended(ahead);
  }
  return ledger.close();
}

function beginStep(
  { step = stepStrategy, run, code, config, currency, series, seed, signal }: BacktestOptions,
  priced: readonly Candles[],
  { book: before, state }: StrategyAccount,
  { beforeMs, nowMs }: { readonly beforeMs: number; readonly nowMs: number },
): BegunStep {
  const { book, fills } = settleCandles(before, priced, beforeMs, nowMs);
  const given = { book, state };
  const request = {
    ...{ strategyId: "backtest", code, config, currency, account: given, series, nowMs },
    // Of the instant and not of the count, so that a run that begins later draws the same numbers.
    seed: `${seed}:${nowMs}`,
    orderId: (number: number) => `${nowMs}-${number}`,
  };
  const result = step(run, request, signal);
  // Whoever waits for it hears of it; where another step ends the backtest, nobody does.
  result.catch(() => {});
  return { nowMs, fills, given, result };
}

async function ended(step: BegunStep | undefined): Promise<void> {
  await step?.result.catch(() => {});
}

/** Counts what the steps did. */
function openLedger({ book, currency, onStep }: BacktestOptions, startMs: number, stepCount: number) {
  const startEquity = formatDecimal(equityOf(book, currency));
  const curve = {
    atMs: new Float64Array(stepCount + 1),
    equity: new Float64Array(stepCount + 1).fill(Number(startEquity)),
  };
  curve.atMs[0] = startMs;
  const all: Fill[] = [];
  const refusals: Record<string, number> = {};
  let [endEquity, fees, openOrderCount] = [startEquity, ZERO, 0];
  let [doneCount, exposedCount, orderCount, fuel, mostFuel, failedCount, failedInARow] = [0, 0, 0, 0, 0, 0, 0];
  let firstFailure: BacktestRun["firstFailure"] = null;
  const write = (atMs: number, fills: readonly Fill[], result: StepResult) => {
    const { outcome, placed, cancelled, refused, account, portfolio } = result;
    doneCount += 1;
    endEquity = portfolio.equity;
    curve.atMs[doneCount] = atMs;
    curve.equity[doneCount] = Number(endEquity);
    all.push(...fills);
    fees = fills.reduce((sum, { fee }) => add(sum, fee), fees);
    if ([...account.book.positions.values()].some(({ quantity }) => !isZero(quantity))) exposedCount += 1;
    orderCount += placed.length;
    openOrderCount = account.book.orders.length;
    for (const { refusal } of refused) refusals[refusal.code] = (refusals[refusal.code] ?? 0) + 1;
    fuel += outcome.fuel;
    mostFuel = Math.max(mostFuel, outcome.fuel);
    failedInARow = outcome.error ? failedInARow + 1 : 0;
    if (outcome.error) {
      failedCount += 1;
      firstFailure ??= { atMs, error: outcome.error };
    }
    onStep?.({
      ...{ atMs, fills: fills.map(fillRecord), equity: endEquity },
      ...{ placed: placed.map(({ id }) => id), cancelled: cancelled.map(({ id }) => id) },
      refused: refused.map(({ refusal: { code, message } }) => ({ code, message })),
      ...{ statePatch: outcome.statePatch, logs: outcome.logs, notifications: outcome.notifications },
      ...{ fuel: outcome.fuel, error: outcome.error ?? null },
    });
  };
  const isStopped = () => failedInARow >= MOST_FAILURES_IN_A_ROW;
  return {
    write,
    isStopped,
    close: (): BacktestRun => ({
      curve: { atMs: curve.atMs.slice(0, doneCount + 1), equity: curve.equity.slice(0, doneCount + 1) },
      ...{ startEquity, endEquity, fees, stepCount: doneCount, exposedCount, orderCount, openOrderCount, refusals },
      ...{ fuel, mostFuel, failedCount, firstFailure, fills: all, isStopped: isStopped() },
    }),
  };
}

function fillRecord({ atMs, symbol, side, price, quantity, fee }: Fill): FillRecord {
  return {
    ...{ atMs, symbol, side },
    ...{ price: formatDecimal(price), quantity: formatDecimal(quantity), fee: formatDecimal(fee) },
  };
}
