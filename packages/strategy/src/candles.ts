/** Length of a candle. */
export type Timeframe = "1m" | "3m" | "5m" | "15m" | "30m" | "1h" | "2h" | "4h" | "6h" | "12h" | "1d" | "1w";

/** Candles that a strategy wants before each run. */
export interface CandlesNeed {
  /** As the venue writes it: `BTC/USDT`. */
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Number of finished candles, newest included: 1 to 5,000. There may be fewer where a market is young. */
  readonly count: number;
}

/**
 * What a strategy wants before each run; exported as `needs`. It is read once, when the strategy is deployed, so it must not depend
 * on anything that changes. What it names is there without waiting when `run` begins.
 */
export interface Needs {
  /** At most 16, and 20,000 candles in all. */
  readonly candles?: readonly CandlesNeed[];
}

/**
 * Numbers in order of time, oldest first: a column of candles, or what an indicator made of one. Read only. A series of an indicator is as long as
 * what it was made of, with NaN where it has no value yet.
 */
export interface Series extends Iterable<number> {
  readonly length: number;
  /** The newest value; NaN where there is none. */
  readonly last: number;
  /** The value at an index from 0, the oldest; from the end where the index is negative: -1 is the newest. NaN outside. */
  at(index: number): number;
  /** All values. A copy: what is written into it, nobody else sees. */
  readonly values: Float64Array;
}

/** Candles of one market, oldest first and finished, as columns of equal length. */
export interface Candles {
  /** As the venue writes it: `BTC/USDT`. */
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Number of candles. */
  readonly length: number;
  /** Start of each candle, ms since 1970. */
  readonly openMs: Series;
  readonly open: Series;
  readonly high: Series;
  readonly low: Series;
  readonly close: Series;
  /** Traded quantity in the base currency. */
  readonly volume: Series;
}
