import type { Database, Sql } from "@shoal/store";
import { emptyTables } from "@shoal/testkit";
import { type Claim, claimBatch } from "../src/jobs/job-sql.ts";

/** As if there had never been a job. */
export async function emptyJobs(database: Database<string>): Promise<void> {
  // Counts come last: a delete of jobs is counted.
  await emptyTables(database, ["shoal.jobs", "shoal.jobs_archive", "shoal.job_audit", "shoal.job_count_changes"]);
  await database.query(
    `select setval(pg_get_serial_sequence('shoal.jobs', 'id'), 1, false),
       setval(pg_get_serial_sequence('shoal.job_audit', 'id'), 1, false)`,
  );
}

/** A row of shoal.jobs as the tests look at it. */
export interface Row {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly priority: number;
  readonly last_error: string | null;
  readonly unique_key: string | null;
  readonly epoch: number;
  readonly worker_id: string | null;
  /** From now, by the clock of the database. */
  readonly due_in_ms: number;
  readonly lease_ms: number | null;
  readonly has_started: boolean;
  readonly has_finished: boolean;
}

/** All rows, by id. */
export function rows(sql: Pick<Sql<string>, "query">): Promise<Row[]> {
  return sql.query<Row>(
    `select id, type, status, payload, attempts, max_attempts, priority, last_error, unique_key, epoch, worker_id,
       (extract(epoch from run_at - clock_timestamp()) * 1000)::float8 as due_in_ms,
       (extract(epoch from lease_expires_at - clock_timestamp()) * 1000)::float8 as lease_ms,
       started_at is not null as has_started, finished_at is not null as has_finished
     from shoal.jobs order by id`,
  );
}

export async function row(sql: Pick<Sql<string>, "query">, id: string): Promise<Row> {
  const found = (await rows(sql)).find((each) => each.id === id);
  if (!found) throw new Error(`there is no job ${id}`);
  return found;
}

/** As if `ms` had gone by for all rows: what they say moves that far into the past. */
export async function passTime(database: Database<string>, ms: number): Promise<void> {
  await database.query(
    `update shoal.jobs set run_at = run_at - $1::float8 * interval '1 millisecond',
       lease_expires_at = lease_expires_at - $1::float8 * interval '1 millisecond',
       started_at = started_at - $1::float8 * interval '1 millisecond',
       finished_at = finished_at - $1::float8 * interval '1 millisecond'`,
    [ms],
  );
}

export const LEASE_MS = 10_000;

/** What a worker of that name gets of `limit`. */
export function claim(sql: Pick<Sql<string>, "query">, workerId = "w1", limit = 10): Promise<Claim[]> {
  return claimBatch(sql, { workerId, leaseMs: LEASE_MS, limit });
}
