import type { Candles, Series } from "./candles.ts";

/** Numbers that an indicator can be computed of: a series, or numbers of the strategy's own, oldest first. */
export type Values = Series | Float64Array | readonly number[];

export interface MacdSeries {
  readonly macd: Series;
  readonly signal: Series;
  readonly histogram: Series;
}

export interface BollingerSeries {
  readonly upper: Series;
  readonly middle: Series;
  readonly lower: Series;
}

export interface AdxSeries {
  readonly adx: Series;
  readonly plusDi: Series;
  readonly minusDi: Series;
}

export interface StochasticSeries {
  readonly k: Series;
  readonly d: Series;
}

export interface DonchianSeries {
  readonly upper: Series;
  readonly middle: Series;
  readonly lower: Series;
}

/**
 * Indicators, by TA-Lib's rules. Periods are whole numbers of candles up to 5,000. Each answers series as long as what it was given,
 * NaN before the first value. They are computed outside of the sandbox and are far cheaper than a loop of one's own. Each throws
 * `STRATEGY_TA_INVALID` for a parameter out of its bounds and `STRATEGY_TA_TOO_MANY` beyond 512 series or 1,000,000 values in a run.
 */
export interface Ta {
  /** Simple moving average: the mean of the last `period` values. Default 20. */
  sma(values: Values, period?: number): Series;
  /** Exponential moving average, begun with a simple one. Default 20. */
  ema(values: Values, period?: number): Series;
  /** Linearly weighted moving average: the newest value counts most. Default 20. */
  wma(values: Values, period?: number): Series;
  /** Relative strength index by Wilder, 0 to 100. Default 14. */
  rsi(values: Values, period?: number): Series;
  /** Moving average convergence/divergence. Default 12, 26, 9. */
  macd(values: Values, fast?: number, slow?: number, signal?: number): MacdSeries;
  /** Bollinger bands: a simple moving average, and as many standard deviations above and below. Default 20, 2. */
  bollinger(values: Values, period?: number, deviations?: number): BollingerSeries;
  /** Average true range by Wilder. Default 14. */
  atr(candles: Candles, period?: number): Series;
  /** Average directional index by Wilder, with its two directional indicators. Default 14. */
  adx(candles: Candles, period?: number): AdxSeries;
  /** Slow stochastic oscillator, 0 to 100. Default 14, 3, 3. */
  stochastic(candles: Candles, period?: number, smoothing?: number, signal?: number): StochasticSeries;
  /** On-balance volume, counted from the first candle. */
  obv(candles: Candles): Series;
  /** Volume-weighted average price since the UTC day began, or since the first candle. */
  vwap(candles: Candles): Series;
  /** Donchian channel: highest high and lowest low of the last `period` candles. Default 20. */
  donchian(candles: Candles, period?: number): DonchianSeries;
}
