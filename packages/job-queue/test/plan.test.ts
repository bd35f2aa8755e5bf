import type { Sql, SqlValue } from "@shoal/store";
import { backends, ExplainedSession, soakRuns, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimBatch, rescue } from "../src/jobs/job-sql.ts";

/** Enough that the table has more pages than any of these statements may read. */
const JOB_COUNT = soakRuns(400_000, 1_000_000);
const DUE_COUNT = 1000;
const COMPLETED_COUNT = JOB_COUNT / 10 - DUE_COUNT;
const WAITING_COUNT = JOB_COUNT - COMPLETED_COUNT - DUE_COUNT;
const CLAIM_COUNT = 25;
const LIMIT_MS = 300_000;

/** Of 8 kB each: for 105 levels of priority, each looked up in an index. The table alone has 11 for each 1000 jobs. */
const MAX_PAGES = 3000;

/** Most wait for tomorrow, with a higher priority than what is due: the worst line to look for something in. */
async function fill({ database }: TestDatabase): Promise<void> {
  // Indexes that are made at the end are made in a fraction of the time, and nothing here is about the counts.
  await database.query("alter table shoal.jobs disable trigger user");
  const indexes = await database.query<{ drop: string; make: string }>(
    `select format('drop index shoal.%I', indexname) as drop, indexdef as make from pg_indexes
     where schemaname = 'shoal' and tablename = 'jobs' and indexname <> 'jobs_pkey'`,
  );
  for (const { drop } of indexes) await database.query(drop);
  await database.query(
    `insert into shoal.jobs (type, status, priority, run_at, finished_at)
     select 'plan.test',
       case when n > $1::int and n <= $1::int + $2::int then 'completed' else 'pending' end,
       case when n <= $1::int then 1 + n % 100 else -(n % 5) end,
       case when n <= $1::int then clock_timestamp() + interval '1 day' + n * interval '1 second' else clock_timestamp() end,
       case when n > $1::int and n <= $1::int + $2::int then clock_timestamp() end
     from generate_series(1, $1::int + $2::int + $3::int) n`,
    [WAITING_COUNT, COMPLETED_COUNT, DUE_COUNT],
  );
  for (const { make } of indexes) await database.query(make);
  await database.query("vacuum analyze shoal.jobs");
}

describe.each(backends())(`at ${JOB_COUNT.toLocaleString("en")} jobs on the %s Postgres`, (backend) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase({ backend });
    await fill(test);
  }, LIMIT_MS);

  afterAll(() => test[Symbol.asyncDispose]());

  it.each([
    [
      "a claim",
      (sql: Sql<string>) => claimBatch(sql, { workerId: "w", leaseMs: 10_000, limit: CLAIM_COUNT }),
      CLAIM_COUNT + 1,
    ],
    ["a rescue", (sql: Sql<string>) => rescue(sql), 0],
    ["a look for the next due one", (sql: Sql<string>) => sql.query("select shoal.job_next_due_ms() as ms"), 1],
  ])("%s scans indexes only, and reads few pages", async (_what, ask, expectedCount) => {
    await using session = await ExplainedSession.open(test.url);
    let rowCount = 0;
    const sql: Sql<string> = {
      async query<Row extends object>(text: string, params?: readonly SqlValue[]) {
        const rows = await session.query<Row>(text, params);
        rowCount = rows.length;
        return rows;
      },
      script: async () => {},
    };
    const { scans: all, pageCount } = await session.rolledBack(() => ask(sql));
    expect(rowCount).toBe(expectedCount);
    const scans = all.filter((node) => node["Relation Name"] === "jobs");
    expect(scans.length).toBeGreaterThan(0);
    expect(scans.filter((node) => !/^(Index|Index Only|Tid) Scan$/.test(node["Node Type"]))).toEqual([]);
    process.stderr.write(
      `  ${backend}, ${_what}: ${pageCount} pages, ${[...new Set(scans.map((scan) => scan["Index Name"]))]}\n`,
    );
    expect(pageCount).toBeGreaterThan(0);
    expect(pageCount).toBeLessThan(MAX_PAGES);
  });
});
