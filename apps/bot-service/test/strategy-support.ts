import type { Database, Sql } from "@shoal/store";
import { type Backend, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { RanRun, SettledFill, SettledOrder, SettledRun } from "../src/strategies/executor/settled-run.types.ts";
import { type StrategyClaim, type StrategyTurn, settleAndClaim } from "../src/strategies/executor/statements.ts";
import { emptyStrategies } from "./strategy-rows.ts";

export const LEASE_MS = 60_000;
export const KEPT_RUNS = 3;
export const MINUTE = 60_000;

/** A database that is there while the tests of a file or group run. */
export type SharedDatabase = Pick<TestDatabase, "database" | "connect">;

/** Opens a database before the tests of the present file or group, and drops it after them. */
export function sharedDatabase(backend: Backend = "embedded"): SharedDatabase {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  return {
    get database() {
      return test.database;
    },
    connect: (maxConnections) => test.connect(maxConnections),
  };
}

/** A database without strategies before each test of a group, and what its tests do there. */
export function strategyTests(backend?: Backend) {
  const test = sharedDatabase(backend);
  beforeEach(() => emptyStrategies(test));
  const settle = (...done: readonly SettledRun[]) => turn(test.database, { limit: 0, done });
  return {
    test,
    settle,
    rows: (what: string) => test.database.query(`select ${what}`),
    /** Claims and settles the strategy that is due, a tick later than the time before. */
    async run(more: Partial<RanRun>) {
      const held = await claimOne(test.database);
      const settled = await settle(ran(held, more));
      await passTime(test.database, MINUTE);
      return settled;
    },
  };
}

export const CODE_ID = "a".repeat(64);

export interface NewStrategy {
  readonly id?: string;
  /** Default: 1. */
  readonly owner?: number;
  /** Null: cron. */
  readonly intervalMs?: number | null;
  readonly status?: "running" | "stopped" | "paused";
  readonly venue?: string;
  /** When its tick is; default: a second ago. */
  readonly tickInMs?: number;
  /** Not due at all: null. */
  readonly dueInMs?: number | null;
  readonly isManual?: boolean;
}

/** The id of an owner, who sorts by number. */
export function ownerId(owner: number): string {
  return `00000000-0000-4000-8000-${String(owner).padStart(12, "0")}`;
}

const ADD_SQL = `
with given as (
  select coalesce(g.id, gen_random_uuid()) as id, coalesce(g.owner_id, '00000000-0000-4000-8000-000000000001') as owner_id,
    case when g."hasCron" then null else coalesce(g."intervalMs", 60000) end as interval_ms,
    case when g."hasCron" then '0 * * * *' end as cron,
    coalesce(g.status, 'running') as status, coalesce(g.venue, 'paper') as venue,
    statement_timestamp() + coalesce(g."tickInMs", -1000) * interval '1 millisecond' as tick_at,
    case when not g."isNotDue" then statement_timestamp() + coalesce(g."dueInMs", g."tickInMs", -1000) * interval '1 millisecond' end as due_at,
    coalesce(g."isManual", false) as is_manual, g.n
  from jsonb_to_recordset(($1::text)::jsonb) as g (id uuid, owner_id uuid, "hasCron" bool, "intervalMs" int8, status text, venue text,
    "tickInMs" float8, "dueInMs" float8, "isNotDue" bool, "isManual" bool, n int)
), code as (
  insert into shoal.strategy_code (id, language, source, checked) values ('${CODE_ID}', 'typescript', '', '{}') on conflict do nothing
), added as (
  insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, cron, market, account, status, venue, secret_name)
  select id, owner_id, 'strategy ' || id, '${CODE_ID}', interval_ms, cron, 'synthetic', '{}', status, venue,
    case when venue <> 'paper' then 'key' end
  from given
), clocks as (
  insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at, is_manual)
  select id, owner_id, tick_at, due_at, is_manual from given
)
select id from given order by n`;

/** Deploys strategies, and returns their ids. */
export async function addStrategies(sql: Pick<Sql<string>, "query">, given: readonly NewStrategy[]): Promise<string[]> {
  const rows = given.map(({ owner = 1, intervalMs, dueInMs, ...rest }, n) => {
    return {
      ...rest,
      owner_id: ownerId(owner),
      intervalMs,
      hasCron: intervalMs === null,
      dueInMs,
      isNotDue: dueInMs === null,
      n,
    };
  });
  const added = await sql.query<{ id: string }>(ADD_SQL, [JSON.stringify(rows)]);
  await refreshOwners(
    sql,
    rows.map((row) => row.owner_id),
  );
  return added.map(({ id }) => id);
}

export async function addStrategy(sql: Pick<Sql<string>, "query">, given: NewStrategy = {}): Promise<string> {
  const [id = ""] = await addStrategies(sql, [given]);
  return id;
}

export async function refreshOwners(sql: Pick<Sql<string>, "query">, ids: readonly string[]): Promise<void> {
  await sql.query("select shoal.strategy_owner_refresh($1::uuid[])", [[...new Set(ids)]]);
}

export interface TurnOptions {
  readonly holder?: string;
  readonly limit?: number;
  readonly done?: readonly SettledRun[];
  readonly seen?: string | null;
}

/** One turn of a holder. */
export function turn(
  sql: Pick<Sql<string>, "query">,
  { holder = "w1", limit = 10, done = [], seen = null }: TurnOptions = {},
): Promise<StrategyTurn> {
  return settleAndClaim(sql, { holder, leaseMs: LEASE_MS, limit, keptRunCount: KEPT_RUNS }, done, seen);
}

export async function claim(
  sql: Pick<Sql<string>, "query">,
  holder = "w1",
  limit = 10,
): Promise<readonly StrategyClaim[]> {
  return (await turn(sql, { holder, limit })).claimed;
}

export async function claimOne(sql: Pick<Sql<string>, "query">, holder = "w1"): Promise<StrategyClaim> {
  const [claimed] = await claim(sql, holder, 1);
  if (!claimed) throw new Error("nothing is due");
  return claimed;
}

const UNTIMED = { nextAtMs: null, notBeforeMs: null, missedCount: 0 } as const;

/** A run of what was claimed, of nothing but its figures. */
export function ran(
  { id, epoch, version, codeId, plannedAtMs, nowMs }: StrategyClaim,
  more: Partial<RanRun> = {},
): RanRun {
  return {
    ...{ id, epoch, kind: "run", ...UNTIMED, runId: runId(id, epoch), version, codeId, buildId: "build", plannedAtMs },
    ...{ startedAtMs: nowMs, durationMs: 4, outcome: "ok", error: null, fuel: 1000, imageHash: "hash", journal: null },
    ...{
      logs: [],
      notifications: [],
      equity: null,
      statePatch: {},
      book: null,
      settledUntilMs: null,
      positions: [],
      balances: [],
    },
    ...{ orders: [], cancels: [], fills: [], bookedFillIds: [], bookedProfits: {}, pause: null },
    ...more,
  };
}

export function skipped(
  { id, epoch }: StrategyClaim,
  more: { reason?: string; untilMs?: number; nextAtMs?: number; missedCount?: number } = {},
): SettledRun {
  return { id, epoch, kind: "skip", ...UNTIMED, reason: "no_new_candle", untilMs: 0, ...more };
}

export function unable({ id, epoch }: StrategyClaim, retryInMs = 5000): SettledRun {
  return {
    id,
    epoch,
    kind: "unable",
    ...UNTIMED,
    code: "MARKET_AWAY",
    message: "the market does not answer",
    retryInMs,
  };
}

export function released({ id, epoch }: StrategyClaim): SettledRun {
  return { id, epoch, kind: "release", ...UNTIMED };
}

export const ORDER_ID = "11111111-0000-4000-8000-000000000001";

export function order(id = ORDER_ID, more: Partial<SettledOrder> = {}): SettledOrder {
  return {
    ...{
      id,
      runId: id,
      number: 1,
      symbol: "BTC/USDT",
      side: "buy",
      type: "limit",
      quantity: "0.5",
      price: "100.25",
      status: "open",
    },
    ...{ reason: null, filled: "0", average: null, fee: "0", placedAtMs: 1_000, ...more },
  };
}

export const OTHER_ORDER_ID = "11111111-0000-4000-8000-000000000002";

export function fill(id: string, more: Partial<SettledFill> = {}): SettledFill {
  return {
    ...{ id, orderId: ORDER_ID, symbol: "BTC/USDT", side: "buy", price: "100.25", quantity: "0.5", fee: "0.050125" },
    ...{ feeCurrency: "USDT", liquidity: "maker", realisedProfit: "-1.5", filledAtMs: 2_000, ...more },
  };
}

/** All that a run may bring. */
export const FULL = {
  statePatch: { seen: 1, deep: { a: [null, "x"] } },
  book: { version: 1 },
  settledUntilMs: 1_700_000_000_000,
  positions: [{ symbol: "BTC/USDT", quantity: "0.5", cost: "50.125", realisedProfit: "0", paidFees: "0.05" }],
  balances: [{ currency: "USDT", amount: "949.824875" }],
  orders: [
    order(ORDER_ID, { status: "filled", filled: "0.5", average: "100.25", fee: "0.050125" }),
    order(OTHER_ORDER_ID),
  ],
  fills: [fill("1")],
  equity: "1000.00",
} as const satisfies Partial<RanRun>;

/** Any id that strategy and epoch decide. */
export function runId(id: string, epoch: number): string {
  return `${id.slice(0, 24)}${String(epoch).padStart(12, "0")}`;
}

/** A row of shoal.strategy_clock as the tests look at it. */
export interface ClockRow {
  readonly id: string;
  readonly owner_id: string;
  readonly tick_ms: number | null;
  readonly due_ms: number | null;
  readonly epoch: number;
  readonly holder: string | null;
  readonly is_claimed: boolean;
  readonly lost_claims: number;
  readonly revision: number;
  readonly is_manual: boolean;
  readonly last_ms: number | null;
  readonly last_execution_duration_ms: number | null;
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly sum_ms: number;
  readonly fuel: number;
  readonly missed: number;
  readonly skipped: number;
  readonly skipped_reason: string | null;
  readonly is_skipped_since: boolean;
  readonly consecutive_failures: number;
  readonly consecutive_kills: number;
  readonly last_error: string | null;
  readonly status: string;
  readonly status_reason: string | null;
  readonly now_ms: number;
}

const CLOCKS_SQL = `
select c.strategy_id as id, c.owner_id, (extract(epoch from next_execution_at) * 1000)::float8 as tick_ms,
  (extract(epoch from due_at) * 1000)::float8 as due_ms, epoch::float8 as epoch, holder, claimed_at is not null as is_claimed, lost_claims,
  revision::float8 as revision, is_manual, (extract(epoch from last_execution_at) * 1000)::float8 as last_ms,
  last_execution_duration_ms, total_executions::float8 as total, successful_executions::float8 as successful,
  failed_executions::float8 as failed, sum_ms, fuel::float8 as fuel, missed_executions::float8 as missed,
  skipped_executions::float8 as skipped, skipped_reason, skipped_since is not null as is_skipped_since, consecutive_failures,
  consecutive_kills, last_error, status, status_reason, (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
from shoal.strategy_clock c join shoal.strategies s on s.id = c.strategy_id
order by 1`;

export function clocks(sql: Pick<Sql<string>, "query">): Promise<ClockRow[]> {
  return sql.query<ClockRow>(CLOCKS_SQL);
}

export async function clock(sql: Pick<Sql<string>, "query">, id: string): Promise<ClockRow> {
  const found = (await clocks(sql)).find((each) => each.id === id);
  if (!found) throw new Error(`there is no strategy ${id}`);
  return found;
}

/** Everything that a settle may write, in one order. */
export async function everything(sql: Pick<Sql<string>, "query">): Promise<unknown> {
  const tables = "strategies clock state books runs orders fills positions balances equity owners".split(" ");
  const names = tables.map((table) => (table === "strategies" ? table : `strategy_${table}`));
  const rows = await sql.query<{ all: unknown }>(
    `select jsonb_build_array(${names.map((name) => `(select jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text) from shoal.${name} t)`)}) as all`,
  );
  return rows[0]?.all;
}

/** Moves what the rows say so far into the past, as if `ms` had gone by. */
export async function passTime(database: Database<string>, ms: number): Promise<void> {
  const ago = "$1::float8 * interval '1 millisecond'";
  await database.query(
    `update shoal.strategy_clock set due_at = due_at - ${ago}, next_execution_at = next_execution_at - ${ago}, claimed_at = claimed_at - ${ago}`,
    [ms],
  );
  await database.query("select shoal.strategy_owner_refresh(array(select owner_id from shoal.strategy_owners))");
}

/** Owners whose row does not say what their clocks say. */
export function wrongOwners(sql: Pick<Sql<string>, "query">): Promise<unknown[]> {
  return sql.query(
    `select o.owner_id, o.next_due_at, o.is_waiting, c.due_at from shoal.strategy_owners o
     full join (select owner_id, min(due_at) as due_at from shoal.strategy_clock group by owner_id) c using (owner_id)
     where o.owner_id is null or o.next_due_at is distinct from c.due_at or o.is_waiting and c.due_at > clock_timestamp()
       or o.finish_tag < o.start_tag`,
  );
}
