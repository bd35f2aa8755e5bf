import { type Sql, statement } from "@shoal/store";
import type { JsonObject } from "@shoal/strategy-runner";
import type { SettledFill, SettledRun } from "./settled-run.types.ts";

type QuerySql = Pick<Sql, "query">;

/** A claimed strategy: to be run once. */
export interface StrategyClaim extends StrategyFence {
  /** The nil UUID: the operator. */
  readonly ownerId: string;
  /** The tick that it is for; of a run by hand the time of the claim. */
  readonly plannedAtMs: number;
  readonly isManual: boolean;
  /** Other than the one that is remembered: state, book or settings have changed since. */
  readonly revision: number;
  /** Claims in a row before this one that brought no outcome. */
  readonly lostClaims: number;
  readonly version: number;
  readonly codeId: string;
  readonly dueForMs: number;
  readonly consecutiveFailures: number;
  readonly consecutiveKills: number;
  /** Null: it never ran. */
  readonly lastExecutionAtMs: number | null;
  /** Of the first of the skips in a row before this claim. */
  readonly skippedSinceMs: number | null;
  /** Of what the owner may burn today (UTC); null: no limit. */
  readonly fuelLeft: number | null;
  /** By the clock of the database. */
  readonly nowMs: number;
}

/** One claim of a strategy: a write that carries it changes nothing once the strategy was claimed again, deployed or stopped. */
export interface StrategyFence {
  readonly id: string;
  readonly epoch: number;
}

export interface TurnRequest {
  /** An id that no other live process uses. */
  readonly holder: string;
  /** After so long without an extension others may claim the strategy, in ms, more than 0. */
  readonly leaseMs: number;
  /** 0 or more. */
  readonly limit: number;
  /** The newest runs that stay of each strategy. */
  readonly keptRunCount: number;
}

export interface StrategyTurn {
  readonly claimed: readonly StrategyClaim[];
  /** Ids of strategies of which nothing was written, because the claim is out of date. */
  readonly lostIds: ReadonlySet<string>;
  /** Orders at an exchange are to be sent or cancelled. */
  readonly hasOrdered: boolean;
  /** Where fewer than `limit` were due: in how many ms the next one will be; undefined: none will. */
  readonly nextDueMs: number | undefined;
  /** Where the next claim may begin to look. Written and read by the database only; null when nothing was to be claimed. */
  readonly seen: string | null;
}

type TurnRow =
  | (StrategyClaim & { readonly kind: "claimed" })
  | { readonly kind: "lost"; readonly id: string }
  | { readonly kind: "ordered" }
  | { readonly kind: "next"; readonly nextDueMs: number | null; readonly seen: string };

const TURN_SQL = statement(
  "strategy_turn",
  `
select kind, id, owner_id as "ownerId", epoch::float8 as epoch, (extract(epoch from planned_at) * 1000)::float8 as "plannedAtMs",
  is_manual as "isManual", revision::float8 as revision, lost_claims as "lostClaims", version, code_id as "codeId",
  due_for_ms as "dueForMs", consecutive_failures as "consecutiveFailures", consecutive_kills as "consecutiveKills",
  (extract(epoch from last_execution_at) * 1000)::float8 as "lastExecutionAtMs",
  (extract(epoch from skipped_since) * 1000)::float8 as "skippedSinceMs", fuel_left::float8 as "fuelLeft",
  (extract(epoch from now) * 1000)::float8 as "nowMs", next_due_ms as "nextDueMs", seen::text as seen
from shoal.strategy_turn($1::text, $2::float8, $3::int, ($4::text)::jsonb, $5::int, ($6::text)::jsonb)`,
);

/**
 * Writes what became of claims, and claims due strategies, in one statement. When no answer comes, the same may be written again.
 * `seen`: where to begin, as the claim before said it; null: looks at all, which finds also those few that came in behind. Errors as
 * `Sql.query`; nothing is written then.
 */
export async function settleAndClaim(
  sql: QuerySql,
  { holder, leaseMs, limit, keptRunCount }: TurnRequest,
  done: readonly SettledRun[],
  seen: string | null = null,
): Promise<StrategyTurn> {
  const settled = done.length === 0 ? null : JSON.stringify(done);
  const rows = await sql.query<TurnRow>(TURN_SQL, [holder, leaseMs, limit, settled, keptRunCount, seen]);
  const claimed: StrategyClaim[] = [];
  const lostIds = new Set<string>();
  let hasOrdered = false;
  let nextDueMs: number | undefined;
  let seenNow: string | null = null;
  for (const row of rows) {
    if (row.kind === "claimed") claimed.push(row);
    else if (row.kind === "lost") lostIds.add(row.id);
    else if (row.kind === "ordered") hasOrdered = true;
    else {
      nextDueMs = row.nextDueMs ?? undefined;
      seenNow = row.seen;
    }
  }
  return { claimed, lostIds, hasOrdered, nextDueMs, seen: seenNow };
}

