import { type Sql, statement } from "@shoal/store";

/** Rows of a table that are old enough to be deleted. */
export interface OldRows {
  /** As SQL writes it. */
  readonly table: string;
  /** SQL, true of a row `held` that may be deleted. Constant text: nothing from outside is in it. */
  readonly condition: string;
}

/** Rows of one delete: it takes a fraction of a second, so that others do not wait for its locks. */
const BATCH = 5000;

/** pg_cron never cleans up after itself: with two jobs a minute, 2,880 rows a day. */
const CRON_RUNS_KEPT_DAYS = 7;

/** Rows whose `column` is more than `days` ago. */
export function oldRowsOf(table: string, column: string, days: number): OldRows {
  return { table, condition: `held.${column} < clock_timestamp() - interval '${days} days'` };
}

/**
 * Released leases of bots: every id that was ever commanded has one, also ids that do not exist. Leases of other things are few
 * and stay. The epoch begins at 1 again, which fences all the same, because no process lives that long without its lease.
 */
export function oldBotLeases(days: number): OldRows {
  const { condition } = oldRowsOf("shoal.leases", "expires_at", days);
  return { table: "shoal.leases", condition: `held.holder is null and held.resource like 'bot:%' and ${condition}` };
}

/**
 * Events for Inngest whose job was over a day ago: left behind when the mode was changed, or piled up while Inngest could not be
 * reached. Its senders drop the others themselves.
 */
export function oldEvents(): OldRows {
  const { condition } = oldRowsOf("shoal.job_outbox", "send_at", 1);
  return {
    table: "shoal.job_outbox",
    condition: `${condition}
      and not exists (select from shoal.jobs job where job.id = held.job_id and job.status in ('pending', 'running'))`,
  };
}

/** What supabase/cron.sql has set up: jobs of others keep their history. */
export function oldCronRuns(): OldRows {
  return {
    table: "cron.job_run_details",
    condition: `held.end_time < clock_timestamp() - interval '${CRON_RUNS_KEPT_DAYS} days'
      and held.jobid in (select jobid from cron.job where jobname in ('shoal-cron', 'shoal-process'))`,
  };
}

/** Without to_regclass, which fails where this role has no right to the schema: pg_cron grants none by itself. */
const DELETABLE_SQL = statement(
  "prune_deletable",
  `
select from pg_class class join pg_namespace space on space.oid = class.relnamespace
where array[space.nspname, class.relname]::text[] = parse_ident($1::text) and has_schema_privilege(space.oid, 'usage')
  and has_table_privilege(class.oid, 'select') and has_table_privilege(class.oid, 'delete')`,
);

/** Deletes in batches and resolves with the number of rows; 0 where the table does not exist or this role may not delete. */
export async function prune(
  database: Pick<Sql, "query">,
  { table, condition }: OldRows,
  signal: AbortSignal,
): Promise<number> {
  const there = await database.query(DELETABLE_SQL, [table]);
  if (there.length === 0) return 0;
  for (let total = 0; ; ) {
    signal.throwIfAborted();
    const [row] = await database.query<{ count: number }>(
      statement(
        "prune_delete",
        `with gone as (
         delete from ${table} where ctid = any (array(select held.ctid from ${table} held where ${condition} limit ${BATCH}))
         returning 1
       ) select count(*)::int as count from gone`,
      ),
    );
    const count = row?.count ?? 0;
    total += count;
    if (count < BATCH) return total;
  }
}
