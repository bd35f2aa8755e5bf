import type { Timeframe } from "./timeframes.ts";

/** The numeric columns of candles. */
export type ColumnName = "openMs" | "open" | "high" | "low" | "close" | "volume";

/**
 * Candles of one symbol and timeframe as columns of equal length, oldest first, only finished ones unless said. Nobody writes into
 * the columns: they are shared between readers.
 */
export interface Candles {
  /** As the venue writes it: `BTC/USDT`. */
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Number of candles. */
  readonly length: number;
  /** Start of each candle, epoch ms. */
  readonly openMs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** Traded quantity in the base currency. */
  readonly volume: Float64Array;
}

/** One candle. */
export type Candle = Readonly<Record<ColumnName, number>>;
