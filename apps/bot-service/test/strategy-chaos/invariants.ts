import type { Sql } from "@shoal/store";

/** A tick's number on the grid of its strategy. @source shoal.strategy_next_tick */
const tick = (at: string) =>
  `div(floor(extract(epoch from ${at}) * 1000)::numeric - ('x' || left(c.strategy_id::text, 8))::bit(32)::bigint % s.interval_ms, s.interval_ms)`;

/** What fills make of an amount: bought minus sold, in the base or in the quote. Of an exchange, those that a run has taken into the book. */
const traded = (each: string) =>
  `coalesce((select sum(case f.side when 'buy' then 1 else -1 end * ${each}) from shoal.strategy_fills f
     where f.strategy_id = s.id and f.booked_at is not null`;

/**
 * What holds of strategies whatever has died in between: each selects the rows that break it. All of strategies with an interval, whose runs and trades
 * are all kept and which nobody has run by hand.
 */
const INVARIANTS = {
  "two runs of one tick": `
    select strategy_id from shoal.strategy_runs group by strategy_id, planned_at having count(*) > 1`,
  "two runs of one claim": `
    select strategy_id from shoal.strategy_runs group by strategy_id, epoch having count(*) > 1`,
  "a run that was not counted, or counted twice": `
    select c.strategy_id from shoal.strategy_clock c
    where (c.total_executions, c.successful_executions, c.failed_executions) <> (
      select count(*), count(*) filter (where outcome = 'ok'), count(*) filter (where outcome <> 'ok')
      from shoal.strategy_runs r where r.strategy_id = c.strategy_id
    )`,
  // The strategy counts its runs in its state.
  "a run that left no state, or twice": `
    select c.strategy_id from shoal.strategy_clock c
    left join shoal.strategy_state t on t.strategy_id = c.strategy_id and t.key = 'runs'
    where c.successful_executions <> coalesce((t.value #>> '{}')::bigint, 0)`,
  // After a failure there is a pause, whose ticks are not missed.
  "a tick that nobody ran and nobody missed": `
    select c.strategy_id from shoal.strategy_clock c join shoal.strategies s on s.id = c.strategy_id
    where c.failed_executions = 0 and s.interval_ms is not null
      and ${tick("c.next_execution_at")} - ${tick("(select min(r.planned_at) from shoal.strategy_runs r where r.strategy_id = s.id)")}
        <> c.total_executions + c.missed_executions + c.skipped_executions`,
  "an order without its run": `
    select o.strategy_id from shoal.strategy_orders o
    where not exists (select from shoal.strategy_runs r where r.id = o.run_id and r.strategy_id = o.strategy_id)`,
  "a run without its orders": `
    select r.strategy_id from shoal.strategy_runs r
    where r.order_count <> (select count(*) from shoal.strategy_orders o where o.run_id = r.id)`,
  "an order of a run that did not end well": `
    select r.strategy_id from shoal.strategy_runs r join shoal.strategy_orders o on o.run_id = r.id where r.outcome <> 'ok'`,
  "an order that is filled otherwise than its fills": `
    select o.strategy_id from shoal.strategy_orders o
    where o.filled <> coalesce((select sum(f.quantity) from shoal.strategy_fills f where f.order_id = o.id), 0)`,
  "a fill without its order": `
    select f.strategy_id from shoal.strategy_fills f
    where not exists (select from shoal.strategy_orders o where o.id = f.order_id and o.strategy_id = f.strategy_id)`,
  "a position that is not the sum of its fills": `
    select s.id from shoal.strategies s
    where ${traded("f.quantity")}), 0) <> coalesce((select sum(p.quantity) from shoal.strategy_positions p where p.strategy_id = s.id), 0)`,
  "money that no fill explains": `
    select s.id from shoal.strategies s join shoal.strategy_balances b on b.strategy_id = s.id
    where b.currency = s.account ->> 'currency' and b.amount <> (s.account ->> 'cash')::numeric - ${traded("f.price * f.quantity")}), 0)
      - coalesce((select sum(f.fee) from shoal.strategy_fills f where f.strategy_id = s.id and f.booked_at is not null), 0)`,
  "an order that nobody knows about": `
    select o.strategy_id from shoal.strategy_orders o where o.status in ('intended', 'sent', 'unknown')`,
} as const;

export type InvariantName = keyof typeof INVARIANTS;

/** Returns what is broken, with the strategies that break it. Called once nothing is claimed any more. */
export async function brokenInvariants(sql: Pick<Sql<string>, "query">): Promise<string[]> {
  const broken: string[] = [];
  for (const [name, query] of Object.entries(INVARIANTS)) {
    const rows = await sql.query<{ id?: string; strategy_id?: string }>(query);
    const ids = new Set(rows.map(({ id, strategy_id }) => id ?? strategy_id));
    if (ids.size > 0) broken.push(`${name}: ${[...ids].join(", ")}`);
  }
  return broken;
}
