import {
  type Clock,
  type Emitter,
  errorFields,
  FleetError,
  type Runtime,
  SECOND_MS,
  withTimeLimit,
} from "@shoal/kernel";
import {
  type CandleCache,
  type CandleCacheStats,
  type CandleSource,
  type Candles,
  createCandleCache,
  finishedCandles,
  type LatestCandles,
  type LatestQuery,
  MarketError,
  timeframeMs,
} from "@shoal/market";
import { createExchangeSource } from "@shoal/market/ccxt";
import type { Sql } from "@shoal/store";
import type { CandlesNeed, HostCall, JsonValue } from "@shoal/strategy-runner";
import { createCandleArchive } from "./candle-archive.ts";
import type { StrategyEvents } from "./events.ts";
import { createMarketTroubles, type MarketTroubles, SLOW_MS } from "./market-troubles.ts";
import { createEndlessMarket } from "./synthetic-market.ts";

/** The market that nobody trades at. */
export const SYNTHETIC = "synthetic";

/** Candles for runs: from memory, one request for all who want the same, and those of needs kept once. */
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
  /** Default: one of its own. */
  readonly synthetic?: CandleSource;
  /** Default: the synthetic market, and exchanges by their id. */
  readonly sourceOf?: (market: string) => CandleSource;
}

/** How long a run waits for its candles before it gives its place to others. */
const WAIT_MS = 10 * SECOND_MS;
/** How long a look beside the runs may take: long enough for the list of all that an exchange trades. */
const LOOK_MS = 30 * SECOND_MS;
const TICKER_TIMEFRAME = "1m";
/** In a thin market nothing is traded in most minutes. */
const TICKER_CANDLES = 60;

export function createMarketData(options: MarketDataOptions): MarketData {
  const { database, runtime, events } = options;
  const { clock } = runtime;
  const archive = createCandleArchive({ database, runtime });
  const cache = createCandleCache({ runtime, source: options.sourceOf ?? everyMarket(options) });
  const troubles = createMarketTroubles(clock);
  const closing = new AbortController();

  const latest = createAsks({ clock, cache, troubles, ending: closing.signal });

  const series = async (market: string, need: CandlesNeed, nowMs: number, signal: AbortSignal): Promise<Candles> => {
    const { symbol, timeframe, count } = need;
    const { candles, stale } = await latest({ venue: market, symbol, timeframe, count }, signal);
    if (stale) events.emit("market:stale", { market, code: stale.code });
    return finishedCandles(candles, nowMs);
  };

  const failed = (market: string, error: unknown, signal: AbortSignal): never => {
    if (signal.aborted) throw signal.reason;
    events.emit("market:failed", { market, code: errorFields(error).error_code });
    throw error;
  };

  const candles: MarketData["candles"] = async (market, needs, nowMs, signal) => {
    if (needs.length === 0) return [];
    const waiting = new AbortController();
    const stop = () => waiting.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const timer = runtime.clock.after(WAIT_MS, () => waiting.abort(unanswered(market, WAIT_MS)));
    try {
      signal.throwIfAborted();
      return await Promise.all(needs.map((need) => series(market, need, nowMs, waiting.signal)));
    } catch (error) {
      // Those of the others that still wait are not wanted any more.
      waiting.abort(SIBLING_FAILED);
      return failed(market, error, signal);
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", stop);
    }
  };

  return {
    async candles(market, needs, nowMs, signal) {
      const found = await candles(market, needs, nowMs, signal);
      // The made-up market has no end of symbols, and is made again for whoever does a run again.
      if (market !== SYNTHETIC) for (const each of found) archive.note(market, each);
      return found;
    },
    // The journal of a run has what it was answered.
    answer: (market, nowMs) => (call, signal) =>
      answerBy((need) => candles(market, [need], nowMs, signal), market, call),
    trouble: () => troubles.first(),
    get stats() {
      return cache.stats;
    },
    close() {
      closing.abort(new FleetError("STRATEGY_DRAINED", "the daemon ends"));
      return archive.close();
    },
  };
}

/** Says nothing of the series that were asked for beside the one that failed. */
const SIBLING_FAILED = new Error("another series of the run did not come");

/** What an ask that failed says of the market: nothing, if there is no such symbol, or if somebody else ended it soon. */
function troubleOf(error: unknown, query: LatestQuery, signal: AbortSignal, waitedMs: number): MarketError | undefined {
  if (signal.reason === SIBLING_FAILED) return undefined;
  if (error instanceof MarketError) return error.retryable ? error : undefined;
  // The time of a run that asked is over.
  return signal.aborted && waitedMs >= SLOW_MS ? unanswered(query.venue, waitedMs) : undefined;
}

interface AskOptions {
  readonly clock: Clock;
  readonly cache: CandleCache;
  readonly troubles: MarketTroubles;
  readonly ending: AbortSignal;
}

/** Returns what asks for candles in a run's time: nobody waits for what others have waited for in vain. */
function createAsks({ clock, cache, troubles, ending }: AskOptions) {
  /** Rejects where nothing is known; what waiting brought is noted. */
  const ask = async (query: LatestQuery, signal: AbortSignal): Promise<LatestCandles> => {
    const { venue } = query;
    const begunMs = clock.monotonicMs();
    const note = (error: MarketError) => troubles.failed(venue, seriesOf(query), error, clock.monotonicMs() - begunMs);
    try {
      const found = await cache.latest(query, signal);
      if (found.stale) note(new MarketError("MARKET_EXCHANGE_UNAVAILABLE", found.stale.message, { retryable: true }));
      else troubles.answered(venue, seriesOf(query));
      return found;
    } catch (error) {
      const trouble = troubleOf(error, query, signal, clock.monotonicMs() - begunMs);
      if (trouble !== undefined && !ending.aborted) note(trouble);
      throw error;
    }
  };
  const look = (query: LatestQuery): Promise<unknown> => {
    const late = unanswered(query.venue, LOOK_MS);
    const looked = withTimeLimit({ clock, limitMs: LOOK_MS, signal: ending, late }, (signal) => ask(query, signal));
    // The next look will say the same, or better.
    return looked.catch(() => {});
  };
  return async (query: LatestQuery, signal: AbortSignal): Promise<LatestCandles> => {
    const trouble = troubles.heldBy(query.venue, seriesOf(query));
    if (trouble === undefined) return ask(query, signal);
    const known = cache.known(query);
    if (known !== undefined && known.sinceMs === undefined) return known;
    if (troubles.beginLook(query.venue)) void look(query);
    if (known?.sinceMs === undefined) throw trouble;
    return { candles: known.candles, stale: { sinceMs: known.sinceMs, code: trouble.code, message: trouble.message } };
  };
}

const seriesOf = ({ symbol, timeframe }: LatestQuery) => `${symbol} ${timeframe}`;

function everyMarket({ runtime, synthetic }: MarketDataOptions): (market: string) => CandleSource {
  const sources = new Map<string, CandleSource>([[SYNTHETIC, synthetic ?? createEndlessMarket(runtime.clock)]]);
  return (market) => {
    const source = sources.get(market) ?? createExchangeSource({ exchangeId: market, runtime });
    sources.set(market, source);
    return source;
  };
}

function unanswered(market: string, waitedMs: number): MarketError {
  const message = `${market} has not sent its candles within ${Math.round(waitedMs / SECOND_MS)} s`;
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
