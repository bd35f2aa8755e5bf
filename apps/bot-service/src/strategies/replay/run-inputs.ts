import { SECOND_MS } from "@shoal/kernel";
import { type CandleSource, type Candles, isTimeframe, mergeCandles, timeframeMs } from "@shoal/market";
import { type Sql, statement } from "@shoal/store";
import {
  type CandlesNeed,
  type CandlesReference,
  type CheckedCode,
  type Journal,
  journalFromText,
  LIMITS,
} from "@shoal/strategy-runner";
import { unknown } from "../desk/errors.ts";
import { SYNTHETIC } from "../executor/market-data.ts";
import { unpackJournal } from "../packed-journal.ts";
import { type CandleVersion, candlesKnownBy, recordedView, versionsOf } from "./candle-versions.ts";
import { newestOpenMs } from "./missing-candles.ts";

/** All that a kept run needs to be done again. */
export interface RunInputs {
  readonly runId: string;
  readonly strategyId: string;
  /** Where the candles are from. */
  readonly market: string;
  /** As `journalToText` wrote it; null: only the figures of the run are kept by now. */
  readonly journal: string | null;
  /** What ran; null: no version has it any more. */
  readonly code: CheckedCode | null;
  /** Of the archive, up to what the run saw: those that the run had, as far as they are there, and those of `needs`. */
  readonly candles: readonly Candles[];
}

const RUN_SQL = statement(
  "strategy_run_inputs",
  `
select r.id as "runId", r.strategy_id as "strategyId", s.market, r.journal, c.checked as code
from shoal.strategy_runs as r
join shoal.strategies as s on s.id = r.strategy_id
left join shoal.strategy_code as c on c.id = r.code_id
where r.id = $1 and ($2::uuid is null or s.owner_id = $2)`,
);

/** A run waits no longer for its candles, which are noted when they come. */
const SEEN_WITHIN_MS = 30 * SECOND_MS;

/** Candles that were written late count for runs before as well, until it is known when: so many more are read. */
const LATE_COUNT = 200;

const CANDLES_SQL = statement(
  "strategy_run_candles",
  `
with newest as materialized (
  select * from shoal.market_candles
  where market = $1 and symbol = $2 and timeframe = $3 and open_at <= to_timestamp($4::float8 / 1000)
  order by open_at desc
  limit $5
)
select (extract(epoch from open_at) * 1000)::float8 as "openMs", open, high, low, close, volume,
  (extract(epoch from noted_at) * 1000)::float8 as "notedMs"
from newest
union all
select (extract(epoch from r.open_at) * 1000)::float8, r.open, r.high, r.low, r.close, r.volume,
  (extract(epoch from r.noted_at) * 1000)::float8
from newest n cross join lateral (
  select * from shoal.market_candle_revisions k
  where k.market = $1 and k.symbol = $2 and k.timeframe = $3 and k.open_at = n.open_at offset 0
) r`,
);

interface RunRow {
  readonly runId: string;
  readonly strategyId: string;
  readonly market: string;
  readonly journal: Uint8Array | null;
  readonly code: CheckedCode | null;
}

/**
 * Reads what a run had. `userId` null: the operator asks. `needs` are those of other code, which is to run on it.
 * @throws STRATEGY_UNKNOWN no such run, or one of another owner
 */
export type ReadRunInputs = (
  runId: string,
  asked: { readonly userId: string | null; readonly needs: readonly CandlesNeed[] },
) => Promise<RunInputs>;

/** `made`: the synthetic market, whose candles are in no archive. */
export function createRunInputs(database: Sql, made: CandleSource): ReadRunInputs {
  return async (runId, { userId, needs }) => {
    const [row] = await database.query<RunRow & Record<string, unknown>>(RUN_SQL, [runId, userId]);
    if (!row) throw unknown("run");
    if (row.journal === null) return { ...row, journal: null, candles: [] };
    const journal = unpackJournal(row.journal);
    const candles: Candles[] = [];
    const recorded = journalFromText(journal);
    for (const part of partsOf(recorded, needs)) {
      const found =
        row.market === SYNTHETIC ? await make(made, part) : await read(database, row.market, part, recorded.nowMs);
      if (found.length > 0) candles.push(found);
    }
    return { ...row, journal, candles };
  };
}

interface Part extends CandlesNeed {
  /** What the run had of it; undefined: nothing. */
  readonly reference: CandlesReference | undefined;
  /** Start of the newest candle that may be seen, epoch ms. */
  readonly lastOpenMs: number;
}

/** The series of a run and of other needs, each once, with the larger count. */
function partsOf(journal: Journal, needs: readonly CandlesNeed[]): Part[] {
  const parts = new Map<string, Part>();
  for (const reference of journal.candles) {
    const { symbol, timeframe, count, lastOpenMs } = reference;
    parts.set(`${symbol} ${timeframe}`, { symbol, timeframe, count, lastOpenMs, reference });
  }
  for (const need of needs) {
    const key = `${need.symbol} ${need.timeframe}`;
    const known = parts.get(key);
    const count = Math.max(need.count, known?.count ?? 0);
    parts.set(key, { ...need, count, lastOpenMs: newestOpenMs(journal, need), reference: known?.reference });
  }
  return [...parts.values()];
}

function make(made: CandleSource, { symbol, timeframe, count, lastOpenMs }: Part): Promise<Candles> {
  const fromMs = lastOpenMs - count * timeframeMs[timeframe] + 1;
  return made.candles({ symbol, timeframe, fromMs, toMs: lastOpenMs + 1, limit: count });
}

/** Reads candles as the run had them; of those that it had not, as they were known then. */
async function read(database: Sql, market: string, part: Part, nowMs: number): Promise<Candles> {
  const { symbol, timeframe, count, lastOpenMs, reference } = part;
  const params = [market, symbol, timeframe, lastOpenMs, count + LATE_COUNT];
  const versions = versionsOf(await database.query<CandleVersion & Record<string, unknown>>(CANDLES_SQL, params));
  const seen = reference && recordedView(reference, versions, nowMs);
  if (seen && seen.length >= count) return seen;
  const known = candlesKnownBy(part, versions, count, nowMs + SEEN_WITHIN_MS);
  return seen ? mergeCandles(known, seen) : known;
}

/** Series that somebody needs, as text: `BTC/USDT 5m 200,ETH/USDT 1h 50`. */
export const NEEDS_PATTERN = /^[\w/:.-]{1,40} \d{1,2}[mhdw] \d{1,4}(,[\w/:.-]{1,40} \d{1,2}[mhdw] \d{1,4}){0,15}$/;

/** Reads such a text. Leaves out what is no timeframe, and counts beyond the limit of a need. */
export function needsFromText(text: string): CandlesNeed[] {
  return text.split(",").flatMap((each) => {
    const [symbol = "", timeframe = "", count = ""] = each.split(" ");
    return isTimeframe(timeframe) ? [{ symbol, timeframe, count: Math.min(Number(count), LIMITS.candlesPerNeed) }] : [];
  });
}

export function needsToText(needs: readonly CandlesNeed[]): string {
  return needs.map(({ symbol, timeframe, count }) => `${symbol} ${timeframe} ${count}`).join(",");
}
