import { HOUR_MS, MINUTE_MS } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { assessQueues, type QueueStatus } from "./assess-queues.ts";
import { executionModeOf, type QueueFigures } from "./read-figures.ts";

type Overrides = Omit<Partial<QueueFigures>, "counts"> & { readonly counts?: Partial<QueueFigures["counts"]> };
type Depth = NonNullable<QueueFigures["depths"]>[number];

function figures({ counts, ...others }: Overrides = {}): QueueFigures {
  return {
    executionMode: "supabase",
    processes: { jobs: true, pgmq: true },
    counts: { pending: 0, running: 0, completed: 0, dead: 0, oldestPendingMs: null, processedLastHour: 0, ...counts },
    depths: [],
    handlersMissing: [],
    scheduleOverdueMs: 0,
    ...others,
  };
}

const depth = (overrides: Partial<Depth>): Depth => ({
  ...{ queue: "alert_jobs", length: 0, visible: 0, oldestMs: null, dlqLength: 0 },
  ...overrides,
});

const busy = { processedLastHour: 1000 };
const HOURS_3 = 3 * HOUR_MS;

const JOBS: readonly (readonly [QueueStatus, Partial<QueueFigures["counts"]>])[] = [
  ["healthy", {}],
  ["healthy", { pending: 49 }],
  ["warning", { pending: 50 }],
  ["warning", { pending: 99 }],
  ["critical", { pending: 100 }],
  ["healthy", { dead: 9 }],
  ["warning", { dead: 10 }],
  ["warning", { dead: 49 }],
  ["critical", { dead: 50 }],
  ["healthy", { ...busy, pending: 1, oldestPendingMs: HOUR_MS - 1 }],
  ["warning", { ...busy, pending: 1, oldestPendingMs: HOUR_MS }],
  ["warning", { ...busy, pending: 1, oldestPendingMs: HOURS_3 - 1 }],
  ["critical", { ...busy, pending: 1, oldestPendingMs: HOURS_3 }],
  // Few are done, but there is nothing to do, or it only just came.
  ["healthy", { processedLastHour: 0 }],
  ["healthy", { pending: 5, oldestPendingMs: null, processedLastHour: 0 }],
  ["healthy", { pending: 5, oldestPendingMs: MINUTE_MS - 1, processedLastHour: 0 }],
  ["critical", { pending: 5, oldestPendingMs: MINUTE_MS, processedLastHour: 0 }],
  ["warning", { pending: 5, oldestPendingMs: MINUTE_MS, processedLastHour: 1 }],
  ["warning", { pending: 5, oldestPendingMs: MINUTE_MS, processedLastHour: 9 }],
  ["healthy", { pending: 5, oldestPendingMs: MINUTE_MS, processedLastHour: 10 }],
  // What runs or is done is no fault.
  ["healthy", { running: 1000, completed: 1_000_000 }],
];

const MESSAGES: readonly (readonly [QueueStatus, Partial<Depth>])[] = [
  ["healthy", { length: 99, visible: 99 }],
  ["warning", { length: 100 }],
  ["warning", { length: 499 }],
  ["critical", { length: 500 }],
  ["healthy", { dlqLength: 9 }],
  ["warning", { dlqLength: 10 }],
  ["warning", { dlqLength: 49 }],
  ["critical", { dlqLength: 50 }],
];

