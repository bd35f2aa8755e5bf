import { JobQueueError } from "@shoal/job-queue";
import { beforeEach, describe, expect, it } from "vitest";
import { ask, auditRecord, makeApp, type TestApp } from "./http.test-support.ts";
import { JOB_BODY_LIMIT_BYTES } from "./jobs.ts";

let made: TestApp;
beforeEach(() => {
  made = makeApp();
});

describe("jobs", () => {
  it("adds one and says where it is", async () => {
    const runAt = "2026-03-01T12:00:00+02:00";
    const wanted = { type: "risk_check", payload: null, run_at: runAt, priority: -1, max_attempts: 2, unique_key: "k" };
    const response = await ask(made, "POST", "/api/jobs", wanted);
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/api/jobs/8");
    expect(await response.json()).toEqual({ id: "8", is_new: true });
    const job = { type: "risk_check", payload: null, priority: -1, maxAttempts: 2, uniqueKey: "k" };
    expect(made.calls).toEqual([["enqueue", "api", { ...job, runAt: new Date(runAt) }]]);
  });

  it("answers 200 for one that was there already", async () => {
    const response = await ask(made, "POST", "/api/jobs", { type: "risk_check", delay_ms: 0, unique_key: "taken" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: "8", is_new: false });
  });

  it("lists, without payloads, and shows, with it", async () => {
    const list = await ask(made, "GET", "/api/jobs?status=dead&type=risk_check&limit=5&before=9");
    expect(made.calls).toEqual([["list", { status: "dead", type: "risk_check", limit: 5, before: "9" }]]);
    const { jobs, next } = (await list.json()) as { jobs: object[]; next: string };
    expect(next).toBe("7");
    expect(jobs).toMatchObject([{ id: "7", run_at: "2026-01-01T00:00:00.000Z", max_attempts: 5, unique_key: null }]);
    expect(jobs[0]).not.toHaveProperty("payload");
    const one = await ask(made, "GET", "/api/jobs/7");
    expect(await one.json()).toMatchObject({ id: "7", payload: { depth: [1, null] } });
  });

  it("retries, cancels and redrives, and says who did", async () => {
    await ask(made, "POST", "/api/jobs/7/retry");
    await ask(made, "POST", "/api/jobs/7/cancel");
    const all = await ask(made, "POST", "/api/jobs/redrive");
    expect(await all.json()).toEqual({ count: 3 });
    await ask(made, "POST", "/api/jobs/redrive", { type: "risk_check", limit: 5 });
    const letters = await ask(made, "POST", "/api/jobs/redrive", { queue: "alert_jobs" });
    expect(await letters.json()).toEqual({ count: 2 });
    expect(made.calls).toEqual([
      ["retry", "api", "7"],
      ["cancel", "api", "7"],
      ["redrive", "api", { limit: 100 }],
      ["redrive", "api", { type: "risk_check", limit: 5 }],
      ["redriveQueue", "api", "alert_jobs", 100],
    ]);
  });

  it("shows the audit and the comparison of the two executors", async () => {
    const audit = await ask(made, "GET", "/api/jobs/audit?job_id=7&limit=2");
    const { jobId: job_id, jobType: job_type, workerId: worker_id, durationMs: duration_ms, ...same } = auditRecord;
    expect(await audit.json()).toEqual({ records: [{ ...same, job_id, job_type, worker_id, duration_ms }] });
    expect((await ask(made, "GET", "/api/jobs/dual-run?hours=1.5")).status).toBe(200);
    expect(made.calls).toEqual([
      ["audit", { jobId: "7", limit: 2 }],
      ["dualRun", { sinceHours: 1.5 }],
    ]);
  });

  it.each([
    ["POST", "/api/jobs", { type: "risk_check", colour: 1 }, 422, "colour"],
    ["POST", "/api/jobs", {}, 422, "type"],
    ["POST", "/api/jobs", { type: "risk_check", delay_ms: -1 }, 422, "delay_ms"],
    ["POST", "/api/jobs", { type: "risk_check", delay_ms: 0.5 }, 422, "delay_ms"],
    ["POST", "/api/jobs", { type: "risk_check", run_at: "tomorrow" }, 422, "run_at"],
    ["POST", "/api/jobs", { type: "risk_check", priority: 101 }, 422, "priority"],
    ["POST", "/api/jobs", { type: "risk_check", max_attempts: 0 }, 422, "max_attempts"],
    ["POST", "/api/jobs", { type: "risk_check", unique_key: "\0" }, 422, "unique_key"],
    ["POST", "/api/jobs", "{", 400, "body"],
    ["POST", "/api/jobs", "", 415, "content-type"],
    ["POST", "/api/jobs", JSON.stringify({ type: "x".repeat(JOB_BODY_LIMIT_BYTES) }), 413, "body"],
    ["GET", "/api/jobs?status=lost", undefined, 422, "status"],
    ["GET", "/api/jobs?stauts=dead", undefined, 422, "stauts"],
    ["GET", "/api/jobs?type=%00", undefined, 422, "type"],
    ["GET", "/api/jobs?type=a%00b", undefined, 422, "type"],
    ["POST", "/api/jobs", { type: "\0" }, 422, "type"],
    ["POST", "/api/jobs/redrive", { type: "a\0" }, 422, "type"],
    ["POST", "/api/jobs/redrive", { type: "\ud800" }, 422, "type"],
    ["POST", "/api/jobs/redrive", { queue: "a\0" }, 422, "queue"],
    ["GET", "/api/jobs?limit=0", undefined, 422, "limit"],
    ["GET", "/api/jobs?limit=1001", undefined, 422, "limit"],
    ["GET", "/api/jobs?limit=many", undefined, 422, "limit"],
    ["GET", "/api/jobs?limit=0x10", undefined, 422, "limit"],
    ["GET", "/api/jobs?limit=1e2", undefined, 422, "limit"],
    ["GET", "/api/jobs?limit=%2010", undefined, 422, "limit"],
    ["GET", "/api/jobs?before=-1", undefined, 422, "before"],
    ["GET", "/api/jobs/audit?job_id=x", undefined, 422, "job_id"],
    ["GET", "/api/jobs/dual-run?hours=0", undefined, 422, "hours"],
    ["GET", "/api/jobs/dual-run?hours=0x10", undefined, 422, "hours"],
    ["GET", "/api/jobs/8", undefined, 404, "id"],
    ["GET", "/api/jobs/seven", undefined, 404, "id"],
    ["POST", "/api/jobs/0/retry", undefined, 404, "id"],
    ["POST", "/api/jobs/99999999999999999999/cancel", undefined, 404, "id"],
    ["POST", "/api/jobs/redrive", { limit: 0 }, 422, "limit"],
    ["POST", "/api/jobs/redrive", { limit: "5" }, 422, "limit"],
    ["POST", "/api/jobs/redrive", { type: "a", queue: "b" }, 422, "queue"],
  ])("refuses %s %s %j with %i, naming %s, and changes nothing", async (method, path, body, status, field) => {
    const headers = body === "" ? { "content-type": "text/plain" } : {};
    const response = await ask(made, method, path, body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status, field, code: expect.stringMatching(/^HTTP_/) });
    expect(made.calls).toEqual([]);
  });

  it.each([
    ["JOB_INVALID", { field: "delayMs" }, 422, "delay_ms"],
    ["JOB_TYPE_UNKNOWN", {}, 422, "type"],
    ["JOB_PAYLOAD_TOO_LARGE", {}, 413, "payload"],
    ["JOB_UNKNOWN", {}, 404, "id"],
    ["JOB_WRONG_STATUS", {}, 409, "id"],
    ["QUEUE_UNKNOWN", {}, 422, "queue"],
  ] as const)("answers %s of the queue as what it is", async (code, details, status, field) => {
    made.faults.failure = new JobQueueError(code, "words for people", { details });
    const response = await ask(made, "POST", "/api/jobs", { type: "nobody_knows" });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, field, detail: "words for people" });
  });

  it.each([
    ["GET", "/api/jobs"],
    ["POST", "/api/jobs"],
    ["GET", "/api/jobs/7"],
    ["POST", "/api/jobs/7/retry"],
    ["POST", "/api/jobs/redrive"],
    ["GET", "/api/jobs/audit"],
    ["GET", "/api/jobs/dual-run"],
  ])("does not open %s %s to a cron secret", async (method, path) => {
    const response = await ask(made, method, path, undefined, { authorization: "Bearer cron-secret-that-comes" });
    expect(response.status).toBe(401);
    expect(made.calls).toEqual([]);
  });
});
