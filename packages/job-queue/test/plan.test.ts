import type { Sql, SqlValue } from "@shoal/store";
import { ExplainedSession, soakRuns, type TestDatabase, testDatabase, usualBackends } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJobAdmin, type JobFilter } from "../src/jobs/job-admin.ts";
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

const BACKENDS = usualBackends();

describe.each(BACKENDS)(`at ${JOB_COUNT.toLocaleString("en")} jobs on the %s Postgres`, (backend) => {
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

  it.each([
    ["cancel", "{}", 50],
    ["retry", "{}", 50],
    ["cancel", '{"type": "plan.none"}', 0],
  ])("a batch of an act walks an index: %s of %s", async (action, filter, count) => {
    const [act] = await test.database.query<{ id: string }>(
      `insert into shoal.job_acts (actor, action, filter, last_id, position, expected)
       values ('api', $1, ($2::text)::jsonb, $3::int8, $3::int8 / 2, 1) returning id::text`,
      [action, filter, String(WAITING_COUNT)],
    );
    await using session = await ExplainedSession.open(test.url);
    let acted = -1;
    const { scans, pageCount } = await session.rolledBack(async () => {
      const rows = await session.query<{ acted: string }>("select acted from shoal.job_act_step($1::int8, 50)", [
        act?.id ?? "",
      ]);
      acted = Number(rows[0]?.acted);
    });
    expect(acted).toBe(count);
    expect(scans.filter((node) => node["Relation Name"] === "jobs" && node["Node Type"] === "Seq Scan")).toEqual([]);
    process.stderr.write(`  ${backend}, a batch of ${action} ${filter}: ${pageCount} pages\n`);
    // One that finds nothing looks at each job that is left, once.
    if (count > 0) expect(pageCount).toBeLessThan(MAX_PAGES);
  });

  /** What a page of a list may look at, at eleven pages for each 1000 jobs, and the index beside them. */
  const MAX_LIST_PAGES = 3 * MAX_PAGES;

  it.each<[string, Omit<JobFilter, "limit">]>([
    ["all", {}],
    ["from the middle", { before: "200000" }],
    ["of a status that few have", { status: "dead" }],
    ["of a status that most have", { status: "pending", before: "300000" }],
    ["of a type that none has", { type: "plan.none" }],
    ["of a type and a status", { type: "plan.none", status: "completed" }],
    ["of an error that none had", { errorCode: "NONE" }],
    ["of long ago", { createdBefore: new Date(0) }],
    ["by all of it", { status: "pending", type: "plan.test", errorCode: "NONE", createdBefore: new Date(0) }],
  ])("a list %s reads a bounded number of pages, also where it finds nothing", async (what, filter) => {
    // What the tests before rolled back is still there otherwise.
    await test.database.query("vacuum shoal.jobs");
    await using session = await ExplainedSession.open(test.url);
    let pageCount = 0;
    const sql: Pick<Sql<string>, "query"> = {
      async query<Row extends object>(text: string, params?: readonly SqlValue[]) {
        let rows: Row[] = [];
        const explained = await session.rolledBack(async () => {
          rows = await session.query<Row>(text, params);
        });
        pageCount += explained.pageCount;
        expect(explained.scans.map((node) => node["Node Type"])).not.toContain("Seq Scan");
        return rows;
      },
    };
    const page = await createJobAdmin({ database: sql, handlers: {} }).list({ ...filter, limit: 50 });
    process.stderr.write(`  ${backend}, a list ${what}: ${pageCount} pages, ${page.jobs.length} jobs\n`);
    expect(pageCount).toBeLessThan(MAX_LIST_PAGES);
    // Where it has looked at as many as it may, it says where to go on.
    const isCut = filter.type !== undefined && filter.status === undefined;
    if (isCut) expect(page).toEqual({ jobs: [], next: String(JOB_COUNT + 1 - 100_000) });
  });
});
