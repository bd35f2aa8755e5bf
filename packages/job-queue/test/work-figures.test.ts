import { type Sql, StoreError } from "@shoal/store";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assessQueues, enqueueAll, ensureQueues, installPgmq, readWorkFigures, sendMessage } from "../src/index.ts";
import { passTime } from "./support.ts";

const HOUR_MS = 3_600_000;
const QUEUES = ["alert_jobs", "metrics_jobs"];

describe.each(backends())("the figures of work on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const nothing = {
    counts: { pending: 0, running: 0, completed: 0, dead: 0, oldestPendingMs: null, processedLastHour: 0 },
    scheduleOverdueMs: 0,
    inngestOutbox: 0,
  };

  it("are all zero at first, and say that pgmq is missing only where it is wanted", async () => {
    expect(await readWorkFigures(test.database, [])).toEqual({ ...nothing, depths: [] });
    expect(await readWorkFigures(test.database, QUEUES)).toEqual({ ...nothing, depths: null });
  });

  it("are there also where pgmq belongs to somebody who lets nobody look", async () => {
    const { database } = test;
    const sql: Pick<Sql, "query"> = {
      query: (text, params) =>
        text.includes("pgmq.metrics")
          ? Promise.reject(new StoreError("STORE_ACCESS_DENIED", "permission denied for schema pgmq"))
          : database.query(text, params),
    };
    expect(await readWorkFigures(sql, QUEUES)).toEqual({ ...nothing, depths: null });
  });

  it("count what waits, by the clock of the database, and leave out queues that are not there", async () => {
    const { database } = test;
    await installPgmq(database);
    await ensureQueues(database, ["alert_jobs"]);
    await sendMessage(database, "alert_jobs", {});
    await sendMessage(database, "alert_jobs", {}, { delaySeconds: 600 });
    await enqueueAll(database, [{ type: "a" }, { type: "b", delayMs: 2 * HOUR_MS }]);
    await passTime(database, HOUR_MS);
    await database.query(
      `insert into shoal.job_schedules (name, cron, time_zone, missed, job_type, next_run_at, due_at, enabled)
       select name, '* * * * *', 'UTC', 'skip', 'a', now(), clock_timestamp() - age, enabled
       from (values ('late', interval '7 minutes', true), ('to_come', interval '-1 hour', true),
         ('out_of_use', interval '1 day', false)) as given (name, age, enabled)`,
    );
    await database.query(
      `insert into shoal.job_outbox (job_id, send_at)
       values (1, clock_timestamp()), (2, clock_timestamp() + interval '1 hour')
       on conflict (job_id) do update set send_at = excluded.send_at`,
    );

    const figures = await readWorkFigures(database, QUEUES);
    expect(figures).toMatchObject({ counts: { pending: 2, running: 0, dead: 0 }, inngestOutbox: 1 });
    expect(figures.depths).toEqual([
      { queue: "alert_jobs", length: 2, visible: 1, oldestMs: expect.any(Number), dlqLength: 0 },
    ]);
    // Nothing but the test's own slowness lies between these and what was written.
    expect(figures.counts.oldestPendingMs).toBeGreaterThanOrEqual(HOUR_MS);
    expect(figures.counts.oldestPendingMs).toBeLessThan(2 * HOUR_MS);
    expect(figures.scheduleOverdueMs).toBeGreaterThanOrEqual(7 * 60_000);
    expect(figures.scheduleOverdueMs).toBeLessThan(HOUR_MS);
  });

  it("are what health judges", async () => {
    const health = assessQueues({
      ...(await readWorkFigures(test.database, QUEUES)),
      executionMode: "supabase",
      processes: { jobs: true, pgmq: true },
      handlersMissing: [],
    });
    expect(health.status).toBe("critical");
    expect(health.dbQueue).toMatchObject({ pending: 2, processingRate: 0 });
    expect(health.recommendations.join(" ")).toMatch(/JOBS_CONCURRENCY.*POST \/api\/jobs\/cron/);
  });
});
