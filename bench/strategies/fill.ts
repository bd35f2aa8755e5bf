import type { Database } from "@shoal/store";
import { decide } from "../sandbox/decide.ts";

/** A strategy that does nothing. */
export const EMPTY = "export function run() {}";

/** The strategy of the contestants in bench/sandbox, on the synthetic market. */
export const DECIDES = `
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1h", count: 500 }] };
const decide = ${decide};
export function run(ctx) {
  const { close } = ctx.market.candles("BTC/USDT", "1h");
  ctx.state.set("decision", decide(close.values));
}`;

export interface CloneOptions {
  /** The strategy whose code, account and book they get. */
  readonly strategyId: string;
  readonly count: number;
  readonly intervalMs: number;
  /** They are due at random within so long from now on. */
  readonly dueWithinMs: number;
  /** They belong to so many owners in turn, others than those of an earlier call. */
  readonly ownerCount: number;
}

const CLONE_SQL = `
with owners as materialized (
  select n - 1 as n, gen_random_uuid() as owner_id from generate_series(1, $5::int) n
), added as (
  insert into shoal.strategies (owner_id, name, code_id, config, interval_ms, zone, venue, market, account, filter, status)
  select owners.owner_id, 'bench ' || n.n, s.code_id, s.config, $3::int8, s.zone, s.venue, s.market, s.account, s.filter, 'running'
  from generate_series(0, $2::int - 1) as n (n)
  join owners on owners.n = n.n % $5::int
  cross join shoal.strategies s where s.id = $1::uuid
  returning id, owner_id, version, code_id, config
), versions as (
  insert into shoal.strategy_versions (strategy_id, version, code_id, config)
  select id, version, code_id, config from added
), books as (
  insert into shoal.strategy_books (strategy_id, book, settled_until)
  select added.id, b.book, b.settled_until from added cross join shoal.strategy_books b where b.strategy_id = $1::uuid
), clocks as (
  insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at)
  select id, owner_id, due_at, due_at from (
    select id, owner_id, statement_timestamp() + random() * $4::float8 * interval '1 millisecond' as due_at from added
  ) as timed
)
select distinct owner_id::text as id from owners`;

/** Deploys many strategies without a check of each. Returns their owners. */
export async function cloneStrategies(database: Database<string>, options: CloneOptions): Promise<string[]> {
  const { strategyId, count, intervalMs, dueWithinMs, ownerCount } = options;
  const parameters = [strategyId, count, intervalMs, dueWithinMs, ownerCount];
  const owners = (await database.query<{ id: string }>(CLONE_SQL, parameters)).map(({ id }) => id);
  await database.query("select shoal.strategy_owner_refresh($1::uuid[])", [owners]);
  await database.query("select pg_notify('shoal_strategies', '')");
  // Brings the tables to the state that autovacuum would within a minute.
  await database.script("analyze shoal.strategies; analyze shoal.strategy_clock; analyze shoal.strategy_owners");
  return owners;
}

/** Forgets all strategies, and what they did. */
export async function clearStrategies(database: Database<string>): Promise<void> {
  await database.script(`truncate shoal.strategies, shoal.strategy_owners, shoal.strategy_runs cascade`);
}
