import type { Clock } from "@shoal/kernel";
import { type Candles, timeframeMs } from "@shoal/market";
import type { CheckedCode, JsonObject } from "@shoal/strategy-runner";
import { createBacktestBook } from "../../strategies/backtest/book.ts";
import { createEndlessMarket } from "../../strategies/executor/synthetic-market.ts";
import { findSeries, finestSeries, stepStrategy, withPrices } from "../../strategies/step.ts";
import type { Answer } from "../answer.ts";
import { readSeries, readStrategy } from "../backtest/inputs.ts";
import type { Sandbox } from "../backtest/sandbox.ts";
import { StrategiesError } from "./errors.ts";
import { drawRun, type LocalRun, runBody } from "./run-view.ts";

/** One run of a file, without a daemon. */
export interface RunFile {
  readonly path: string;
  /** `SYMBOL=FILE`, or a file alone; none: candles are made up. */
  readonly candleFiles: readonly string[];
  readonly config: JsonObject;
  /** Decimal text, in the currency of the symbols. */
  readonly cash: string;
}

interface Outside {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly warn: (line: string) => void;
}

/** Costs of the paper broker, as a backtest has them. */
const COSTS = { fee: "0.001", slippage: "0.0005" };
/** Candles for a strategy that needs none, so that it may trade something. */
const ANY_NEED = { symbol: "BTC/USDT", timeframe: "1h", count: 1 } as const;

/**
 * Runs a strategy once, at the close of the newest candle, with nothing remembered and nothing held.
 * @throws BACKTEST_FILE_UNREADABLE, BACKTEST_STRATEGY_INVALID, MARKET_FILE_UNREADABLE, MARKET_FILE_INVALID
 * @throws CLI_CANDLES_MISSING the files have no candles of a series that it needs
 */
export async function runFile({ path, candleFiles, config, cash }: RunFile, outside: Outside): Promise<Answer> {
  const { sandbox, signal } = outside;
  const { source, code } = await readStrategy(path, sandbox);
  const series = candleFiles.length === 0 ? await madeUp(code, outside) : await fromFiles(candleFiles, code, outside);
  const nowMs = Math.max(...series.map(closeMs));
  const { book, currency } = createBacktestBook(series, { ...COSTS, cash });
  // Each by its own newest candle: files may end at different times.
  const priced = finestSeries(series).reduce((known, each) => withPrices(known, [each], closeMs(each)), book);
  const step = await stepStrategy(
    sandbox.run,
    {
      ...{ strategyId: "local", code, config, currency, series, nowMs, seed: `${nowMs}` },
      account: { book: priced, state: {} },
      orderId: (number) => `${number}`,
    },
    signal,
  );
  const run: LocalRun = { path, source, series, nowMs, step, isMadeUp: candleFiles.length === 0 };
  return { text: drawRun(run), json: runBody(run), exitCode: step.outcome.result === "ok" ? 0 : 1 };
}

function closeMs({ openMs, timeframe }: Candles): number {
  return (openMs.at(-1) ?? 0) + timeframeMs[timeframe];
}

/** The market that a daemon has as `synthetic`, so that a run here sees what it would see there. */
function madeUp({ needs }: CheckedCode, { clock, signal }: Outside): Promise<Candles[]> {
  const market = createEndlessMarket(clock);
  const wanted = needs.candles.length === 0 ? [ANY_NEED] : needs.candles;
  return Promise.all(
    wanted.map(({ symbol, timeframe, count }) =>
      market.candles({ symbol, timeframe, fromMs: 0, toMs: clock.now(), limit: count }, signal),
    ),
  );
}

async function fromFiles(files: readonly string[], code: CheckedCode, { clock, signal, warn }: Outside) {
  const { series, notes } = await readSeries(files, code, clock.now(), signal);
  for (const note of notes) warn(note);
  const known = series.map(({ symbol, timeframe }) => `${symbol} ${timeframe}`).join(", ");
  for (const need of code.needs.candles) {
    const name = `${need.symbol} ${need.timeframe}`;
    const found = findSeries(series, need);
    if (found === undefined || found.length === 0) {
      const message = `the strategy needs candles of ${name}, and the files have ${known}; give a file of them with --candles`;
      throw new StrategiesError("CLI_CANDLES_MISSING", message);
    }
    if (found.length < need.count) warn(`${name}: the strategy wants ${need.count} candles and sees ${found.length}`);
  }
  return series;
}
