import { type Candles, checkCandles, sliceCandles } from "@shoal/market";
import { COLUMN_NAMES } from "../guest/run-series.ts";

/** Candles of one memory that were looked at and are in order: `length` of them from where the columns of `first` begin. */
interface Checked {
  readonly first: Candles;
  length: number;
}

/**
 * What was looked at, by the memory of the first column. A backtest gives each run a window that begins one candle later: of that only the candle is
 * new, and looking at all 5,000 would cost more than the run.
 */
const checked = new WeakMap<object, Checked>();

/** Throws `MARKET_CANDLES_INVALID` as `checkCandles` does, which it asks about those that it has not seen before. */
export function checkNewCandles(candles: Candles): void {
  const known = checked.get(candles.openMs.buffer);
  const from = known === undefined ? undefined : distance(known.first, candles);
  if (known === undefined || from === undefined || from < 0 || from >= known.length) {
    checkCandles(candles);
    checked.set(candles.openMs.buffer, { first: candles, length: candles.length });
    return;
  }
  const seenCount = known.length - from;
  if (seenCount >= candles.length) return;
  // With the last one that was seen, because the next must not begin before it. Windows that only touch are not joined for the same reason.
  checkCandles(sliceCandles(candles, seenCount - 1));
  known.length = from + candles.length;
}

/** Candles from the beginning of one window to that of another; undefined if they are not windows of the same columns. */
function distance(first: Candles, other: Candles): number | undefined {
  if (first.symbol !== other.symbol || first.timeframe !== other.timeframe) return undefined;
  const bytes = other.openMs.byteOffset - first.openMs.byteOffset;
  const isSame = COLUMN_NAMES.every(
    (name) => first[name].buffer === other[name].buffer && other[name].byteOffset - first[name].byteOffset === bytes,
  );
  return isSame ? bytes / Float64Array.BYTES_PER_ELEMENT : undefined;
}
