import type { Clock } from "@shoal/kernel";
import type { Database } from "@shoal/store";

/** Claims with the least that keeps others from the same strategies: no fairness, no epoch, no lease. */
const CLAIM_SQL = `
with due as materialized (
  select strategy_id from shoal.strategy_clock
  where due_at <= statement_timestamp() limit $1 for update skip locked
)
update shoal.strategy_clock c set due_at = null from due where c.strategy_id = due.strategy_id returning c.strategy_id as id`;

/** Writes the least that a run leaves: when the next one is due, and a row that says it was. */
const SETTLE_SQL = `
with done as (
  update shoal.strategy_clock set due_at = statement_timestamp() + interval '1 second', total_executions = total_executions + 1,
    last_execution_at = statement_timestamp()
  where strategy_id = any($1::uuid[]) returning strategy_id, total_executions
)
insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms,
  outcome, fuel, image_hash)
select gen_random_uuid(), strategy_id, total_executions, 0, 1, '', '', statement_timestamp(), statement_timestamp(), 0, 'ok', 0, ''
from done`;

/** The floor: claims and settles in turn, by the barest statements, without running anything. Returns runs per second. */
export async function measureFloor(database: Database<string>, clock: Clock, batchSize: number, limitMs: number) {
  const startedMs = clock.monotonicMs();
  let count = 0;
  while (clock.monotonicMs() - startedMs < limitMs) {
    const claimed = await database.query<{ id: string }>(CLAIM_SQL, [batchSize]);
    if (claimed.length === 0) continue;
    await database.query(SETTLE_SQL, [claimed.map(({ id }) => id)]);
    count += claimed.length;
  }
  return Math.round((1000 * count) / (clock.monotonicMs() - startedMs));
}
