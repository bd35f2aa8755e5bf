import { createBoundedMemory, errorFields, type Runtime, SECOND_MS, type Timer } from "@shoal/kernel";
import {
  BYTES_PER_CANDLE,
  type Candles,
  COLUMNS,
  createCandles,
  gatherColumns,
  indexFrom,
  mergeCandles,
  sliceCandles,
} from "@shoal/market";
import { type Sql, statement } from "@shoal/store";

/** Keeps the candles that runs have seen, so that a run can be done again when the market has forgotten or revised them. */
export interface CandleArchive {
  /** What of these is not in the archive yet, or was otherwise before, will be there within a second or two. Costs nothing for candles that were noted. */
  note(market: string, candles: Candles): void;
  /** Writes what waits. Never rejects: what cannot be written is logged, and noted again when a run sees it. */
  flush(): Promise<void>;
  /** Notes nothing any more, and leaves no timer. */
  close(): Promise<void>;
  readonly waitingCount: number;
}

export interface CandleArchiveOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Runtime;
}

/** Candles of many runs go in one statement. */
const FLUSH_AFTER_MS = SECOND_MS;
const MAX_BATCH = 5_000;
/** While the database is away no more wait than these: 10 MB. */
const MAX_WAITING = 200_000;
/** What was noted is remembered, to know it from what was revised: 330,000 candles. What is forgotten is written again, and is there then. */
const MEMORY_BYTES = 16 * 1024 * 1024;
const MOST_PER_SERIES = 5_000;

const ARCHIVE_SQL = statement(
  "candle_archive",
  "select shoal.market_candles_keep($1, $2, $3, to_timestamp($4::float8 / 1000), $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::float8[], $10::float8[])",
);

/** What of one series is in the archive or on its way there. */
interface Archived {
  /** As they were noted last. */
  readonly candles: Candles;
  /** The memory of the latest ones, which nobody writes into; and what of it was noted, from the start of one candle to that of another. */
  readonly buffer: ArrayBufferLike;
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Waiting {
  readonly key: string;
  readonly market: string;
  /** When a run saw them. */
  readonly notedMs: number;
  readonly candles: Candles;
}

export function createCandleArchive({ database, runtime }: CandleArchiveOptions): CandleArchive {
  const archived = createBoundedMemory<Archived>(MEMORY_BYTES);
  let waiting: Waiting[] = [];
  let waitingCount = 0;
  let timer: Timer | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let isClosed = false;

  const add = (key: string, market: string, candles: Candles) => {
    const notedMs = runtime.clock.now();
    for (let from = 0; from < candles.length; from += MAX_BATCH) {
      waiting.push({ key, market, notedMs, candles: sliceCandles(candles, from, from + MAX_BATCH) });
    }
    waitingCount += candles.length;
  };

  const write = async ({ key, market, notedMs, candles }: Waiting): Promise<void> => {
    const { symbol, timeframe, openMs, open, high, low, close, volume } = candles;
    const columns = [openMs, open, high, low, close, volume].map((column) => [...column]);
    try {
      await database.query(ARCHIVE_SQL, [market, symbol, timeframe, notedMs, ...columns]);
    } catch (error) {
      archived.delete(key);
      const message =
        "candles that runs have seen could not be kept: they are written with the next run that sees them; until then such runs cannot be replayed";
      runtime.log.warn({ market, symbol, timeframe, ...errorFields(error) }, message);
    }
  };

  const flushAll = async () => {
    const batch = waiting;
    waiting = [];
    waitingCount = 0;
    for (const each of batch) await write(each);
  };

  const flush = (): Promise<void> => {
    timer?.cancel();
    timer = undefined;
    flushing = flushing.then(flushAll);
    return flushing;
  };

  return {
    note(market, candles) {
      const { length, openMs, symbol, timeframe } = candles;
      if (length === 0 || isClosed) return;
      const key = `${market} ${symbol} ${timeframe}`;
      const { buffer } = candles.close;
      const given = { fromMs: openMs[0] as number, untilMs: openMs[length - 1] as number };
      const known = archived.get(key);
      const noted = known?.buffer === buffer ? known : undefined;
      if (noted && noted.fromMs <= given.fromMs && noted.untilMs >= given.untilMs) return;
      if (waitingCount + length > MAX_WAITING) return;
      const fresh = known ? freshOf(candles, known.candles) : candles;
      const all = known ? mergeCandles(known.candles, candles) : candles;
      const kept = sliceCandles(all, all.length - MOST_PER_SERIES);
      const span = noted && isOneSpan(noted, given) ? spanOf(noted, given) : given;
      archived.set(key, { candles: kept, buffer, ...span }, kept.length * BYTES_PER_CANDLE);
      if (fresh.length === 0) return;
      add(key, market, fresh);
      timer ??= runtime.clock.after(FLUSH_AFTER_MS, () => void flush());
    },
    flush,
    async close() {
      isClosed = true;
      await flush();
    },
    get waitingCount() {
      return waitingCount;
    },
  };
}

type Span = Pick<Archived, "fromMs" | "untilMs">;

/** Between two that do not touch some were not noted: only the newer one counts, and of the other one each is compared again. */
function isOneSpan(left: Span, right: Span): boolean {
  return left.fromMs <= right.untilMs && right.fromMs <= left.untilMs;
}

function spanOf(left: Span, right: Span): Span {
  return { fromMs: Math.min(left.fromMs, right.fromMs), untilMs: Math.max(left.untilMs, right.untilMs) };
}

/** Those that are not known, or known otherwise. */
function freshOf(candles: Candles, known: Candles): Candles {
  const indexes: number[] = [];
  for (let at = 0; at < candles.length; at += 1) {
    const index = indexFrom(known, candles.openMs[at] as number);
    if (COLUMNS.some((name) => candles[name][at] !== known[name][index])) indexes.push(at);
  }
  return createCandles(candles, gatherColumns(candles, indexes));
}
