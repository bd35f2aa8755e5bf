import { type CandleColumns, COLUMNS, mapColumns } from "./candles.ts";

/** Columns that grow candle by candle. */
export interface CandleBuffer {
  push(openMs: number, open: number, high: number, low: number, close: number, volume: number): void;
  readonly length: number;
  /** What was pushed so far, as views: later candles do not change them. */
  columns(): CandleColumns;
}

export function createCandleBuffer(capacity = 1_024): CandleBuffer {
  let columns = Object.fromEntries(
    COLUMNS.map((name) => [name, new Float64Array(capacity)]),
  ) as unknown as CandleColumns;
  let length = 0;
  return {
    push(openMs, open, high, low, close, volume) {
      if (length === columns.openMs.length) {
        columns = mapColumns(columns, (column) => {
          const larger = new Float64Array(2 * length);
          larger.set(column);
          return larger;
        });
      }
      columns.openMs[length] = openMs;
      columns.open[length] = open;
      columns.high[length] = high;
      columns.low[length] = low;
      columns.close[length] = close;
      columns.volume[length] = volume;
      length += 1;
    },
    get length() {
      return length;
    },
    columns: () => mapColumns(columns, (column) => column.subarray(0, length)),
  };
}
