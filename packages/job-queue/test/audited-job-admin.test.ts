import { backends, createSimulatedClock, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createAuditedJobAdmin,
  enqueue,
  ensureQueues,
  installPgmq,
  type JobHandlers,
  JobQueueError,
} from "../src/index.ts";
import { writeOutcomes } from "../src/jobs/job-sql.ts";
import type { DeadLetterFilter } from "../src/pgmq/dead-letters.ts";
import { claim, emptyJobs, rows } from "./support.ts";

const handlers: JobHandlers = { known: { run: async () => {}, check: (payload) => (payload === 1 ? "not 1" : null) } };
const NONE = { claimed: 0, completed: 0, failed: 0, dead: 0, lost: 0 };

describe.each(backends())("the operator's admin on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyJobs(test.database));

  const admin = (parts = {}) =>
    createAuditedJobAdmin({
      database: test.database,
      clock: createSimulatedClock(),
      handlers,
      queues: ["alert_jobs", "metrics_jobs"],
      batchSize: 25,
      ...parts,
    });
  const records = async () => (await admin().audit({ limit: 50 })).toReversed();
  const makeDead = async () => {
    const { id } = await enqueue(test.database, { type: "known" });
    const held = await claim(test.database);
    const failed = held.map((job) => ({
      id: job.id,
      epoch: job.epoch,
      code: "ERR",
      message: "words",
      retryInMs: null,
    }));
    await writeOutcomes(test.database, "w1", { failed });
    return id;
  };

  it("keeps a record of each change, and of who made it", async () => {
    const id = await makeDead();
    expect((await admin().retry("api", id)).status).toBe("pending");
    await admin().cancel("cli", id);
    const added = await admin().enqueue("api", { type: "known", uniqueKey: "k" });
    expect(await admin().enqueue("api", { type: "known", uniqueKey: "k" })).toEqual({ id: added.id, isNew: false });
    const dead = await makeDead();
    expect(await admin().redrive("cli", { type: "known", limit: 10 })).toBe(2);
    expect(await records()).toMatchObject([
      { actor: "worker", action: "attempt", outcome: "dead", jobId: id },
      { actor: "api", action: "retry", outcome: "done", jobId: id, jobType: "known" },
      { actor: "cli", action: "cancel", outcome: "done", jobId: id, jobType: "known" },
      { actor: "api", action: "enqueue", jobId: added.id, jobType: "known", message: null },
      { actor: "api", action: "enqueue", jobId: added.id, message: "a job of that unique key was there" },
      { action: "attempt", jobId: added.id },
      { action: "attempt", jobId: dead },
      { actor: "cli", action: "redrive", jobType: "known", message: "2 jobs" },
    ]);
  });

  it.each([
    ["retry of a job that is not there", "JOB_UNKNOWN", () => admin().retry("api", "404")],
    ["cancel of no id at all", "JOB_UNKNOWN", () => admin().cancel("api", "x")],
    ["job of an unknown type", "JOB_TYPE_UNKNOWN", () => admin().enqueue("api", { type: "constructor" })],
    ["payload its handler refuses", "JOB_INVALID", () => admin().enqueue("api", { type: "known", payload: 1 })],
    ["payload that cannot be stored", "JOB_INVALID", () => admin().enqueue("api", { type: "known", payload: "\0" })],
    [
      "payload above 1 MB",
      "JOB_PAYLOAD_TOO_LARGE",
      () => admin().enqueue("api", { type: "known", payload: "x".repeat(1_048_576) }),
    ],
    ["letters of an unknown queue", "QUEUE_UNKNOWN", () => admin().deadLetters({ queue: "other_jobs", limit: 1 })],
    ["redrive of an unknown queue", "QUEUE_UNKNOWN", () => admin().redriveQueue("api", "other_jobs", 1)],
  ])("refuses the %s with %s, and changes nothing", async (_, code, act) => {
    await expect(act()).rejects.toMatchObject({ code });
    expect(await rows(test.database)).toEqual([]);
    expect(await records()).toEqual([]);
  });

  it("does not touch what is running, and keeps no record of it", async () => {
    const { id } = await enqueue(test.database, { type: "known" });
    await claim(test.database);
    await expect(admin().retry("api", id)).rejects.toMatchObject({ code: "JOB_WRONG_STATUS" });
    expect(await records()).toEqual([]);
    expect(await admin().show(id)).toMatchObject({ status: "running", attempts: 1 });
  });

  it("undoes the change of which no record can be kept", async () => {
    const id = await makeDead();
    await expect(admin().retry("", id)).rejects.toMatchObject({ code: "STORE_CONSTRAINT" });
    expect(await admin().show(id)).toMatchObject({ status: "dead" });
  });

  it("runs both halves of a pass to their end, and says what they did", async () => {
    const sizes: number[] = [];
    const half = (report: object) => ({
      runPass: async ({ batchSize }: { batchSize: number }) => {
        sizes.push(batchSize);
        return report;
      },
    });
    const queues = [{ ...NONE, queue: "alert_jobs", claimed: 3, completed: 2, failed: 1 }];
    const parts = { worker: half({ ...NONE, claimed: 1, dead: 1 }), consumers: half(queues) };
    expect(await admin(parts).runPass("cron", {})).toEqual({ jobs: { ...NONE, claimed: 1, dead: 1 }, queues });
    await admin(parts).runPass("cli", { batchSize: 7 });
    expect(sizes).toEqual([25, 25, 7, 7]);
    const [first] = await records();
    const message = "4 claimed, 2 completed, 1 failed, 1 dead";
    expect(first).toMatchObject({ actor: "cron", action: "pass", message, durationMs: 0 });
  });

  it("does jobs where there is no pgmq, and fails a pass only once its other half is done", async () => {
    const failing = (error: Error) => ({ runPass: () => Promise.reject(error) });
    const missing = new JobQueueError("QUEUE_PGMQ_MISSING", "no pgmq");
    const gate = Promise.withResolvers<typeof NONE>();
    const worker = { runPass: () => gate.promise };
    const both = admin({ worker, consumers: failing(missing) }).runPass("cli", {});
    const broken = admin({ worker, consumers: failing(new Error("broken")) }).runPass("cli", {});
    let isOver = false;
    const over = broken.catch(() => {
      isOver = true;
    });
    expect((await admin().figures()).depths).toBeNull();
    expect(isOver).toBe(false);
    gate.resolve(NONE);
    await over;
    expect(isOver).toBe(true);
    expect(await both).toEqual({ jobs: NONE, queues: null });
    expect(await admin().runPass("cli", {})).toEqual({ jobs: null, queues: null });
  });

  it("says what cron enqueued", async () => {
    const scheduler = { runDue: async () => ["risk_check", "housekeeping"] };
    expect(await admin({ scheduler }).runDue("cron")).toEqual(["risk_check", "housekeeping"]);
    expect(await admin().runDue("cron")).toEqual([]);
    expect(await records()).toMatchObject([
      { actor: "cron", action: "cron", message: "risk_check, housekeeping" },
      { action: "cron", message: "nothing was due" },
    ]);
  });

  it("lists dead letters, the newest first, of one queue and page by page", async () => {
    await test.database.query(
      `insert into shoal.queue_dead_letters (queue, message_id, dlq_message_id, read_count, error_code)
       select queue, n, n, 5, 'X' from generate_series(1, 11) n, unnest(array['alert_jobs', 'of_others']) queue order by n`,
    );
    const list = async (filter: Partial<DeadLetterFilter>) => admin().deadLetters({ limit: 3, ...filter });
    const [first, ...more] = await list({ queue: "alert_jobs" });
    expect(first).toMatchObject({ queue: "alert_jobs", messageId: "11", message: null, redrivenAt: null });
    expect(more.map(({ messageId }) => messageId)).toEqual(["10", "9"]);
    const older = await list({ queue: "alert_jobs", before: more[1]?.id ?? "" });
    expect(older.map(({ messageId }) => messageId)).toEqual(["8", "7", "6"]);
    expect((await list({})).map(({ queue }) => queue)).toContain("of_others");
    await test.database.query("delete from shoal.queue_dead_letters");
  });

  it("puts dead letters of a pgmq queue back, with a record", async () => {
    await installPgmq(test.database);
    await ensureQueues(test.database, ["alert_jobs"]);
    await test.database.query("select pgmq.send('alert_jobs_dlq', '{}'::jsonb)");
    expect((await admin().figures()).depths).toMatchObject([{ queue: "alert_jobs", length: 0, dlqLength: 1 }]);
    expect(await admin().redriveQueue("cli", "alert_jobs", 10)).toBe(1);
    expect((await admin().figures()).depths).toMatchObject([{ queue: "alert_jobs", length: 1, dlqLength: 0 }]);
    expect(await records()).toMatchObject([
      { actor: "cli", action: "redrive", queue: "alert_jobs", message: "1 message" },
    ]);
    await expect(admin().redriveQueue("cli", "metrics_jobs", 1)).rejects.toMatchObject({ code: "QUEUE_UNKNOWN" });
  });
});
