import {
  assessQueues,
  createAuditedJobAdmin,
  createJobWorker,
  createQueueConsumers,
  createScheduler,
  ensureQueues,
  installPgmq,
  type Json,
  readWorkFigures,
  sendMessage,
} from "@shoal/job-queue";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCommandApi } from "../control/command-api.ts";
import { readDatabaseHealth } from "../database/health.ts";
import { createHttpApp } from "./app.ts";
import { botRoutes } from "./bots.ts";
import { healthRoutes } from "./health.ts";
import { makeApp, TOKEN } from "./http.test-support.ts";
import { jobRoutes } from "./jobs.ts";
import { passRoutes } from "./passes.ts";

const QUEUES = ["alert_jobs"] as const;

describe("the HTTP API on Postgres", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await installPgmq(test.database);
    await ensureQueues(test.database, QUEUES);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  /** As the daemon wires it. */
  function serve(seen: Json[]) {
    const { database, runtime, url } = test;
    const { clock } = runtime;
    const handlers = {
      note: { run: async ({ payload }: { payload: Json }) => seen.push(payload) },
      tick: { run: async () => {} },
    };
    const parts = { database, runtime, concurrency: 5, batchSize: 25 };
    const worker = createJobWorker({ ...parts, workerId: "w1", handlers });
    const consumers = createQueueConsumers({ ...parts, handlers: { alert_jobs: handlers.note } });
    const scheduler = createScheduler({
      database,
      runtime,
      schedules: [{ name: "tick", cron: "0 0 29 2 *", missed: "once", job: { type: "tick" } }],
      handlers,
    });
    const admin = createAuditedJobAdmin({
      ...{ database, clock, handlers, queues: QUEUES, batchSize: 25, worker, consumers, scheduler },
    });
    const queues = async () =>
      assessQueues({
        executionMode: "supabase",
        processes: { jobs: true, pgmq: true },
        handlersMissing: [],
        ...(await readWorkFigures(database, QUEUES)),
      });
    const { options, sources } = makeApp();
    const jobs = { admin, queues, dualRunReport: async () => ({}) };
    const figures = {
      queues,
      database: () => readDatabaseHealth({ database, url, clock, migrationCount: 1 }),
      process: () => ({ cpuSeconds: 1, residentBytes: 1, heapUsedBytes: 1, openFds: 1, startedAtSeconds: 0 }),
      runtimeName: "bun",
    };
    const app = createHttpApp({
      ...options,
      routes: [
        ...healthRoutes(figures, sources, clock),
        ...botRoutes(createCommandApi({ database, onIssued() {} })),
        ...passRoutes(jobs),
        ...jobRoutes(jobs),
      ],
    });
    const ask = async (method: string, path: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
      const response = await app.request(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
    };
    const close = () => Promise.all([worker.drain(0), consumers.drain(0), scheduler.close()]);
    return { ask, close };
  }

  it("adds a job, does it and a message in one pass, and shows what was done", async () => {
    const seen: Json[] = [];
    const { ask, close } = serve(seen);
    const added = await ask("POST", "/api/jobs", { type: "note", payload: { n: 1 } });
    expect(added.status).toBe(201);
    await sendMessage(test.database, "alert_jobs", { n: 2 });
    expect(await ask("GET", "/api/jobs/process")).toMatchObject({
      body: { dbQueue: { pending: 1 }, pgmqQueues: { totals: { depth: 1, visible: 1 } } },
    });
    const pass = await ask("POST", "/api/jobs/process");
    expect(pass).toMatchObject({
      status: 200,
      body: { jobs: { claimed: 1, completed: 1 }, queues: [{ queue: "alert_jobs", claimed: 1, completed: 1 }] },
    });
    expect(seen).toEqual(expect.arrayContaining([{ n: 1 }, { n: 2 }]));
    expect(await ask("GET", `/api/jobs/${added.body.id}`)).toMatchObject({
      body: { status: "completed", worker_id: "w1" },
    });
    expect(await ask("GET", "/api/jobs/audit")).toMatchObject({
      body: {
        records: [
          { actor: "api", action: "pass" },
          { actor: "api", action: "enqueue", job_id: added.body.id },
        ],
      },
    });
    expect(await ask("GET", "/api/health/queues")).toMatchObject({ status: 200, body: { dbQueue: { completed: 1 } } });
    expect(await ask("GET", "/api/health/db")).toMatchObject({
      body: { isReachable: true, migrations: { pending: 0 } },
    });
    await close();
  });

  it("refuses a payload that is nested too deeply", async () => {
    const { ask, close } = serve([]);
    let payload: Json = 1;
    for (let level = 0; level < 20_000; level += 1) payload = [payload];
    expect(await ask("POST", "/api/jobs", { type: "note", payload })).toMatchObject({
      status: 422,
      body: { code: "HTTP_TOO_DEEP", field: "body" },
    });
    expect(await ask("POST", "/api/bot/start", { bot_id: "deep", config: { payload } })).toMatchObject({
      status: 422,
      body: { code: "HTTP_TOO_DEEP", field: "body" },
    });
    await close();
  });

  it("enqueues what is due, each tick once", async () => {
    const { ask, close } = serve([]);
    // The first call makes the schedule known.
    await ask("POST", "/api/jobs/cron");
    await test.database.query(
      "update shoal.job_schedules set due_at = clock_timestamp(), next_run_at = clock_timestamp()",
    );
    expect(await ask("POST", "/api/jobs/cron")).toMatchObject({ status: 200, body: { enqueued: ["tick"] } });
    expect(await ask("GET", "/api/jobs?type=tick")).toMatchObject({ body: { jobs: [{ type: "tick" }] } });
    await close();
  });

  it.each([
    [{ type: "nobody_knows" }, 422, "JOB_TYPE_UNKNOWN", "type"],
    [{ type: "note", payload: "x".repeat(1_048_576) }, 413, "JOB_PAYLOAD_TOO_LARGE", "payload"],
    [{ type: "note", payload: "\0" }, 422, "JOB_INVALID", "payload"],
    [{ type: "note", delay_ms: 1, run_at: "2026-01-01T00:00:00Z" }, 422, "JOB_INVALID", "run_at"],
    [{ type: "note", delay_ms: 1e15 }, 422, "JOB_INVALID", "delay_ms"],
  ])("refuses a job that cannot be one: %.60j", async (body, status, code, field) => {
    const { ask, close } = serve([]);
    const count = () =>
      test.database.query("select (select count(*) from shoal.jobs), (select count(*) from shoal.job_audit)");
    const before = await count();
    expect(await ask("POST", "/api/jobs", body)).toMatchObject({ status, body: { code, field } });
    expect(await ask("POST", "/api/jobs/redrive", { queue: "other" })).toMatchObject({ status: 422 });
    expect(await ask("POST", "/api/jobs/404/retry")).toMatchObject({ status: 404, body: { code: "JOB_UNKNOWN" } });
    expect(await count()).toEqual(before);
    await close();
  });

  it("issues a command, and shows it", async () => {
    const { ask, close } = serve([]);
    const issued = await ask("POST", "/api/bot/start", { bot_id: "bot-a", kind: "conversation" });
    expect(issued.status).toBe(202);
    expect(await ask("GET", `/api/bot/commands/${issued.body.command_id}`)).toMatchObject({
      body: { bot_id: "bot-a", command: "START_BOT", payload: { kind: "conversation" }, outcome: null },
    });
    expect(await ask("GET", "/api/bot/deployments")).toMatchObject({ status: 200, body: { deployments: [] } });
    await close();
  });
});
