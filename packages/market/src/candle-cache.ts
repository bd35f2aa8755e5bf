import { abortable, type Clock, createBoundedMemory, type EpochMs, isFleetError, type Runtime } from "@shoal/kernel";
import { BYTES_PER_CANDLE, copyCandles, mergeCandles, noCandles, selectCandles } from "./candles.ts";
import type { Candles } from "./candles.types.ts";
import { MarketError } from "./errors.ts";
import type { CandleSource } from "./source.types.ts";
import { candleStartMs, parseTimeframe, type Timeframe, timeframeMs } from "./timeframes.ts";

/** Asks for the newest finished candles of a market. */
export interface LatestQuery {
  readonly venue: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Number of candles, 1 to 100,000. */
  readonly count: number;
}

/** Why candles are older than they should be. */
export interface Staleness {
  /** Epoch ms of the last successful look at the venue. */
  readonly sinceMs: EpochMs;
  readonly code: string;
  readonly message: string;
}

export interface LatestCandles {
  /** The finished candles of the last `count` candle lengths: fewer where there are gaps or the market is young. Views: nobody may write into them, and `copyCandles` is for those who send them away. */
  readonly candles: Candles;
  /** Present while the venue cannot be asked and these are of an earlier time. */
  readonly stale?: Staleness;
}

export interface CandleCacheOptions {
  readonly runtime: Pick<Runtime, "clock">;
  /** Returns the source of a venue. Called once for each flight. */
  readonly source: (venue: string) => CandleSource;
  /** Memory for columns that are kept. Default: 64 MiB, about 2,700 series of 500 candles. */
  readonly maxBytes?: number;
}

export interface CandleCache {
  /**
   * Answers from memory while no candle has been finished since the last look, and asks the venue otherwise: for what is missing, once
   * for all who wait. Rejects with the source's error if there is nothing to answer with; an error is never kept. `signal` ends
   * one's own wait; the request itself is aborted when nobody waits any more.
   */
  latest(query: LatestQuery, signal?: AbortSignal): Promise<LatestCandles>;
  /** What memory has of them, without asking the venue. `sinceMs`: when it was looked for last, if newer ones may be there by now. */
  known(query: LatestQuery): { readonly candles: Candles; readonly sinceMs?: EpochMs } | undefined;
  readonly stats: CandleCacheStats;
}

export interface CandleCacheStats {
  readonly seriesCount: number;
  readonly keptBytes: number;
  readonly flightCount: number;
  /** Answers since the start: from memory, and after a look at the venue. */
  readonly hitCount: number;
  readonly missCount: number;
}

const MAX_BYTES = 64 * 1_024 * 1_024;
const MAX_COUNT = 100_000;
/** A venue that has not published the newest candle, or has none because nothing was traded, is asked again after this time at the earliest. */
const LOOK_AGAIN_MS = 2_000;

/** What is kept of one series. */
interface Series {
  readonly candles: Candles;
  /** The longest query that was answered; the candles reach back so far. */
  readonly count: number;
  readonly lookedAtMs: EpochMs;
}

/** A request to a venue, and who waits for it. */
interface Flight {
  readonly count: number;
  readonly controller: AbortController;
  readonly landed: Promise<Series>;
  waiterCount: number;
}