describe("assessQueues", () => {
  it.each(JOBS)("finds jobs %s: %j", (status, counts) => {
    const health = assessQueues(figures({ counts }));
    expect([health.status, health.dbQueue.status, health.pgmqQueues.status]).toEqual([status, status, "healthy"]);
    expect(health.recommendations.length > 0).toBe(status !== "healthy");
  });

  it.each(MESSAGES)("finds messages %s: %j", (status, each) => {
    const health = assessQueues(figures({ depths: [depth({ queue: "metrics_jobs" }), depth(each)] }));
    expect([health.status, health.dbQueue.status, health.pgmqQueues.status]).toEqual([status, "healthy", status]);
    expect(health.pgmqQueues.queues["alert_jobs"]?.status).toBe(status);
    expect(health.pgmqQueues.queues["metrics_jobs"]?.status).toBe("healthy");
    expect(health.recommendations.length > 0).toBe(status !== "healthy");
  });

  it.each([
    ["healthy", 5 * MINUTE_MS - 1],
    ["warning", 5 * MINUTE_MS],
    ["critical", HOUR_MS],
  ] as const)("is %s while a schedule is %i ms late", (status, scheduleOverdueMs) => {
    const health = assessQueues(figures({ scheduleOverdueMs }));
    expect([health.status, health.dbQueue.status]).toEqual([status, "healthy"]);
    expect(health.recommendations.length > 0).toBe(status !== "healthy");
  });

  it("has the body that SPEC E asks for", () => {
    const body = assessQueues(
      figures({
        executionMode: "fallback",
        counts: { pending: 7, running: 2, completed: 31, dead: 1, oldestPendingMs: 250, processedLastHour: 12 },
        depths: [
          depth({ length: 3, visible: 2, oldestMs: 900, dlqLength: 1 }),
          depth({ queue: "execution_jobs", length: 4, visible: 4, oldestMs: 80, dlqLength: 0 }),
        ],
        handlersMissing: ["execution_jobs"],
      }),
    );
    const queue = { status: "healthy" };
    expect(body).toEqual({
      status: "healthy",
      executionMode: "fallback",
      dbQueue: {
        status: "healthy",
        pending: 7,
        running: 2,
        completed: 31,
        dead: 1,
        oldestPending: 250,
        processingRate: 12,
      },
      pgmqQueues: {
        status: "healthy",
        queues: {
          alert_jobs: { ...queue, depth: 3, visible: 2, oldestMs: 900, deadLetters: 1, hasHandler: true },
          execution_jobs: { ...queue, depth: 4, visible: 4, oldestMs: 80, deadLetters: 0, hasHandler: false },
        },
        totals: { depth: 7, visible: 6, deadLetters: 1 },
      },
      recommendations: [expect.stringContaining("execution_jobs")],
    });
  });

  it("is as bad as the worst of its parts", () => {
    const health = assessQueues(figures({ counts: { pending: 50 }, depths: [depth({ length: 500 })] }));
    expect([health.status, health.dbQueue.status, health.pgmqQueues.status]).toEqual([
      "critical",
      "warning",
      "critical",
    ]);
  });
});

const waiting = { pending: 60, oldestPendingMs: 2 * HOUR_MS, processedLastHour: 3 };
const off = { jobs: false, pgmq: false };

const ADVICE: readonly (readonly [say: string, when: string, Overrides])[] = [
  ["JOBS_CONCURRENCY", "jobs pile up", { counts: waiting }],
  ["60 jobs are pending, the oldest due for 2.0 h; 3 done in the last hour", "jobs pile up", { counts: waiting }],
  ["1 job is pending", "one is old", { counts: { ...waiting, pending: 1 } }],
  ["PROCESS_JOBS=true", "nobody works here", { counts: waiting, processes: off }],
  ["/api/inngest", "Inngest executes alone", { counts: waiting, executionMode: "inngest" }],
  ["wait for their time", "many are planned for later", { counts: { pending: 60 } }],
  ["shoal jobs redrive", "jobs are dead", { counts: { dead: 10 } }],
  ["BATCH_SIZE", "messages pile up", { depths: [depth({ length: 100 })] }],
  ["PROCESS_PGMQ=true", "nobody reads here", { depths: [depth({ length: 100 })], processes: off }],
  ["fleet.config.ts", "nobody handles a queue", { depths: [depth({ length: 1 })], handlersMissing: ["alert_jobs"] }],
  ["alert_jobs_dlq", "messages are dead", { depths: [depth({ dlqLength: 10 })] }],
  ["create extension pgmq", "the database has no pgmq", { depths: null }],
  ["POST /api/jobs/cron", "schedules are late", { scheduleOverdueMs: HOUR_MS }],
];

describe("recommendations", () => {
  it.each(ADVICE)("say %j when %s", (words, _when, overrides) => {
    const { recommendations } = assessQueues(figures(overrides));
    expect(recommendations).toHaveLength(1);
    expect(recommendations[0]).toContain(words);
  });

  it.each([
    ["nothing is wrong", {}],
    ["an unhandled queue is empty", { depths: [depth({})], handlersMissing: ["alert_jobs"] }],
    ["pgmq is missing and not wanted", { depths: null, processes: off }],
  ] as const)("are none when %s", (_when, overrides) => {
    expect(assessQueues(figures(overrides)).recommendations).toEqual([]);
  });
});

describe("executionModeOf", () => {
  it.each([
    ["supabase", { primary: "supabase", fallback: false, dualRun: false }],
    ["inngest", { primary: "inngest", fallback: false, dualRun: false }],
    ["fallback", { primary: "supabase", fallback: true, dualRun: false }],
    ["fallback", { primary: "inngest", fallback: true, dualRun: false }],
    ["dual_run", { primary: "inngest", fallback: true, dualRun: true }],
  ] as const)("says %s of %j", (mode, switches) => {
    expect(executionModeOf(switches)).toBe(mode);
  });
});
