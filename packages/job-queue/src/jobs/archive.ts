import { type Sql, statement } from "@shoal/store";

export interface ArchiveOptions {
  /** 0 or more, fractions allowed. */
  readonly olderThanDays: number;
  /** Of one statement, 1 or more. */
  readonly limit: number;
}

const ARCHIVE = statement("job_archive", "select shoal.job_archive($1::float8, $2::int) as moved");

/**
 * Moves jobs that have been completed or dead for so long to `shoal.jobs_archive`, the oldest first; resolves with their
 * number. Call it again while that is `limit`. Errors as `Sql.query`.
 */
export async function archiveJobs(sql: Pick<Sql, "query">, { olderThanDays, limit }: ArchiveOptions): Promise<number> {
  const [row] = await sql.query<{ moved: number }>(ARCHIVE, [olderThanDays, limit]);
  return row?.moved ?? 0;
}

const RECOUNT = statement("job_recount", "select shoal.job_recount()");

/**
 * Mends the running totals behind `JobAdmin.counts` after rows of `shoal.jobs` were changed by hand. Reads the whole table, so
 * once a day is enough. Errors as `Sql.query`.
 */
export async function recountJobs(sql: Pick<Sql, "query">): Promise<void> {
  await sql.query(RECOUNT);
}
