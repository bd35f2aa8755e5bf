import { type Candles, indexFrom, sliceCandles } from "@shoal/market";
import { COLUMN_NAMES } from "../guest/run-series.ts";
import { StrategyError } from "../strategy-error.ts";
import { referencesOf } from "./journal.ts";
import type { CandlesReference } from "./journal.types.ts";

/** Where the candles of a run are among those that were given. */
export interface FoundCandles {
  readonly candles: Candles;
  readonly startIndex: number;
  readonly endIndex: number;
}

/** Finds the candles of a recorded run. Throws `STRATEGY_JOURNAL_INPUTS` unless they are, to the byte, what the run was given. */
export function recordedCandles(reference: CandlesReference, candles: readonly Candles[]): FoundCandles {
  const { symbol, timeframe, count, lastOpenMs, sha256 } = reference;
  const given = candles.find((market) => market.symbol === symbol && market.timeframe === timeframe);
  if (given !== undefined) {
    const endIndex = indexFrom(given, lastOpenMs + 1);
    const startIndex = endIndex - count;
    const [found] = referencesOf([reference], columnsOf(sliceCandles(given, startIndex, endIndex)));
    if (found?.sha256 === sha256) return { candles: given, startIndex, endIndex };
  }
  throw new StrategyError(
    "STRATEGY_JOURNAL_INPUTS",
    `the recorded run had ${count} candles of ${symbol} ${timeframe}, which must be given as they were, and ${given === undefined ? "none" : "others"} were given`,
  );
}

/** The columns of candles in the order in which they cross. */
export function columnsOf(candles: Candles): readonly Float64Array[] {
  return COLUMN_NAMES.map((name) => candles[name]);
}
