import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { enqueue, enqueueAll } from "../src/index.ts";
import { archiveJobs, recountJobs } from "../src/jobs/archive.ts";
import { createJobAdmin, type JobAdmin } from "../src/jobs/job-admin.ts";
import { renew, rescue, writeOutcomes } from "../src/jobs/job-sql.ts";
import { claim, emptyJobs, LEASE_MS, passTime, row, rows } from "./support.ts";

const DAY_MS = 86_400_000;

describe.each(backends())("the admin for jobs on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let admin: JobAdmin;

  beforeAll(async () => {
    test = await testDatabase({ backend });
    const run = async () => {};
    admin = createJobAdmin({
      database: test.database,
      handlers: { known: { run, maxAttempts: 7, check: (payload) => (payload === 1 ? "1 is not enough" : null) } },
    });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyJobs(test.database));

  const add = async (...types: string[]) =>
    (
      await enqueueAll(
        test.database,
        types.map((type) => ({ type })),
      )
    ).map(({ id }) => id) as [string, string, string, string];
  const end = async (how: "completed" | "failed", ...ids: string[]) => {
    const jobs = (await claim(test.database)).filter(({ id }) => ids.includes(id));
    const ended = jobs.map((job) => ({ ...job, code: "BAD", message: "no", retryInMs: null }));
    expect(await writeOutcomes(test.database, "w1", { [how]: ended })).toHaveLength(ids.length);
  };

  it("lists the newest first, by status and type, page by page", async () => {
    const ids = await add("a", "b", "a", "a");
    await end("failed", ids[0], ids[1], ids[2], ids[3]);
    await add("a", "b");
    expect((await admin.list({ limit: 3 })).jobs.map(({ type, status }) => `${type} ${status}`)).toEqual([
      "b pending",
      "a pending",
      "a dead",
    ]);
    const dead = await admin.list({ status: "dead", type: "a", limit: 2 });
    expect(dead.jobs.map(({ id }) => id)).toEqual([ids[3], ids[2]]);
    const older = await admin.list({ status: "dead", type: "a", limit: 2, before: ids[2] });
    expect(older.jobs.map(({ id }) => id)).toEqual([ids[0]]);
    expect(await admin.list({ limit: 1, before: "'; drop table" })).toEqual({ jobs: [], next: null });
  });

  it("counts ids as numbers, also where one has a digit more than another", async () => {
    await test.database.query("select setval(pg_get_serial_sequence('shoal.jobs', 'id'), 97)");
    await add("a", "b", "c", "d");
    expect((await admin.list({ limit: 3 })).jobs.map(({ id }) => id)).toEqual(["101", "100", "99"]);
    expect((await admin.list({ limit: 3, before: "100" })).jobs.map(({ id }) => id)).toEqual(["99", "98"]);
  });

  it("shows a job whole, and nothing where there is none", async () => {
    const runAt = new Date("2026-01-02T03:04:05.678Z");
    const { id } = await enqueue(test.database, { type: "t", payload: { n: 1 }, runAt, priority: 9, uniqueKey: "k" });
    const shown = await admin.show(id);
    expect(shown).toEqual({
      id,
      type: "t",
      status: "pending",
      payload: { n: 1 },
      runAt: runAt.toISOString(),
      attempts: 0,
      maxAttempts: 5,
      priority: 9,
      uniqueKey: "k",
      lastError: null,
      workerId: null,
      startedAt: null,
      finishedAt: null,
      createdAt: expect.stringMatching(/^20.*Z$/),
      updatedAt: shown?.createdAt,
    });
    for (const unknown of ["999999", "0", "-1", "x", "1e3", "99999999999999999999"]) {
      expect(await admin.show(unknown)).toBeUndefined();
    }
  });

  it("adds what it has a handler for, by the rules of that handler", async () => {
    const { id, isNew } = await admin.enqueue({ type: "known", payload: 2 });
    expect(isNew).toBe(true);
    expect(await row(test.database, id)).toMatchObject({ max_attempts: 7, payload: 2 });
    await expect(admin.enqueue({ type: "constructor" })).rejects.toMatchObject({
      code: "JOB_TYPE_UNKNOWN",
      message: expect.stringContaining("It has handlers for: "),
    });
    await expect(admin.enqueue({ type: "known", payload: 1 })).rejects.toMatchObject({
      code: "JOB_INVALID",
      message: expect.stringContaining("1 is not enough"),
    });
    expect(await rows(test.database)).toHaveLength(1);
  });

  it("makes a waiting job due at once, and gives a dead one all its attempts", async () => {
    const later = await enqueue(test.database, { type: "later", delayMs: 60_000 });
    const [dead] = await add("dead");
    await end("failed", dead);
    expect(await admin.retry(later.id)).toMatchObject({ status: "pending", attempts: 0 });
    expect(await admin.retry(dead)).toMatchObject({
      status: "pending",
      attempts: 0,
      finishedAt: null,
      lastError: "BAD: no",
    });
    expect((await claim(test.database)).map(({ id, attempt }) => [id, attempt]).toSorted()).toEqual(
      [
        [later.id, 1],
        [dead, 1],
      ].toSorted(),
    );
  });

  it("cancels what waits and what runs: it is in the archive, and its worker has lost it", async () => {
    const [waiting, running] = await add("waiting", "running");
    const [, held] = await claim(test.database);
    if (!held) throw new Error("two jobs were due");
    await admin.retry(waiting).catch(() => {});
    for (const id of [waiting, running]) {
      expect(await admin.cancel(id)).toMatchObject({
        id,
        status: "dead",
        lastError: expect.stringMatching(/^JOB_CANCELLED/),
      });
      expect(await admin.show(id)).toMatchObject({ id, status: "dead" });
    }
    expect(await renew(test.database, "w1", [held], LEASE_MS)).toEqual([]);
    expect(await writeOutcomes(test.database, "w1", { completed: [held] })).toEqual([]);
    expect(await rows(test.database)).toEqual([]);
    expect(await admin.counts()).toMatchObject({ pending: 0, running: 0, dead: 0 });
  });

  it.each(["retry", "cancel"] as const)("refuses to %s what is over, archived or unknown", async (action) => {
    const [over, archived, running] = await add("over", "archived", "running");
    await end("completed", over, archived);
    await test.database.query("update shoal.jobs set finished_at = finished_at - interval '1 day' where id = $1", [
      archived,
    ]);
    expect(await archiveJobs(test.database, { olderThanDays: 0.5, limit: 10 })).toBe(1);
    const before = await rows(test.database);
    for (const id of action === "retry" ? [over, archived, running] : [over, archived]) {
      await expect(admin[action](id)).rejects.toMatchObject({ code: "JOB_WRONG_STATUS", details: { job_id: id } });
    }
    for (const id of ["999999", "no id"])
      await expect(admin[action](id)).rejects.toMatchObject({ code: "JOB_UNKNOWN" });
    expect((await rows(test.database)).map(({ status }) => status)).toEqual(before.map(({ status }) => status));
  });

  it("does not bring a dead job back beside another one of its unique key", async () => {
    const first = await enqueue(test.database, { type: "t", uniqueKey: "k" });
    await end("failed", first.id);
    const second = await enqueue(test.database, { type: "t", uniqueKey: "k" });
    expect(second.isNew).toBe(true);
    await expect(admin.retry(first.id)).rejects.toMatchObject({ code: "JOB_WRONG_STATUS" });
    const [free] = await add("free");
    await end("failed", free);
    expect(await admin.redrive({ limit: 10 })).toBe(1);
    expect(await row(test.database, first.id)).toMatchObject({ status: "dead" });
    expect(await row(test.database, free)).toMatchObject({ status: "pending" });
  });

  it("redrives dead jobs, the oldest first, by type if asked to", async () => {
    const ids = await add("a", "b", "a", "a");
    await end("failed", ...ids);
    expect(await admin.redrive({ type: "a", limit: 2 })).toBe(2);
    expect((await rows(test.database)).map(({ status, attempts }) => `${status} ${attempts}`)).toEqual([
      "pending 0",
      "dead 1",
      "pending 0",
      "dead 1",
    ]);
    expect(await admin.redrive({ limit: 10 })).toBe(2);
    expect(await admin.redrive({ limit: 10 })).toBe(0);
  });

  it("archives what was over for long enough, and finds it there", async () => {
    const [old, dead, young, waiting] = await add("old", "dead", "young", "waiting");
    await end("completed", old, dead, young);
    await test.database.query("update shoal.jobs set status = 'dead' where id = $1", [dead]);
    await test.database.query(
      "update shoal.jobs set finished_at = finished_at - interval '8 days' where id = any($1::int8[])",
      [[old, dead]],
    );
    expect(await archiveJobs(test.database, { olderThanDays: 7, limit: 1 })).toBe(1);
    expect(await archiveJobs(test.database, { olderThanDays: 7, limit: 10 })).toBe(1);
    expect((await rows(test.database)).map(({ id }) => id)).toEqual([young, waiting]);
    expect(await admin.show(old)).toMatchObject({ status: "completed", type: "old", attempts: 1 });
    expect(await admin.show(dead)).toMatchObject({ status: "dead" });
  });

  it("counts each status, the rate and the age of the oldest that waits, and never loses count", async () => {
    expect(await admin.counts()).toEqual({
      pending: 0,
      running: 0,
      completed: 0,
      dead: 0,
      oldestPendingMs: null,
      processedLastHour: 0,
    });
    const [first, second] = await add("a", "b", "c", "d");
    await passTime(test.database, 5000);
    await enqueue(test.database, { type: "later", delayMs: DAY_MS, priority: 9 });
    await end("completed", first);
    await enqueue(test.database, { type: "e" });
    // Three are held; one is given back, and one dies by rescue.
    await test.database.query("update shoal.jobs set max_attempts = 1 where id = $1", [second]);
    await passTime(test.database, LEASE_MS);
    expect(await rescue(test.database)).toHaveLength(3);
    const counts = await admin.counts();
    expect(counts).toMatchObject({ pending: 4, running: 0, completed: 1, dead: 1, processedLastHour: 1 });
    expect(counts.oldestPendingMs).toBeGreaterThanOrEqual(5000 + LEASE_MS);
    const [stored] = await test.database.query(
      "select sum(pending)::int as pending, sum(running)::int as running, sum(completed)::int as completed, sum(dead)::int as dead, sum(processed)::int as processed from shoal.job_count_changes",
    );
    expect(stored).toEqual({ pending: 4, running: 0, completed: 1, dead: 1, processed: 1 });
  });

  it("takes the running total where there are more than it would count, and mends that after changes by hand", async () => {
    await test.database.query("insert into shoal.jobs (type) select 'many' from generate_series(1, 10050)");
    await test.database.query(
      "insert into shoal.jobs (type, status, finished_at) select 'many', 'completed', clock_timestamp() from generate_series(1, 10100)",
    );
    expect(await admin.counts()).toMatchObject({ pending: 10_050, completed: 10_100, processedLastHour: 10_100 });
    await test.database.query(
      "update shoal.jobs set status = 'dead', finished_at = clock_timestamp() where status = 'completed' and id % 2 = 0",
    );
    await recountJobs(test.database);
    const folded = await test.database.query("select from shoal.job_count_changes");
    expect(folded.length).toBe(3);
    const [stored] = await test.database.query(
      "select sum(completed)::int as completed, sum(dead)::int as dead from shoal.job_count_changes",
    );
    expect(stored).toEqual({ completed: 5050, dead: 5050 });
    await test.database.query("delete from shoal.jobs");
    expect(await admin.counts()).toMatchObject({ pending: 0, completed: 0, dead: 0 });
  });

  it("folds many small changes into few rows with the same sums", async () => {
    await test.database.query(
      "insert into shoal.job_count_changes (at, pending, processed) select clock_timestamp() - n * interval '10 seconds', 1, 2 from generate_series(1, 1000) n",
    );
    await test.database.query("select shoal.job_fold_counts()");
    const [folded] = await test.database.query<{ rows: number; pending: number; processed: number }>(
      "select count(*)::int as rows, sum(pending)::int as pending, sum(processed)::int as processed from shoal.job_count_changes",
    );
    expect(folded).toMatchObject({ pending: 1000, processed: 2000 });
    expect(folded?.rows).toBeLessThanOrEqual(123);
  });
});
