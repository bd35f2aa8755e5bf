import {
  type CandleColumns,
  type CandleSource,
  type Candles,
  columnsOf,
  createCandles,
  isTimeframe,
  timeframeMs,
} from "@shoal/market";
import { type Sql, statement } from "@shoal/store";
import { type CandlesNeed, type CheckedCode, type Journal, journalFromText, LIMITS } from "@shoal/strategy-runner";
import { unknown } from "../desk/errors.ts";
import { SYNTHETIC } from "../executor/market-data.ts";
import { unpackJournal } from "../packed-journal.ts";
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

const CANDLES_SQL = statement(
  "strategy_run_candles",
  `
select (extract(epoch from open_at) * 1000)::float8 as "openMs", open, high, low, close, volume
from shoal.market_candles
where market = $1 and symbol = $2 and timeframe = $3 and open_at <= to_timestamp($4::float8 / 1000)
order by open_at desc
limit $5`,
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
    for (const part of partsOf(journalFromText(journal), needs)) {
      const found =
        row.market === SYNTHETIC
          ? await make(made, part)
          : createCandles(part, await readColumns(database, row.market, part));
      if (found.length > 0) candles.push(found);
    }
    return { ...row, journal, candles };
  };
}

interface Part extends CandlesNeed {
  /** Start of the newest candle that may be seen, epoch ms. */
  readonly lastOpenMs: number;
}

/** The series of a run and of other needs, each once, with the larger count. */
function partsOf(journal: Journal, needs: readonly CandlesNeed[]): Part[] {
  const parts = new Map<string, Part>();
  for (const { symbol, timeframe, count, lastOpenMs } of journal.candles) {
    parts.set(`${symbol} ${timeframe}`, { symbol, timeframe, count, lastOpenMs });
  }
  for (const need of needs) {
    const key = `${need.symbol} ${need.timeframe}`;
    const count = Math.max(need.count, parts.get(key)?.count ?? 0);
    parts.set(key, { ...need, count, lastOpenMs: newestOpenMs(journal, need) });
  }
  return [...parts.values()];
}

function make(made: CandleSource, { symbol, timeframe, count, lastOpenMs }: Part): Promise<Candles> {
  const fromMs = lastOpenMs - count * timeframeMs[timeframe] + 1;
  return made.candles({ symbol, timeframe, fromMs, toMs: lastOpenMs + 1, limit: count });
}

type CandleRow = { readonly [Name in keyof CandleColumns]: number };

async function readColumns(database: Sql, market: string, part: Part): Promise<CandleColumns> {
  const { symbol, timeframe, count, lastOpenMs } = part;
  const params = [market, symbol, timeframe, lastOpenMs, count];
  const rows = await database.query<CandleRow & Record<string, unknown>>(CANDLES_SQL, params);
  return columnsOf(rows.toReversed());
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
