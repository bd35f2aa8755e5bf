import { isFleetError } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";

/** Tables whose rows change all day. */
const OURS = [
  "shoal.jobs",
  "shoal.jobs_archive",
  "shoal.job_count_changes",
  "shoal.job_outbox",
  "shoal.job_audit",
  "shoal.job_schedules",
  "shoal.metric_samples",
];

/**
 * The candidates that exist and that this role may vacuum: the server skips others with a warning that is not read. Without
 * to_regclass, which fails where this role has no right to the schema. quote_ident, because a
 * name goes into the text of a VACUUM.
 */
const VACUUMABLE_SQL = statement(
  "vacuum_tables",
  `
select quote_ident(space.nspname) || '.' || quote_ident(class.relname) as name
from unnest($1::text[]) as wanted (name)
join (pg_class class join pg_namespace space on space.oid = class.relnamespace)
  on array[space.nspname, class.relname]::text[] = parse_ident(wanted.name)
where class.relkind = 'r' and pg_has_role(class.relowner, 'usage') and has_schema_privilege(space.oid, 'usage')
order by 1`,
);

/**
 * Vacuums the tables of the queue and of our pgmq queues, and resolves with their names. Outside of any transaction. On the embedded server
 * and where autovacuum is slow, emptied queues would otherwise keep the size of their worst day. A table that takes longer than
 * the server lets a statement take is left to autovacuum, and does not keep the others waiting until tomorrow.
 */
export async function vacuum(
  database: Pick<Sql, "query">,
  queues: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const ofQueues = queues.flatMap((queue) => [queue, `${queue}_dlq`]).flatMap((name) => [`q_${name}`, `a_${name}`]);
  const wanted = [...OURS, ...ofQueues.map((table) => `pgmq."${table}"`)];
  const tables = await database.query<{ name: string }>(VACUUMABLE_SQL, [wanted]);
  const vacuumed: string[] = [];
  for (const { name } of tables) {
    signal.throwIfAborted();
    try {
      await database.query(statement("vacuum", `vacuum (analyze) ${name}`));
      vacuumed.push(name);
    } catch (thrown) {
      if (!isFleetError(thrown, "STORE_QUERY")) throw thrown;
    }
  }
  return vacuumed;
}
