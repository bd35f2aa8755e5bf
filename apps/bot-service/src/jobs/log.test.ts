import type { InngestEvents, JobEvents, QueueEvents, ScheduleEvents } from "@shoal/job-queue";
import { createEmitter, type Log, type LogFields, silentLog } from "@shoal/kernel";
import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { logControl } from "../control/log.ts";
import type { ControlEvents, FeedState } from "../control/types.ts";
import { logJobs } from "./log.ts";

const leaks = leakCheck();

function listen() {
  const parts = {
    jobs: leaks.events(createEmitter<JobEvents>()),
    queues: leaks.events(createEmitter<QueueEvents>()),
    schedules: leaks.events(createEmitter<ScheduleEvents>()),
    inngest: leaks.events(createEmitter<InngestEvents>()),
    control: leaks.events(createEmitter<ControlEvents>()),
  };
  const lines: [string, string, LogFields][] = [];
  const logWith = (bound: LogFields): Log => {
    const keep = (level: string) => (fields: LogFields, message: string) =>
      void lines.push([level, message, { ...bound, ...fields }]);
    const child = (fields: LogFields) => logWith({ ...bound, ...fields });
    return { ...silentLog, info: keep("info"), warn: keep("warn"), error: keep("error"), child };
  };
  const clock = leaks.clock(createSimulatedClock());
  const offs = [logJobs(parts, { clock, log: logWith({}) }), logControl(parts.control, { clock, log: logWith({}) })];
  const off = () => {
    for (const each of offs) each();
  };
  return { ...parts, lines, clock, off, levels: () => lines.map(([level]) => level) };
}

const held = { jobId: "17", type: "risk_check", epoch: 3, workerId: "w1" };
const message = { queue: "alert_jobs", messageId: "9", readCount: 5 };

