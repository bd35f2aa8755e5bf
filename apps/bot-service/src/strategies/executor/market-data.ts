import { type Clock, type Emitter, errorFields, isFleetError, MINUTE_MS, type Runtime, SECOND_MS } from "@shoal/kernel";
import {
  type CandleCacheStats,
  type CandleSource,
  type Candles,
  createCandleCache,
  finishedCandles,
  MarketError,
  timeframeMs,
} from "@shoal/market";
import { createExchangeSource } from "@shoal/market/ccxt";
import type { Sql } from "@shoal/store";
import type { CandlesNeed, HostCall, JsonValue } from "@shoal/strategy-runner";
import { createCandleArchive } from "./candle-archive.ts";
import type { StrategyEvents } from "./events.ts";
import { createEndlessMarket } from "./synthetic-market.ts";

/** The market that nobody trades at. */
export const SYNTHETIC = "synthetic";

/** Candles for runs: from memory, one request for all who want the same, and each kept once. */
export interface MarketData {
  /**
   * The finished candles of each need at `nowMs`, in their order. Rejects with a `MarketError`, `MARKET_EXCHANGE_UNAVAILABLE` if the market does not answer in 10 s,
   * or with the reason of `signal`.
   */
  candles(market: string, needs: readonly CandlesNeed[], nowMs: number, signal: AbortSignal): Promise<Candles[]>;
  /** Answers what a run asks while it runs, as of `nowMs`. Rejects as `candles`. */
  answer(market: string, nowMs: number): (call: HostCall, signal: AbortSignal) => Promise<JsonValue>;
  /** What is wrong with markets at the moment, in words; undefined: nothing. */
  trouble(): string | undefined;
  readonly stats: CandleCacheStats;
  /** Writes what is to be kept, and leaves no timer. */
  close(): Promise<void>;
}

export interface MarketDataOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Runtime;
  readonly events: Emitter<StrategyEvents>;
  /** Default: the synthetic market, and exchanges by their id. */
  readonly sourceOf?: (market: string) => CandleSource;
}

/** How long a run waits for its candles before it gives its place to others. */
const WAIT_MS = 10 * SECOND_MS;
/** Whoever still waits for a market asks again within a minute: nobody does any more of one that was not asked for so long. */
const TROUBLE_MS = 3 * MINUTE_MS;
const TICKER_TIMEFRAME = "1m";
/** In a thin market nothing is traded in most minutes. */
const TICKER_CANDLES = 60;

export function createMarketData({ database, runtime, events, sourceOf }: MarketDataOptions): MarketData {
  const archive = createCandleArchive({ database, runtime });
  const cache = createCandleCache({ runtime, source: sourceOf ?? everyMarket(runtime) });
  const troubles = createTroubles(runtime.clock);

  const series = async (market: string, need: CandlesNeed, nowMs: number, signal: AbortSignal): Promise<Candles> => {
    const { symbol, timeframe, count } = need;
    const { candles, stale } = await cache.latest({ venue: market, symbol, timeframe, count }, signal);
    if (stale) {
      events.emit("market:stale", { market, code: stale.code });
      troubles.note(market, stale.message);
    } else {
      troubles.forget(market);
    }
    const finished = finishedCandles(candles, nowMs);
    archive.note(market, finished);
    return finished;
  };

  const failed = (market: string, error: unknown, signal: AbortSignal): never => {
    if (signal.aborted) throw signal.reason;
    events.emit("market:failed", { market, code: errorFields(error).error_code });
    // A symbol that there is not says nothing of the market.
    if (isFleetError(error) && error.retryable) troubles.note(market, error.message);
    throw error;
  };

  const candles: MarketData["candles"] = async (market, needs, nowMs, signal) => {
    if (needs.length === 0) return [];
    const waiting = new AbortController();
    const stop = () => waiting.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const timer = runtime.clock.after(WAIT_MS, () => waiting.abort(unanswered(market)));
    try {
      signal.throwIfAborted();
      return await Promise.all(needs.map((need) => series(market, need, nowMs, waiting.signal)));
    } catch (error) {
      // Those of the others that still wait are not wanted any more.
      waiting.abort(error);
      return failed(market, error, signal);
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", stop);
    }
  };

  return {
    candles,
    answer: (market, nowMs) => (call, signal) =>
      answerBy((need) => candles(market, [need], nowMs, signal), market, call),
    trouble: () => troubles.first(),
    get stats() {
      return cache.stats;
    },
    close: () => archive.close(),
  };
}

/** What is wrong with markets, each until it answers again. */
function createTroubles({ monotonicMs }: Clock) {
  const troubles = new Map<string, { readonly message: string; readonly atMs: number }>();
  return {
    note: (market: string, message: string) => void troubles.set(market, { message, atMs: monotonicMs() }),
    forget: (market: string) => void troubles.delete(market),
    first(): string | undefined {
      for (const [market, { atMs }] of troubles) if (atMs < monotonicMs() - TROUBLE_MS) troubles.delete(market);
      const [first] = troubles;
      return first && `${first[0]}: ${first[1].message}`;
    },
  };
}

function everyMarket(runtime: Runtime): (market: string) => CandleSource {
  const sources = new Map<string, CandleSource>([[SYNTHETIC, createEndlessMarket(runtime.clock)]]);
  return (market) => {
    const source = sources.get(market) ?? createExchangeSource({ exchangeId: market, runtime });
    sources.set(market, source);
    return source;
  };
}

function unanswered(market: string): MarketError {
  const message = `${market} has not sent its candles within ${WAIT_MS / SECOND_MS} s`;
  return new MarketError("MARKET_EXCHANGE_UNAVAILABLE", message, { retryable: true });
}

async function answerBy(
  candles: (need: CandlesNeed) => Promise<Candles[]>,
  market: string,
  call: HostCall,
): Promise<JsonValue> {
  if (call.method === "fetchTicker") {
    const need = { symbol: call.symbol, timeframe: TICKER_TIMEFRAME, count: TICKER_CANDLES } as const;
    return tickerOf(market, call.symbol, (await candles(need))[0]);
  }
  const [found] = await candles(call.need);
  return found ? columnsAsJson(found) : null;
}

function columnsAsJson({ openMs, open, high, low, close, volume }: Candles): JsonValue {
  const columns = { openMs, open, high, low, close, volume };
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column]]));
}

/** Nobody asks the market for more than candles: the last minute's close stands for the price, on both sides. */
function tickerOf(market: string, symbol: string, candles: Candles | undefined): JsonValue {
  const last = candles?.close.at(-1);
  const openMs = candles?.openMs.at(-1);
  if (last === undefined || openMs === undefined) {
    throw new MarketError("MARKET_SYMBOL_UNKNOWN", `nothing was traded in ${symbol} at ${market} in the last hour`);
  }
  return { bid: last, ask: last, last, timeMs: openMs + timeframeMs[TICKER_TIMEFRAME] };
}
