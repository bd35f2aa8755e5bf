import { createEmitter, type Emitter } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { createMetrics, type Metrics } from "./create-metrics.ts";
import { type ObservedControlEvents, observeControl } from "./observe-control.ts";
import { type ObservedInngestEvents, observeInngest } from "./observe-inngest.ts";
import { type ObservedJobEvents, observeJobs } from "./observe-jobs.ts";
import { observeQueueFigures } from "./observe-queue-figures.ts";
import { type ObservedQueueEvents, observeQueues } from "./observe-queues.ts";
import { type ObservedScheduleEvents, observeSchedules } from "./observe-schedules.ts";

/** Every series, without histogram buckets and the process's own. */
async function seriesOf(metrics: Metrics): Promise<[string, number][]> {
  const { body } = await metrics.render();
  return body
    .split("\n")
    .filter((line) => line.startsWith("shoal_") && !/_bucket\{|^shoal_(?:build_info|heap_used_bytes)/.test(line))
    .map((line) => line.split(/ (?=\S+$)/))
    .map(([name = "", text]) => [name, Number(text)]);
}

async function nonZero(metrics: Metrics): Promise<Record<string, number>> {
  return Object.fromEntries((await seriesOf(metrics)).filter(([, value]) => value !== 0));
}

type Events = ObservedJobEvents &
  ObservedQueueEvents &
  ObservedScheduleEvents &
  ObservedInngestEvents &
  ObservedControlEvents;

/** All five listen to one emitter: no name belongs to two of them. */
function observed(types: readonly string[] = [], queues: readonly string[] = [], schedules: readonly string[] = []) {
  const metrics = createMetrics();
  const events = createEmitter<Events>();
  const offs = [
    observeJobs(metrics, events, { types, getRunning: () => 0 }),
    observeQueues(metrics, events, queues),
    observeSchedules(metrics, events, schedules),
    observeInngest(metrics, events),
    observeControl(metrics, events, () => ({})),
  ];
  const stop = () => {
    for (const off of offs) off();
  };
  return { metrics, events, stop };
}

const job = { jobId: "17", type: "risk_check", attempt: 1, leg: "supabase" };
const message = { queue: "alert_jobs", messageId: "9", readCount: 1 };

type Case = readonly [name: keyof Events, emit: (events: Emitter<Events>) => void, expected: Record<string, number>];

/** What each event changes, and nothing else. */
const CASES: readonly Case[] = [
  [
    "jobs:claimed",
    (events) => events.emit("jobs:claimed", { waitMs: [250, 500], jobs: [job, job] }),
    {
      'shoal_jobs_claimed_total{type="risk_check"}': 2,
      shoal_job_wait_seconds_sum: 0.75,
      shoal_job_wait_seconds_count: 2,
    },
  ],
  [
    "job:completed",
    (events) => events.emit("job:completed", { ...job, durationMs: 500 }),
    {
      'shoal_jobs_completed_total{type="risk_check",leg="supabase"}': 1,
      'shoal_job_duration_seconds_sum{type="risk_check"}': 0.5,
      'shoal_job_duration_seconds_count{type="risk_check"}': 1,
    },
  ],
  [
    "job:failed",
    (events) => events.emit("job:failed", { ...job, durationMs: 500, code: "JOB_TIME_LIMIT" }),
    {
      'shoal_jobs_failed_total{type="risk_check"}': 1,
      'shoal_job_errors_total{code="JOB_TIME_LIMIT"}': 1,
      'shoal_job_duration_seconds_sum{type="risk_check"}': 0.5,
      'shoal_job_duration_seconds_count{type="risk_check"}': 1,
    },
  ],
  [
    "job:dead",
    (events) => events.emit("job:dead", { ...job, durationMs: 500, code: "JOB_GIVEN_UP" }),
    {
      'shoal_jobs_dead_total{type="risk_check"}': 1,
      'shoal_job_errors_total{code="JOB_GIVEN_UP"}': 1,
      'shoal_job_duration_seconds_sum{type="risk_check"}': 0.5,
      'shoal_job_duration_seconds_count{type="risk_check"}': 1,
    },
  ],
  ["job:lost", (events) => events.emit("job:lost", job), { 'shoal_jobs_lost_total{type="risk_check"}': 1 }],
  ["job:released", (events) => events.emit("job:released", job), { 'shoal_jobs_released_total{type="risk_check"}': 1 }],
  [
    "jobs:rescued",
    (events) =>
      events.emit("jobs:rescued", {
        jobs: [
          { ...job, isDead: false },
          { ...job, isDead: true },
        ],
      }),
    { 'shoal_jobs_rescued_total{type="risk_check"}': 2, 'shoal_jobs_dead_total{type="risk_check"}': 1 },
  ],
  [
    "worker:failed",
    (events) => events.emit("worker:failed", { code: "STORE_UNREACHABLE" }),
    { 'shoal_job_rounds_failed_total{code="STORE_UNREACHABLE"}': 1 },
  ],
  [
    "worker:round",
    (events) => events.emit("worker:round", { durationMs: 2 }),
    { shoal_job_round_duration_seconds_sum: 0.002, shoal_job_round_duration_seconds_count: 1 },
  ],
  [
    "messages:read",
    (events) => events.emit("messages:read", { queue: "alert_jobs", count: 25 }),
    { 'shoal_queue_messages_read_total{queue="alert_jobs"}': 25 },
  ],
  [
    "message:archived",
    (events) => events.emit("message:archived", { ...message, durationMs: 250 }),
    {
      'shoal_queue_message_duration_seconds_sum{queue="alert_jobs"}': 0.25,
      'shoal_queue_message_duration_seconds_count{queue="alert_jobs"}': 1,
    },
  ],
  [
    "message:failed",
    (events) => events.emit("message:failed", { ...message, code: "E1" }),
    { 'shoal_queue_messages_failed_total{queue="alert_jobs"}': 1, 'shoal_queue_errors_total{code="E1"}': 1 },
  ],
  [
    "message:dead",
    (events) => events.emit("message:dead", { ...message, code: "E2" }),
    { 'shoal_queue_messages_dead_total{queue="alert_jobs"}': 1, 'shoal_queue_errors_total{code="E2"}': 1 },
  ],
  [
    "message:lost",
    (events) => events.emit("message:lost", message),
    { 'shoal_queue_messages_lost_total{queue="alert_jobs"}': 1 },
  ],
  [
    "message:released",
    (events) => events.emit("message:released", message),
    { 'shoal_queue_messages_released_total{queue="alert_jobs"}': 1 },
  ],
  [
    "queue:failed",
    (events) => events.emit("queue:failed", { queue: "alert_jobs", code: "42P01" }),
    { 'shoal_queue_rounds_failed_total{code="42P01"}': 1 },
  ],
  [
    "schedule:fired",
    (events) => events.emit("schedule:fired", { name: "housekeeping", lateMs: 500 }),
    {
      'shoal_schedules_fired_total{schedule="housekeeping"}': 1,
      shoal_schedule_lateness_seconds_sum: 0.5,
      shoal_schedule_lateness_seconds_count: 1,
    },
  ],
  [
    "schedule:missed",
    (events) => events.emit("schedule:missed", { name: "risk_check", count: 12 }),
    { 'shoal_schedules_missed_total{schedule="risk_check"}': 12 },
  ],
  [
    "schedule:failed",
    (events) => events.emit("schedule:failed", { code: "STORE_UNREACHABLE" }),
    { 'shoal_schedule_rounds_failed_total{code="STORE_UNREACHABLE"}': 1 },
  ],
  ["inngest:sent", (events) => events.emit("inngest:sent", { count: 7 }), { shoal_inngest_events_sent_total: 7 }],
  [
    "inngest:failed",
    (events) => events.emit("inngest:failed", { code: "INNGEST_UNAVAILABLE" }),
    { 'shoal_inngest_sends_failed_total{code="INNGEST_UNAVAILABLE"}': 1 },
  ],
  [
    "inngest:invoked",
    (events) => events.emit("inngest:invoked", { outcome: "not_needed" }),
    { 'shoal_inngest_invocations_total{outcome="not_needed"}': 1 },
  ],
  [
    "command:applied",
    (events) => events.emit("command:applied", { command: "START_BOT", outcome: "applied", latencyMs: 25 }),
    {
      'shoal_commands_total{command="START_BOT",outcome="applied"}': 1,
      shoal_command_latency_seconds_sum: 0.025,
      shoal_command_latency_seconds_count: 1,
    },
  ],
  [
    "command:applied",
    (events) => events.emit("command:applied", { command: "UNKNOWN", outcome: "rejected", latencyMs: 500 }),
    {
      'shoal_commands_total{command="other",outcome="rejected"}': 1,
      shoal_command_latency_seconds_sum: 0.5,
      shoal_command_latency_seconds_count: 1,
    },
  ],
  [
    "control:round",
    (events) => events.emit("control:round", { durationMs: 5 }),
    { shoal_control_round_duration_seconds_sum: 0.005, shoal_control_round_duration_seconds_count: 1 },
  ],
  [
    "control:failed",
    (events) => events.emit("control:failed", { code: "STORE_UNREACHABLE" }),
    { 'shoal_control_rounds_failed_total{code="STORE_UNREACHABLE"}': 1 },
  ],
  [
    "control:feed",
    (events) => events.emit("control:feed", { state: { changes: "ready", listen: "unsupported" } }),
    { 'shoal_control_feed_ready{feed="changes"}': 1 },
  ],
];

describe("observeJobs, observeQueues, observeSchedules, observeInngest and observeControl", () => {
  it.each(CASES)("count %s", async (_name, emit, expected) => {
    const { metrics, events } = observed();
    emit(events);
    expect(await nonZero(metrics)).toEqual(expected);
  });

  it("take every listener away again", async () => {
    const { metrics, events, stop } = observed();
    stop();
    for (const [, emit] of CASES) emit(events);
    expect(events.listenerCount).toBe(0);
    expect(await nonZero(metrics)).toEqual({});
  });

  it("start the series of what is known at 0, so that a rate sees the first failure", async () => {
    const { metrics } = observed(["risk_check"], ["alert_jobs"], ["housekeeping"]);
    const series = new Map(await seriesOf(metrics));
    for (const name of [
      'shoal_jobs_completed_total{type="risk_check",leg="inngest"}',
      'shoal_jobs_dead_total{type="risk_check"}',
      'shoal_job_duration_seconds_count{type="risk_check"}',
      'shoal_queue_messages_dead_total{queue="alert_jobs"}',
      'shoal_queue_message_duration_seconds_count{queue="alert_jobs"}',
      'shoal_schedules_missed_total{schedule="housekeeping"}',
    ]) {
      expect(series.get(name), name).toBe(0);
    }
  });

  it("have a bounded number of series however many types, queues, schedules and bots there are", async () => {
    const { metrics, events } = observed();
    const letters = (n: number) => [...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("");
    const emitAll = (from: number, to: number) => {
      for (let n = from; n < to; n += 1) {
        const event = { ...job, ...message, type: letters(n), queue: letters(n), name: letters(n), botId: `bot-${n}` };
        const numbers = { count: 1, waitMs: [1], durationMs: 1, lateMs: 1, latencyMs: 1 };
        const jobs = [{ ...event, isDead: true }];
        const state = { changes: letters(n), listen: letters(n) };
        const words = { code: letters(n), outcome: letters(n), command: letters(n), state, jobs };
        for (const name of new Set(CASES.map(([each]) => each))) events.emit(name, { ...event, ...numbers, ...words });
      }
    };
    emitAll(0, 100);
    const before = (await seriesOf(metrics)).length;
    emitAll(100, 10_000);
    expect((await seriesOf(metrics)).length).toBe(before);
    expect((await nonZero(metrics))["shoal_inngest_events_sent_total"]).toBe(10_000);
  });
});

describe("observeJobs", () => {
  it("shows how many jobs run here at each scrape", async () => {
    const metrics = createMetrics();
    let running = 3;
    observeJobs(metrics, createEmitter<ObservedJobEvents>(), { types: [], getRunning: () => running });
    expect(await nonZero(metrics)).toEqual({ shoal_jobs_held: 3 });
    running = 0;
    expect(await nonZero(metrics)).toEqual({});
  });
});

describe("observeControl", () => {
  it("shows by which way commands are told, and the deployed bots by status, as they are now", async () => {
    const metrics = createMetrics();
    const events = createEmitter<ObservedControlEvents>();
    let deployed: Record<string, number> = { running: 10_000, crashed: 1 };
    observeControl(metrics, events, () => deployed);
    events.emit("control:feed", { state: { changes: "ready", listen: "ready" } });
    expect(await nonZero(metrics)).toEqual({
      'shoal_control_feed_ready{feed="changes"}': 1,
      'shoal_control_feed_ready{feed="listen"}': 1,
      'shoal_deployed_bots{status="running"}': 10_000,
      'shoal_deployed_bots{status="crashed"}': 1,
    });
    deployed = { paused: 2 };
    events.emit("control:feed", { state: { changes: "lost", listen: "ready" } });
    expect(await nonZero(metrics)).toEqual({
      'shoal_control_feed_ready{feed="listen"}': 1,
      'shoal_deployed_bots{status="paused"}': 2,
    });
  });
});

describe("observeQueueFigures", () => {
  const figures = {
    counts: { pending: 7, running: 2, completed: 31, dead: 1, oldestPendingMs: 1500, processedLastHour: 12 },
    depths: [{ queue: "alert_jobs", length: 4, visible: 3, oldestMs: 2500, dlqLength: 5 }],
    scheduleOverdueMs: 500,
    inngestOutbox: 6,
  };
  const expected = {
    'shoal_jobs{status="pending"}': 7,
    'shoal_jobs{status="running"}': 2,
    'shoal_jobs{status="completed"}': 31,
    'shoal_jobs{status="dead"}': 1,
    shoal_jobs_oldest_pending_seconds: 1.5,
    shoal_jobs_processed_per_hour: 12,
    'shoal_queue_depth{queue="alert_jobs"}': 4,
    'shoal_queue_visible{queue="alert_jobs"}': 3,
    'shoal_queue_oldest_seconds{queue="alert_jobs"}': 2.5,
    'shoal_queue_dead_letters{queue="alert_jobs"}': 5,
    shoal_schedule_overdue_seconds: 0.5,
    shoal_inngest_outbox: 6,
  };

  it("sets the gauges from the latest figures, and keeps them while there are none", async () => {
    const metrics = createMetrics();
    let latest: typeof figures | undefined;
    const stop = observeQueueFigures(metrics, () => latest);
    expect(await nonZero(metrics)).toEqual({});
    latest = figures;
    expect(await nonZero(metrics)).toEqual(expected);
    latest = undefined;
    expect(await nonZero(metrics)).toEqual(expected);
    stop();
    latest = { ...figures, inngestOutbox: 0 };
    expect(await nonZero(metrics)).toEqual(expected);
  });

  it("shows 0 for what is empty, and nothing of pgmq where there is none", async () => {
    const metrics = createMetrics();
    const [depth] = figures.depths;
    const empty = { queue: "alert_jobs", length: 0, visible: 0, oldestMs: null, dlqLength: 0 };
    const counts = { pending: 0, running: 0, completed: 0, dead: 0, oldestPendingMs: null, processedLastHour: 0 };
    const rest = { counts, scheduleOverdueMs: 0, inngestOutbox: 0 };
    const looks = [
      { ...rest, depths: depth ? [depth] : [] },
      { ...rest, depths: [empty] },
      { ...rest, depths: null },
    ];
    let look = 0;
    observeQueueFigures(metrics, () => looks[look]);
    expect(Object.keys(await nonZero(metrics))).toHaveLength(4);
    for (look of [1, 2]) expect(await nonZero(metrics)).toEqual({});
  });
});
