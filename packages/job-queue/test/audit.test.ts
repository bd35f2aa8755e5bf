import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listAudit, writeAudit } from "../src/audit/audit.ts";
import { enqueueAll } from "../src/index.ts";
import { rescue, writeOutcomes } from "../src/jobs/job-sql.ts";
import { claim, emptyJobs, passTime } from "./support.ts";

describe.each(backends())("the audit on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyJobs(test.database));

  it("keeps who did what, the newest first, page by page and by job", async () => {
    const { database } = test;
    await writeAudit(database, []);
    await writeAudit(database, [
      { actor: "api", action: "retry", outcome: "done", jobId: "9223372036854775807", jobType: "risk_check" },
      { actor: "cron", action: "pass", outcome: "done", message: "2 claimed", durationMs: 12.6 },
      { actor: "cli", action: "redrive", outcome: "done", queue: "alert_jobs", message: "3 messages" },
    ]);
    const all = await listAudit(database, { limit: 10 });
    expect(all.map(({ action }) => action)).toEqual(["redrive", "pass", "retry"]);
    expect(all[1]).toMatchObject({ actor: "cron", jobId: null, durationMs: 13, at: expect.stringMatching(/T.*Z$/) });
    const [newest] = await listAudit(database, { limit: 1 });
    expect(newest).toMatchObject({ action: "redrive", queue: "alert_jobs" });
    const older = await listAudit(database, { limit: 10, before: newest?.id ?? "" });
    expect(older.map(({ action }) => action)).toEqual(["pass", "retry"]);
    const [one, ...more] = await listAudit(database, { limit: 10, jobId: "9223372036854775807" });
    expect([one?.action, more]).toEqual(["retry", []]);
  });

  it("counts ids as numbers, also where one has a digit more than another", async () => {
    const { database } = test;
    await database.query("delete from shoal.job_audit");
    await database.query("select setval(pg_get_serial_sequence('shoal.job_audit', 'id'), 97)");
    const record = { actor: "api", action: "pass", outcome: "done" } as const;
    await writeAudit(database, [record, record, record, record]);
    expect((await listAudit(database, { limit: 3 })).map(({ id }) => id)).toEqual(["101", "100", "99"]);
    expect((await listAudit(database, { limit: 3, before: "100" })).map(({ id }) => id)).toEqual(["99", "98"]);
  });

  it("takes any words, and cuts long ones off", async () => {
    const message = `zero \0 and half \ud83d ${"x".repeat(2000)}`;
    await writeAudit(test.database, [{ actor: "api", action: "pass", outcome: "done", message }]);
    const [record] = await listAudit(test.database, { limit: 1 });
    expect(record?.message).toMatch(/^zero \ufffd and half \ufffd x+$/);
    expect(record?.message?.length).toBeLessThanOrEqual(1000);
  });

  it("goes with the transaction that it is about", async () => {
    const undone = test.database.transaction(async (tx) => {
      await writeAudit(tx, [{ actor: "api", action: "cancel", outcome: "done", jobId: "1" }]);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await listAudit(test.database, { limit: 1 })).toEqual([]);
  });

  it("shows every execution: the good ones by their rows, also archived, the others by their records", async () => {
    const { database } = test;
    const types = ["good", "bad", "lost", "old", "waits"];
    const jobs = await enqueueAll(database, [...types.map((type) => ({ type, priority: type === "waits" ? -1 : 0 }))]);
    const held = await claim(database, "w1", 4);
    const fence = (type: string) => {
      const { id = "", epoch = 0 } = held.find((job) => job.type === type) ?? {};
      return { id, epoch };
    };
    await writeOutcomes(database, "w1", {
      completed: [fence("good"), fence("old")],
      failed: [{ ...fence("bad"), code: "ERR", message: "words", retryInMs: null, durationMs: 7 }],
    });
    await database.query("update shoal.jobs set finished_at = finished_at - interval '1 hour' where type = 'old'");
    await database.query("select shoal.job_archive(0.01, 10)");
    await passTime(database, 60_000);
    await rescue(database);
    const found = await database.query(
      "select job_id, outcome, attempt, worker_id from shoal.job_executions order by job_id",
    );
    const expected = [
      ["completed", 0],
      ["dead", 1],
      ["failed", 2],
      ["completed", 3],
    ] as const;
    expect(found).toEqual(
      expected.map(([outcome, index]) => ({ job_id: jobs[index]?.id, outcome, attempt: 1, worker_id: "w1" })),
    );
  });
});
