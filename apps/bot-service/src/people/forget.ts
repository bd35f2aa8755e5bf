import { type Sql, statement } from "@shoal/store";

/** Rows of each kind in one statement, so that no lock is held for long. */
const BATCH_ROWS = 1_000;

const FORGET = statement(
  "people_forget",
  "select shoal.reply_forget($1::integer) + shoal.marks_forget($1::integer) + shoal.memories_forget($1::integer) as count",
);

/**
 * Deletes what is too old of replies' budgets, marks, memories and deleted users, batch by batch. Idempotent; stops between two batches when `signal` aborts, with its reason. Errors as
 * `Sql.query`.
 */
/**
 * Users who were deleted are noted so that their tokens, which are good for an hour more, deploy nothing. One who had never deployed, or was erased
 * before, needs not be known for longer.
 */
const FORGET_GONE = statement(
  "people_forget_gone",
  `with gone as (
     delete from shoal.strategy_owners o where o.owner_id in (
       select g.owner_id from shoal.strategy_owners g
       where g.gone_at < clock_timestamp() - interval '1 day' and g.created_at is null
         and not exists (select from shoal.strategies s where s.owner_id = g.owner_id)
       order by g.owner_id limit $1::integer for update skip locked
     ) returning 1
   )
   select count(*)::int as count from gone`,
);

export async function forgetOfPeople(database: Pick<Sql, "query">, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  for (;;) {
    signal.throwIfAborted();
    const rows = [FORGET, FORGET_GONE].map((text) => database.query<{ readonly count: number }>(text, [BATCH_ROWS]));
    const count = (await Promise.all(rows)).reduce((sum, [row]) => sum + (row?.count ?? 0), 0);
    forgotten += count;
    if (count === 0) return forgotten;
  }
}