describe("the log of jobs", () => {
  it("has no line for what is ordinary", () => {
    const { jobs, queues, schedules, inngest, control, lines, off } = listen();
    const done = { ...held, attempt: 1, durationMs: 5, executor: "supabase" } as const;
    jobs.emit("jobs:claimed", { count: 1, waitMs: [1], workerId: "w1", jobs: [held] });
    jobs.emit("job:completed", done);
    jobs.emit("job:released", held);
    jobs.emit("job:lost", held);
    jobs.emit("worker:round", { durationMs: 1, written: 1, claimed: 1 });
    queues.emit("messages:read", { queue: "alert_jobs", count: 1 });
    queues.emit("message:archived", { ...message, durationMs: 5 });
    schedules.emit("schedule:fired", { name: "risk_check", tickAt: "2026-01-01T00:00:00.000Z", lateMs: 5 });
    inngest.emit("inngest:sent", { count: 1 });
    inngest.emit("inngest:invoked", { jobId: "17", outcome: "ran" });
    control.emit("control:round", { durationMs: 1, count: 1 });
    for (const changes of ["joining", "ready"] as const) {
      control.emit("control:feed", { state: { changes, listen: "unsupported" } });
    }
    off();
    expect(lines).toEqual([]);
  });

  it("says of an attempt that failed whose it was, why, and when it is tried again", () => {
    const { jobs, queues, lines, off } = listen();
    const failed = { ...held, attempt: 2, durationMs: 5, executor: "inngest" } as const;
    jobs.emit("job:failed", { ...failed, code: "JOB_TIME_LIMIT", retryInMs: 29_999.6 });
    queues.emit("message:failed", { ...message, code: "ALERT_REFUSED", retryInMs: 5000 });
    off();
    expect(lines).toEqual([
      [
        "warn",
        expect.stringContaining("shoal jobs show"),
        { job_id: "17", job_type: "risk_check", attempt: 2, error_code: "JOB_TIME_LIMIT", retry_in_ms: 30_000 },
      ],
      [
        "warn",
        expect.any(String),
        { queue: "alert_jobs", message_id: "9", read_count: 5, error_code: "ALERT_REFUSED", retry_in_ms: 5000 },
      ],
    ]);
  });

  it("is not drowned by attempts that fail: five of a kind within a minute, then how many more there were", async () => {
    const { jobs, queues, lines, clock, off } = listen();
    const fail = (count: number, code: string) => {
      for (let n = 0; n < count; n += 1) {
        jobs.emit("job:failed", { ...held, attempt: 1, durationMs: 5, executor: "supabase", code, retryInMs: 5000 });
      }
    };
    fail(1000, "ECONNREFUSED");
    fail(5, "JOB_TIME_LIMIT");
    queues.emit("message:failed", { ...message, code: "ECONNREFUSED", retryInMs: 5000 });
    expect(lines).toHaveLength(11);
    await clock.advance(60_000);
    const more = { job_type: "risk_check", error_code: "ECONNREFUSED" };
    expect(lines.splice(0)[11]).toEqual(["warn", expect.any(String), { ...more, more_count: 995 }]);
    fail(6, "ECONNREFUSED");
    off();
    expect(lines.map(([, , { more_count: count }]) => count)).toEqual([...Array(5).fill(undefined), 1]);
  });

  it("is not drowned by codes that somebody makes up", async () => {
    const { jobs, lines, clock, off } = listen();
    for (let n = 0; n < 1000; n += 1) {
      const failed = { ...held, attempt: 1, durationMs: 5, executor: "supabase" } as const;
      jobs.emit("job:failed", { ...failed, code: `E${n}`, retryInMs: 5000 });
    }
    expect(lines).toHaveLength(25);
    await clock.advance(60_000);
    expect(lines.at(-1)?.[2]).toEqual({ more_count: 975 });
    expect(lines).toHaveLength(26);
    off();
  });

  it("names every job and message that died, and why", () => {
    const { jobs, queues, lines, off } = listen();
    jobs.emit("job:dead", { ...held, attempt: 5, durationMs: 5, code: "JOB_GIVEN_UP", executor: "supabase" });
    queues.emit("message:dead", { ...message, code: "ALERT_REFUSED" });
    off();
    expect(lines).toEqual([
      [
        "error",
        expect.stringContaining("shoal jobs retry"),
        { job_id: "17", job_type: "risk_check", attempt: 5, error_code: "JOB_GIVEN_UP" },
      ],
      [
        "error",
        expect.stringContaining("shoal jobs redrive"),
        { queue: "alert_jobs", message_id: "9", read_count: 5, error_code: "ALERT_REFUSED" },
      ],
    ]);
  });

  it("says once whose jobs were taken back, and names each of them", () => {
    const { jobs, lines, off } = listen();
    const rescued = [
      { ...held, attempt: 1, isDead: false },
      { ...held, jobId: "18", attempt: 5, isDead: true },
    ];
    jobs.emit("jobs:rescued", { count: 2, jobs: rescued });
    off();
    expect(lines.map(([level, , fields]) => [level, fields])).toEqual([
      ["warn", { count: 2, worker_ids: ["w1"] }],
      ["warn", { job_id: "17", job_type: "risk_check", attempt: 1, error_code: "JOB_WORKER_LOST", retry_in_ms: 0 }],
      ["error", { job_id: "18", job_type: "risk_check", attempt: 5, error_code: "JOB_WORKER_LOST" }],
    ]);
  });

  it("says once that a part fails, whatever the codes, and once that it works again", () => {
    const { queues, inngest, lines, levels, off } = listen();
    const parts: readonly (readonly [fail: (code: string) => void, work: () => void])[] = [
      [
        (code) => queues.emit("queue:failed", { queue: "alert_jobs", code }),
        () => queues.emit("messages:read", { queue: "alert_jobs", count: 1 }),
      ],
      [
        (code) => inngest.emit("inngest:failed", { code, retryInMs: 1000 }),
        () => inngest.emit("inngest:sent", { count: 1 }),
      ],
    ];
    for (const [fail, work] of parts) {
      lines.length = 0;
      for (const code of ["QUEUE_UNKNOWN", "QUEUE_PGMQ_MISSING", "QUEUE_UNKNOWN"]) fail(code);
      work();
      work();
      fail("QUEUE_PGMQ_MISSING");
      work();
      expect(levels()).toEqual(["warn", "info", "warn", "info"]);
      expect(lines[0]?.[2]).toMatchObject({ error_code: "QUEUE_UNKNOWN" });
    }
    off();
  });

  it("leaves a database that is away to the loops, which say it once for all queues", () => {
    const { jobs, queues, schedules, control, lines, off } = listen();
    jobs.emit("worker:failed", { code: "STORE_UNAVAILABLE" });
    queues.emit("queue:failed", { queue: "alert_jobs", code: "STORE_UNAVAILABLE" });
    schedules.emit("schedule:failed", { code: "STORE_UNAVAILABLE" });
    control.emit("control:failed", { code: "STORE_UNAVAILABLE" });
    off();
    expect(lines).toEqual([]);
  });

  it("keeps the queues apart", () => {
    const { queues, lines, off } = listen();
    queues.emit("queue:failed", { queue: "alert_jobs", code: "QUEUE_UNKNOWN" });
    queues.emit("messages:read", { queue: "metrics_jobs", count: 1 });
    queues.emit("queue:failed", { queue: "metrics_jobs", code: "QUEUE_UNKNOWN" });
    off();
    expect(lines.map(([level, , { queue }]) => [level, queue])).toEqual([
      ["warn", "alert_jobs"],
      ["warn", "metrics_jobs"],
    ]);
  });

  it("says that commands are found by polling only, and that they take effect at once again", () => {
    const { control, lines, levels, off } = listen();
    const feed = (changes: FeedState["changes"], listens: FeedState["listen"]) =>
      control.emit("control:feed", { state: { changes, listen: listens } });
    feed("joining", "connecting");
    feed("ready", "ready");
    feed("lost", "ready");
    expect(levels()).toEqual([]);
    feed("lost", "connecting");
    feed("joining", "connecting");
    feed("lost", "connecting");
    expect(levels()).toEqual(["warn"]);
    feed("joining", "ready");
    feed("ready", "ready");
    expect(levels()).toEqual(["warn", "info"]);
    feed("refused", "unsupported");
    off();
    expect(levels()).toEqual(["warn", "info", "warn"]);
    expect(lines[2]?.[2]).toEqual({ changes: "refused", listen: "unsupported" });
  });

  it("says which commands were decided, and why one was rejected, without a flood of them", () => {
    const { control, lines, off } = listen();
    const applied = { commandId: "c", botId: "b", command: "STOP_BOT", outcome: "applied", latencyMs: 1 } as const;
    for (let count = 0; count < 9; count += 1) control.emit("command:applied", { ...applied, code: null });
    control.emit("command:applied", { ...applied, outcome: "rejected", code: "CONTROL_WRONG_STATE" });
    off();
    const kind = { command: "STOP_BOT", outcome: "applied" };
    expect(lines.map(([level, , fields]) => [level, fields])).toEqual([
      ...Array(5).fill(["info", { ...kind, command_id: "c", bot_id: "b" }]),
      ["info", { ...kind, outcome: "rejected", error_code: "CONTROL_WRONG_STATE", command_id: "c", bot_id: "b" }],
      ["info", { ...kind, more_count: 4 }],
    ]);
  });

  it("says of missed ticks how many", () => {
    const { schedules, lines, off } = listen();
    schedules.emit("schedule:missed", { name: "risk_check", count: 12 });
    off();
    expect(lines).toEqual([["warn", expect.any(String), { schedule: "risk_check", missed_count: 12 }]]);
  });
});
