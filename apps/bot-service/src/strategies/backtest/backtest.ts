import type { Candles } from "@shoal/market";
import type { CheckedCode, JsonObject, LogLine, RunError, RunOutcome } from "@shoal/strategy-runner";
import { add, type Decimal, equityOf, type Fill, formatDecimal, isZero, type PaperBook, ZERO } from "@shoal/trading";
import { finestSeries, type RunStrategy, type StepResult, settleCandles, stepStrategy, withPrices } from "../step.ts";
import type { Plan } from "./plan.ts";
import type { EquityCurve } from "./statistics/equity.ts";

/** A strategy that fails so often in a row is not run any more, live and here alike. */
export const MOST_FAILURES_IN_A_ROW = 10;

export interface BacktestOptions {
  /** Runs one step; `stepStrategy` but in tests. */
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

/** Runs a strategy step by step through the past: at each instant the candles since the last one happen to its book, then it runs. */
export async function runBacktest(options: BacktestOptions): Promise<BacktestRun> {
  const { plan, signal, step = stepStrategy } = options;
  const [from, to] = [options.from ?? 0, options.to ?? plan.instantsMs.length];
  const priced = finestSeries(options.series);
  const startMs = (plan.instantsMs[from] ?? 0) - plan.stepMs;
  const ledger = openLedger(options, startMs, to - from);
  let account = { book: withPrices(options.book, priced, startMs), state: {} as JsonObject };
  let beforeMs = startMs;
  for (let index = from; index < to && !ledger.isStopped(); index += 1) {
    signal.throwIfAborted();
    const nowMs = plan.instantsMs[index] ?? 0;
    const { book, fills } = settleCandles(account.book, priced, beforeMs, nowMs);
    const request = {
      ...{ strategyId: "backtest", code: options.code, config: options.config, currency: options.currency },
      ...{ account: { book, state: account.state }, series: options.series, nowMs },
      // Of the instant and not of the count, so that a run that begins later draws the same numbers.
      seed: `${options.seed}:${nowMs}`,
      orderId: (number: number) => `${nowMs}-${number}`,
    };
    const result = await step(options.run, request, signal);
    account = result.account;
    beforeMs = nowMs;
    ledger.write(nowMs, fills, result);
  }
  return ledger.close();
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
