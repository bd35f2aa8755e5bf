import type { Candle, Candles, ColumnName } from "./candles.types.ts";
import { MarketError } from "./errors.ts";
import { type Timeframe, timeframeMs } from "./timeframes.ts";

/** The columns without what they are of. */
export type CandleColumns = Readonly<Record<ColumnName, Float64Array>>;

/** Which market candles are of. */
export interface CandleIdentity {
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

/** The names of the columns. */
export const COLUMNS: readonly ColumnName[] = ["openMs", "open", "high", "low", "close", "volume"];
/** What a candle takes in memory. */
export const BYTES_PER_CANDLE = COLUMNS.length * Float64Array.BYTES_PER_ELEMENT;

/** Returns columns made of each of these. */
export function mapColumns(
  { openMs, open, high, low, close, volume }: CandleColumns,
  change: (column: Float64Array) => Float64Array,
): CandleColumns {
  return {
    ...{ openMs: change(openMs), open: change(open), high: change(high) },
    ...{ low: change(low), close: change(close), volume: change(volume) },
  };
}

/** Makes candles of columns, which are used and not copied. Their order and content are the caller's word: see `tidyCandles`. */
export function createCandles({ symbol, timeframe }: CandleIdentity, columns: CandleColumns): Candles {
  const { openMs, open, high, low, close, volume } = columns;
  return { symbol, timeframe, length: openMs.length, openMs, open, high, low, close, volume };
}

/** Makes candles without a candle. */
export function noCandles(identity: CandleIdentity): Candles {
  const none = new Float64Array(0);
  return createCandles(identity, { openMs: none, open: none, high: none, low: none, close: none, volume: none });
}

/** Makes columns of single candles, in their order. */
export function columnsOf(rows: readonly Candle[]): CandleColumns {
  return Object.fromEntries(
    COLUMNS.map((name) => [name, Float64Array.from(rows, (row) => row[name])]),
  ) as unknown as CandleColumns;
}

/** Returns the rows of the columns at these indexes, in that order, as columns of their own. */
export function gatherColumns(columns: CandleColumns, indexes: readonly number[]): CandleColumns {
  return mapColumns(columns, (column) => Float64Array.from(indexes, (index) => column[index] as number));
}

/**
 * Returns the candles from one index up to another, not included, as views of the same memory: nothing is copied. Bounds beyond the
 * ends mean the ends. Sending a view to another process sends the memory behind it, what lies after the view included: `copyCandles` first.
 */
export function sliceCandles(candles: Candles, fromIndex: number, toIndex = candles.length): Candles {
  const from = Math.max(0, fromIndex);
  const to = Math.max(from, Math.min(candles.length, toIndex));
  return createCandles(
    candles,
    mapColumns(candles, (column) => column.subarray(from, to)),
  );
}

/** Returns the candles in memory of their own, which holds nothing else. */
export function copyCandles(candles: Candles): Candles {
  return createCandles(
    candles,
    mapColumns(candles, (column) => column.slice()),
  );
}

/** Returns one candle; from the end where the index is negative. Undefined where there is none. */
export function candleAt(candles: Candles, index: number): Candle | undefined {
  const at = index < 0 ? candles.length + index : index;
  if (!Number.isInteger(at) || at < 0 || at >= candles.length) return undefined;
  return Object.fromEntries(COLUMNS.map((name) => [name, candles[name][at]])) as unknown as Candle;
}

/** Returns the index of the first candle that starts at `ms` or later: `length` if there is none. */
export function indexFrom({ openMs, length }: Candles, ms: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((openMs[middle] as number) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the candles that are finished at `nowMs`, as views. */
export function finishedCandles(candles: Candles, nowMs: number): Candles {
  return sliceCandles(candles, 0, indexFrom(candles, nowMs - timeframeMs[candles.timeframe] + 1));
}

/** Returns the newest `limit` of the candles that start in [fromMs, toMs), as views: what a `CandleSource` that has them all answers. */
export function selectCandles(
  candles: Candles,
  { fromMs, toMs, limit }: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
): Candles {
  const to = indexFrom(candles, toMs);
  return sliceCandles(candles, Math.max(indexFrom(candles, fromMs), to - limit), to);
}

/**
 * Returns one series of two of the same market, each in order. Where both have a candle, that of `newer` counts. Throws
 * `MARKET_CANDLES_MISMATCH`.
 */
export function mergeCandles(older: Candles, newer: Candles): Candles {
  if (older.symbol !== newer.symbol || older.timeframe !== newer.timeframe) {
    throw new MarketError(
      "MARKET_CANDLES_MISMATCH",
      `candles of ${older.symbol} ${older.timeframe} and ${newer.symbol} ${newer.timeframe} are not one series`,
    );
  }
  if (newer.length === 0) return older;
  if (older.length === 0) return newer;
  const from = indexFrom(older, newer.openMs[0] as number);
  const to = indexFrom(older, (newer.openMs[newer.length - 1] as number) + 1);
  const overlap = sliceCandles(older, from, to);
  return concatenated([sliceCandles(older, 0, from), ...interleaved(overlap, newer), sliceCandles(older, to)]);
}

/** Parts in order: `newer`, with what only `older` has put between. */
function interleaved(older: Candles, newer: Candles): Candles[] {
  const parts: Candles[] = [];
  let from = 0;
  for (let at = 0; at < older.length; at += 1) {
    const index = indexFrom(newer, older.openMs[at] as number);
    if (newer.openMs[index] === older.openMs[at]) continue;
    parts.push(sliceCandles(newer, from, index), sliceCandles(older, at, at + 1));
    from = index;
  }
  parts.push(sliceCandles(newer, from));
  return parts;
}

function concatenated(parts: readonly Candles[]): Candles {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = (name: ColumnName) => {
    const column = new Float64Array(length);
    let at = 0;
    for (const part of parts) {
      column.set(part[name], at);
      at += part.length;
    }
    return column;
  };
  const [first] = parts as [Candles, ...Candles[]];
  return createCandles(
    first,
    Object.fromEntries(COLUMNS.map((name) => [name, joined(name)])) as unknown as CandleColumns,
  );
}
