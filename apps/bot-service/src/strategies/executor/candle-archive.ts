import { createBoundedMemory, errorFields, type Runtime, SECOND_MS, type Timer } from "@shoal/kernel";
import { type Candles, indexFrom, sliceCandles } from "@shoal/market";
import { type Sql, statement } from "@shoal/store";

/** Keeps the candles that runs have seen, so that a run can be done again when the market has forgotten them. */
export interface CandleArchive {
  /** What of these is not in the archive yet will be within a second or two. Costs nothing for candles that are there. */
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
const MAX_SERIES = 20_000;

const ARCHIVE_SQL = statement(
  "candle_archive",
  `
insert into shoal.market_candles (market, symbol, timeframe, open_at, open, high, low, close, volume)
select $1, $2, $3, to_timestamp(c.open_ms / 1000), c.open, c.high, c.low, c.close, c.volume
from unnest($4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::float8[])
  as c (open_ms, open, high, low, close, volume)
on conflict do nothing`,
);

/** Of one series, from where to where it is in the archive or on its way there; both are starts of candles. */
interface Archived {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Waiting {
  readonly key: string;
  readonly market: string;
  readonly candles: Candles;
}

export function createCandleArchive({ database, runtime }: CandleArchiveOptions): CandleArchive {
  const archived = createBoundedMemory<Archived>(MAX_SERIES);
  let waiting: Waiting[] = [];
  let waitingCount = 0;
  let timer: Timer | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let isClosed = false;

  const add = (key: string, market: string, candles: Candles) => {
    for (let from = 0; from < candles.length; from += MAX_BATCH) {
      waiting.push({ key, market, candles: sliceCandles(candles, from, from + MAX_BATCH) });
    }
    waitingCount += candles.length;
  };

  const write = async ({ key, market, candles }: Waiting): Promise<void> => {
    const { symbol, timeframe, openMs, open, high, low, close, volume } = candles;
    const columns = [openMs, open, high, low, close, volume].map((column) => [...column]);
    try {
      await database.query(ARCHIVE_SQL, [market, symbol, timeframe, ...columns]);
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
      const given = { fromMs: openMs[0] as number, untilMs: openMs[length - 1] as number };
      const known = archived.get(key);
      if (known && known.fromMs <= given.fromMs && known.untilMs >= given.untilMs) return;
      if (waitingCount + length > MAX_WAITING) return;
      archived.set(key, known && isOneSeries(known, given) ? spanOf(known, given) : given, 1);
      for (const part of missingOf(candles, known)) add(key, market, part);
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

/** Between two that do not touch some were not seen: only the newer one is remembered, and of the other one each is noted again. */
function isOneSeries(left: Archived, right: Archived): boolean {
  return left.fromMs <= right.untilMs && right.fromMs <= left.untilMs;
}

function spanOf(left: Archived, right: Archived): Archived {
  return { fromMs: Math.min(left.fromMs, right.fromMs), untilMs: Math.max(left.untilMs, right.untilMs) };
}

function missingOf(candles: Candles, known: Archived | undefined): Candles[] {
  if (!known) return [candles];
  const before = sliceCandles(candles, 0, indexFrom(candles, known.fromMs));
  const after = sliceCandles(candles, indexFrom(candles, known.untilMs + 1));
  return [before, after].filter((part) => part.length > 0);
}
