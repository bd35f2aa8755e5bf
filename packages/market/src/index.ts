export {
  type CandleCache,
  type CandleCacheOptions,
  type CandleCacheStats,
  createCandleCache,
  type LatestCandles,
  type LatestQuery,
  type Staleness,
} from "./candle-cache.ts";
export {
  BYTES_PER_CANDLE,
  type CandleColumns,
  type CandleIdentity,
  COLUMNS,
  candleAt,
  columnsOf,
  copyCandles,
  createCandles,
  finishedCandles,
  gatherColumns,
  indexFrom,
  mergeCandles,
  noCandles,
  selectCandles,
  sliceCandles,
} from "./candles.ts";
export type { Candle, Candles, ColumnName } from "./candles.types.ts";
export { MarketError, type MarketErrorCode } from "./errors.ts";
export { type CandleFileOptions, type FileProblem, parseCandleFile } from "./file/parse-candle-file.ts";
export { type AdxOutput, adx } from "./indicators/adx.ts";
export { atr } from "./indicators/atr.ts";
export { type BollingerOutput, bollinger } from "./indicators/bollinger.ts";
export { type DonchianOutput, donchian } from "./indicators/donchian.ts";
export { ema } from "./indicators/ema.ts";
export type { IndicatorDefinition, IndicatorInput, IndicatorParameter, Kernel } from "./indicators/indicator.types.ts";
export { INDICATORS } from "./indicators/indicators.ts";
export { type MacdOutput, macd } from "./indicators/macd.ts";
export { obv } from "./indicators/obv.ts";
export { rsi } from "./indicators/rsi.ts";
export {
  type IndicatorStream,
  indicatorParameters,
  indicatorStream,
  runIndicator,
} from "./indicators/run-indicator.ts";
export { sma } from "./indicators/sma.ts";
export { type StochasticOutput, stochastic } from "./indicators/stochastic.ts";
export { vwap } from "./indicators/vwap.ts";
export { wma } from "./indicators/wma.ts";
export type { CandleQuery, CandleSource } from "./source.types.ts";
export { createSyntheticSource, type SyntheticMarket, syntheticCandles } from "./synthetic.ts";
export { type CandleNote, type CandleNoteCode, type CandleNotes, checkCandles, tidyCandles } from "./tidy-candles.ts";
export { candleStartMs, isTimeframe, parseTimeframe, TIMEFRAMES, type Timeframe, timeframeMs } from "./timeframes.ts";
