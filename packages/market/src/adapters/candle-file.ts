import { selectCandles } from "../candles.ts";
import type { Candles } from "../candles.types.ts";
import { checkQuery } from "../check-query.ts";
import { MarketError } from "../errors.ts";
import { type CandleFileOptions, parseCandleFile } from "../file/parse-candle-file.ts";
import type { CandleSource } from "../source.types.ts";
import type { CandleNotes } from "../tidy-candles.ts";

export interface ReadCandleFileOptions extends CandleFileOptions {
  /** Largest file. Default: 256 MiB, about 4 million candles. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

const MAX_FILE_BYTES = 256 * 1_024 * 1_024;

/**
 * Reads a file of candles, CSV or JSON, piece by piece (`parseCandleFile`). Rejects with `MARKET_FILE_UNREADABLE`,
 * `MARKET_FILE_TOO_LARGE`, `MARKET_FILE_INVALID`, or the reason of `signal`.
 */
export async function readCandleFile(
  path: string,
  options: ReadCandleFileOptions,
): Promise<{ readonly candles: Candles; readonly notes: CandleNotes }> {
  const { maxBytes = MAX_FILE_BYTES, signal } = options;
  return await parseCandleFile(readBytes(path, maxBytes, signal), options);
}

async function* readBytes(path: string, maxBytes: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of Bun.file(path).stream()) {
      signal?.throwIfAborted();
      bytes += chunk.byteLength;
      // Counted, because a pipe or a file that grows says another size, or none.
      if (bytes > maxBytes) {
        throw new MarketError(
          "MARKET_FILE_TOO_LARGE",
          `the file of candles ${path} is larger than ${maxBytes} bytes: cut it`,
          {
            details: { path, maxBytes },
          },
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof MarketError || signal?.aborted === true) throw error;
    throw new MarketError(
      "MARKET_FILE_UNREADABLE",
      `the file of candles ${path} cannot be read: check path and permissions`,
      {
        details: { path },
        cause: error,
      },
    );
  }
}

/** Returns a source that answers from a file, which is read with the first query, once. It knows one symbol and timeframe, others reject with `MARKET_SYMBOL_UNKNOWN`. */
export function createFileSource(path: string, options: ReadCandleFileOptions): CandleSource {
  let reading: Promise<Candles> | undefined;
  return {
    async candles(query, signal) {
      signal?.throwIfAborted();
      checkQuery(query);
      reading ??= readCandleFile(path, options).then(
        ({ candles }) => candles,
        (error: unknown) => {
          reading = undefined;
          throw error;
        },
      );
      const candles = await reading;
      signal?.throwIfAborted();
      if (candles.symbol === query.symbol && candles.timeframe === query.timeframe)
        return selectCandles(candles, query);
      throw new MarketError(
        "MARKET_SYMBOL_UNKNOWN",
        `the file ${path} has ${candles.symbol} ${candles.timeframe}, not ${query.symbol} ${query.timeframe}`,
        { details: { symbol: query.symbol, timeframe: query.timeframe } },
      );
    },
  };
}