/** What an owner is charged for runs that are never settled. */
export interface Charge {
  readonly ownerId: string;
  /** Runs, 1 or more. */
  readonly count: number;
  /** Of all of them together. */
  readonly durationMs: number;
  readonly fuel: number;
}

/** Charges owners, each of whom is given once. Errors as `Sql.query`. */
export async function chargeOwners(sql: QuerySql, charges: readonly Charge[]): Promise<void> {
  await sql.query(statement("strategy_charge", "select shoal.strategy_charge(($1::text)::jsonb)"), [
    JSON.stringify(charges),
  ]);
}

/** Extends leases to `leaseMs` from now, in one statement; resolves with the ids of those that are still held. Errors as `Sql.query`. */
export async function extendLeases(
  sql: QuerySql,
  { holder, leaseMs }: Pick<TurnRequest, "holder" | "leaseMs">,
  held: readonly StrategyFence[],
): Promise<ReadonlySet<string>> {
  if (held.length === 0) return new Set();
  const rows = await sql.query<{ readonly id: string }>(
    statement(
      "strategy_extend",
      "select id from shoal.strategy_extend($1::text, $2::float8, $3::uuid[], $4::int8[]) as id",
    ),
    [holder, leaseMs, held.map(({ id }) => id), held.map(({ epoch }) => String(epoch))],
  );
  return new Set(rows.map(({ id }) => id));
}

/** What a run needs of a strategy. */
export interface LoadedStrategy {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly version: number;
  readonly codeId: string;
  readonly config: JsonObject;
  /** Null: cron. */
  readonly intervalMs: number | null;
  readonly cron: string | null;
  readonly zone: string;
  readonly venue: string;
  readonly market: string;
  readonly account: JsonObject;
  readonly filter: JsonObject;
  readonly state: JsonObject;
  /** Null before the first run. */
  readonly book: JsonObject | null;
  readonly settledUntilMs: number | null;
  readonly revision: number;
  /** When it placed its newest order; null: none. */
  readonly lastOrderAtMs: number | null;
  /** Of an exchange, in their order. */
  readonly unbookedFills: readonly SettledFill[];
}

const LOAD_SQL = statement(
  "strategy_load",
  `
select id, owner_id as "ownerId", name, version, code_id as "codeId", config, interval_ms::float8 as "intervalMs", cron, zone, venue,
  market, account, filter, state, book, (extract(epoch from settled_until) * 1000)::float8 as "settledUntilMs",
  revision::float8 as revision, (extract(epoch from last_order_at) * 1000)::float8 as "lastOrderAtMs", unbooked_fills as "unbookedFills"
from shoal.strategy_load($1::uuid[])`,
);

/** Reads strategies as of one moment; those that are gone are missing. Errors as `Sql.query`. */
export function loadStrategies(sql: QuerySql, ids: readonly string[]): Promise<LoadedStrategy[]> {
  return sql.query<LoadedStrategy>(LOAD_SQL, [ids]);
}

export interface PruneRequest {
  readonly candleDays: number;
  /** So many of each series stay, whatever their age. */
  readonly keptCandleCount: number;
  /** Of equity, and of orders and fills on paper. */
  readonly historyDays: number;
  /** Rows of each kind: the next call takes the rest. */
  readonly limit: number;
}

/** What was deleted, by kind: candles, equity, fills, orders, code. */
export type PrunedCounts = Readonly<Record<string, number>>;

/** Deletes what is too old, and mends what was changed by hand. Errors as `Sql.query`. */
export async function pruneStrategies(sql: QuerySql, request: PruneRequest): Promise<PrunedCounts> {
  const rows = await sql.query<{ readonly what: string; readonly count: number }>(
    statement(
      "strategy_prune",
      "select what, count::float8 as count from shoal.strategy_prune($1::float8, $2::int, $3::float8, $4::int)",
    ),
    [request.candleDays, request.keptCandleCount, request.historyDays, request.limit],
  );
  return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
}