export function createCandleCache(options: CandleCacheOptions): CandleCache {
  const { runtime, source, maxBytes = MAX_BYTES } = options;
  const kept = createBoundedMemory<Series>(maxBytes);
  const flights = new Map<string, Flight>();
  let hitCount = 0;
  let missCount = 0;

  const take = (key: string, query: LatestQuery): Flight => {
    const controller = new AbortController();
    const known = kept.get(key);
    const flight: Flight = {
      count: query.count,
      controller,
      waiterCount: 0,
      landed: look(runtime.clock, source(query.venue), query, known, controller.signal),
    };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.landed.then((series) => {
      // A source may answer although it was told to stop, when a later flight has answered already.
      if (!controller.signal.aborted) kept.set(key, series, series.candles.length * BYTES_PER_CANDLE);
      land();
    }, land);
    return flight;
  };

  const board = async (key: string, flight: Flight, signal: AbortSignal | undefined): Promise<Series> => {
    flight.waiterCount += 1;
    try {
      return await abortable(flight.landed, signal);
    } finally {
      flight.waiterCount -= 1;
      // One that has landed is no longer listed. One that nobody waits for may not be joined: it is about to fail.
      if (flight.waiterCount === 0 && flights.get(key) === flight) {
        flights.delete(key);
        flight.controller.abort(new MarketError("MARKET_REQUEST_ABORTED", "nobody waits for these candles any more"));
      }
    }
  };

  return {
    async latest(query, signal) {
      checkLatest(query);
      const key = keyOf(query);
      for (let isFirst = true; ; isFirst = false) {
        signal?.throwIfAborted();
        const known = kept.get(key);
        if (known !== undefined && isFresh(known, query, runtime.clock.now())) {
          if (isFirst) hitCount += 1;
          return { candles: latestOf(known, query, runtime.clock.now()) };
        }
        const flight = flights.get(key) ?? take(key, query);
        if (isFirst) missCount += 1;
        try {
          const series = await board(key, flight, signal);
          if (series.count >= query.count) return { candles: latestOf(series, query, runtime.clock.now()) };
        } catch (error) {
          signal?.throwIfAborted();
          const older = kept.get(key);
          if (older === undefined || !isFleetError(error) || !error.retryable) throw error;
          const stale = { sinceMs: older.lookedAtMs, code: error.code, message: error.message };
          return { candles: latestOf(older, query, older.lookedAtMs), stale };
        }
      }
    },
    known(query) {
      const series = kept.get(keyOf(query));
      if (series === undefined) return undefined;
      const nowMs = runtime.clock.now();
      if (isFresh(series, query, nowMs)) return { candles: latestOf(series, query, nowMs) };
      return { candles: latestOf(series, query, series.lookedAtMs), sinceMs: series.lookedAtMs };
    },
    get stats() {
      return { seriesCount: kept.count, keptBytes: kept.bytes, flightCount: flights.size, hitCount, missCount };
    },
  };
}

const keyOf = ({ venue, symbol, timeframe }: LatestQuery) => JSON.stringify([venue, symbol, timeframe]);

/** Asks the venue for what is not known yet, and returns both together. */
async function look(
  clock: Clock,
  source: CandleSource,
  { symbol, timeframe, count }: LatestQuery,
  known: Series | undefined,
  signal: AbortSignal,
): Promise<Series> {
  const nowMs = clock.now();
  const range = rangeOf(timeframe, count, nowMs);
  const newestMs = known?.candles.openMs.at(-1);
  // The last candle that is known is asked for again, because venues revise it. More history than that is another request.
  const isNext = known !== undefined && known.count >= count && newestMs !== undefined && newestMs >= range.fromMs;
  const fromMs = isNext ? newestMs : range.fromMs;
  const limit = Math.min(count, Math.ceil((range.toMs - fromMs) / timeframeMs[timeframe]));
  const answer = await source.candles({ symbol, timeframe, fromMs, toMs: range.toMs, limit }, signal);
  const kept = { symbol, timeframe, count: Math.max(count, known?.count ?? 0) };
  const all = mergeCandles(known?.candles ?? noCandles(kept), answer);
  // In memory of its own: a view would keep alive what it is cut from.
  const candles = copyCandles(selectCandles(all, { ...rangeOf(timeframe, kept.count, nowMs), limit: kept.count }));
  return { candles, count: kept.count, lookedAtMs: nowMs };
}

/** Where the finished ones of the last `count` candles start, on whatever grid. */
function rangeOf(timeframe: Timeframe, count: number, nowMs: EpochMs) {
  const lengthMs = timeframeMs[timeframe];
  return { fromMs: nowMs - (count + 1) * lengthMs + 1, toMs: nowMs - lengthMs + 1 };
}

function latestOf({ candles }: Series, { timeframe, count }: LatestQuery, nowMs: EpochMs): Candles {
  return selectCandles(candles, { ...rangeOf(timeframe, count, nowMs), limit: count });
}

function isFresh(series: Series, { timeframe, count }: LatestQuery, nowMs: EpochMs): boolean {
  if (series.count < count) return false;
  const lengthMs = timeframeMs[timeframe];
  const newestMs = series.candles.openMs.at(-1) ?? -Infinity;
  const dueMs = newestMs + 2 * lengthMs;
  if (nowMs < dueMs) return true;
  // The candle that is due was looked for after its end and was not there.
  return (
    series.lookedAtMs >= dueMs && nowMs < series.lookedAtMs + LOOK_AGAIN_MS && isSameCandle(series, timeframe, nowMs)
  );
}

/** Whether no candle has ended since the last look. */
function isSameCandle({ lookedAtMs }: Series, timeframe: Timeframe, nowMs: EpochMs): boolean {
  return candleStartMs(timeframe, lookedAtMs) === candleStartMs(timeframe, nowMs);
}

function checkLatest({ timeframe, count }: LatestQuery): void {
  parseTimeframe(timeframe);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_COUNT) return;
  throw new MarketError("MARKET_QUERY_INVALID", `count is ${count}, not a whole number from 1 to ${MAX_COUNT}`);
}
