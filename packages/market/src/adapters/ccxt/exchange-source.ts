import { abortable, fullJitter, type Runtime, retry } from "@shoal/kernel";
import { createCandleBuffer } from "../../candle-buffer.ts";
import { selectCandles } from "../../candles.ts";
import { checkQuery } from "../../check-query.ts";
import { MarketError } from "../../errors.ts";
import type { CandleQuery, CandleSource } from "../../source.types.ts";
import { tidyCandles } from "../../tidy-candles.ts";
import { timeframeMs } from "../../timeframes.ts";
import { createBoundedFetch } from "./bounded-fetch.ts";
import { toMarketError } from "./exchange-error.ts";
import { type CcxtBase, type CcxtSettings, createConnection } from "./load-exchange.ts";

/** A candle as ccxt answers it: start in ms, open, high, low, close, volume. */
type CcxtRow = readonly (number | undefined)[];

interface CcxtCandles extends CcxtBase {
  readonly timeframes?: Readonly<Record<string, unknown>>;
  readonly features?: { readonly spot?: { readonly fetchOHLCV?: { readonly limit?: number } } };
  fetchOHLCV(symbol: string, timeframe: string, sinceMs: number, limit: number): Promise<readonly CcxtRow[]>;
}

export interface ExchangeSourceOptions {
  /** As ccxt writes it: `binance`, `kraken`. */
  readonly exchangeId: string;
  readonly runtime: Pick<Runtime, "clock" | "rng" | "log">;
  /** Settings for ccxt. Candles need no keys. */
  readonly settings?: CcxtSettings;
}

/** Requests that fail in passing are sent again after up to 0.5, 1 and 2 s. */
const BACKOFF = fullJitter(500, 8_000);
const MAX_ATTEMPTS = 4;
/** As in ccxt. */
const USUAL_LIMIT_MS = 10_000;
/** Binance's list of markets has 17 MB. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Of exchanges that do not say how many candles a request may bring. */
const USUAL_PAGE = 500;
/** Longer pages are not asked for: a lost answer is a large loss. */
const MAX_PAGE = 1_000;

/**
 * Returns a source of an exchange's candles, by ccxt. Nothing is imported before the first query. Requests are paced by ccxt's
 * `rateLimit`, those that fail in passing sent again up to 3 times. Rejects with `MARKET_EXCHANGE_UNKNOWN`,
 * `MARKET_SYMBOL_UNKNOWN`, `MARKET_EXCHANGE_UNAVAILABLE` (retryable) or `MARKET_EXCHANGE_REFUSED`; no message holds a key or a signature.
 * A wait ends with its signal at once; a request under way ends by the setting `timeout` (10 s), its answer included.
 */
export function createExchangeSource(options: ExchangeSourceOptions): CandleSource {
  const { exchangeId, runtime, settings = {} } = options;
  const limitMs = typeof settings["timeout"] === "number" ? settings["timeout"] : USUAL_LIMIT_MS;
  const fetchImplementation = createBoundedFetch({ clock: runtime.clock, limitMs, maxBytes: MAX_BYTES });
  const connect = createConnection<CcxtCandles>({
    ...{ exchangeId, settings: { fetchImplementation, ...settings }, needed: "fetchOHLCV", clock: runtime.clock },
  });
  const request = async <T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    const attempt = async () => {
      try {
        return await abortable(work(), signal);
      } catch (error) {
        signal?.throwIfAborted();
        throw toMarketError(error, exchangeId, settings);
      }
    };
    return await retry(attempt, {
      runtime,
      backoff: BACKOFF,
      ...(signal && { signal }),
      when: (error, attempts) => error instanceof MarketError && error.retryable && attempts < MAX_ATTEMPTS,
      onFailure: ({ error, attempt: number, retryInMs }) => {
        const { code, message } = error as MarketError;
        runtime.log.debug(
          { exchangeId, error_code: code, error_message: message, attempt: number, retryInMs },
          "an exchange did not answer; its candles are asked for again",
        );
      },
    });
  };

  return {
    async candles(query, signal) {
      checkQuery(query);
      const exchange = await request(() => connect([query.symbol]), signal);
      if (exchange.timeframes !== undefined && !Object.hasOwn(exchange.timeframes, query.timeframe)) {
        throw new MarketError("MARKET_SYMBOL_UNKNOWN", `exchange ${exchangeId} has no candles of ${query.timeframe}`, {
          details: { exchangeId, timeframe: query.timeframe },
        });
      }
      const fetchPage = (sinceMs: number, limit: number) =>
        request(() => exchange.fetchOHLCV(query.symbol, query.timeframe, sinceMs, limit), signal);
      const pageSize = Math.min(MAX_PAGE, exchange.features?.spot?.fetchOHLCV?.limit ?? USUAL_PAGE);
      const rows = await readPages(fetchPage, query, pageSize);
      const buffer = createCandleBuffer();
      const field = (row: CcxtRow, index: number) => row[index] ?? Number.NaN;
      for (const row of rows) {
        buffer.push(field(row, 0), field(row, 1), field(row, 2), field(row, 3), field(row, 4), field(row, 5));
      }
      // Exchanges leave out, repeat and revise: what they may do is in the table of `tidyCandles`.
      return selectCandles(tidyCandles(query, buffer.columns(), runtime.clock.now()).candles, query);
    },
  };
}

/**
 * Reads windows of one page each, the newest first, until there are enough candles or the range is at its beginning: a window may be
 * empty because nothing was traded in it.
 */
async function readPages(
  fetchPage: (sinceMs: number, limit: number) => Promise<readonly CcxtRow[]>,
  { timeframe, fromMs, toMs, limit }: CandleQuery,
  pageSize: number,
): Promise<CcxtRow[]> {
  const lengthMs = timeframeMs[timeframe];
  const rows: CcxtRow[] = [];
  for (let endMs = toMs; endMs > fromMs && rows.length < limit; ) {
    const count = Math.min(pageSize, Math.ceil((endMs - fromMs) / lengthMs), limit - rows.length);
    const startMs = Math.max(fromMs, endMs - count * lengthMs);
    const window: CcxtRow[] = [];
    // An exchange may answer fewer than it was asked for, and the rest after them.
    for (let sinceMs = startMs; sinceMs < endMs; ) {
      const page = await fetchPage(sinceMs, count);
      const within = page.filter(([openMs = Number.NaN]) => openMs >= sinceMs && openMs < endMs);
      window.push(...within);
      if (within.length === 0 || within.length < page.length || within.length >= count) break;
      sinceMs = Math.max(...within.map(([openMs = 0]) => openMs)) + lengthMs;
    }
    rows.push(...window);
    endMs = startMs;
  }
  return rows;
}
