/**
 * A replica's workers and consumers as a process of its own, to be killed, frozen and told to end. Argument: its orders as
 * JSON. Writes what it reports, line by line, to `reportFile`; on SIGTERM it drains, says what it handed back, and exits.
 */
import { appendFileSync } from "node:fs";
import { type Clock, createSystemRuntime, fullJitter, type Runtime, sleep } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import {
  createJobWorker,
  createQueueConsumers,
  giveUp,
  type JobContext,
  type JobHandler,
  type Json,
  type QueueHandler,
} from "../../src/index.ts";
import type { Reported } from "./history.ts";
import { EFFECT_SQL, QUEUE } from "./record.ts";

/** What a worker process is to do. */
export interface Orders {
  /** As a role of its own, which the record shows. */
  readonly url: string;
  readonly workerId: string;
  readonly reportFile: string;
  readonly leaseMs: number;
  readonly concurrency: number;
  /** Its wall clock is wrong by so much. */
  readonly skewMs: number;
  /** How long a drain waits for jobs under way, in ms. */
  readonly graceMs: number;
  /** Messages become visible again after so long without a word from their consumer, whole seconds. */
  readonly visibilitySeconds: number;
  readonly maxReads: number;
}

/** One line of the report file. */
export type ReportLine =
  | { readonly what: Reported; readonly jobId: string }
  | {
      readonly what: "drained";
      readonly jobIds: readonly string[];
      /** `<queue>:<message id>`. */
      readonly messageIds: readonly string[];
      readonly tookMs: number;
      readonly timers: number;
    };

/** What a job or message of these tests asks of its handler. */
export interface Task {
  /** How long it takes, in ms. */
  readonly workMs: number;
  /** So many attempts fail before one succeeds. */
  readonly failures: number;
  /** To be given up at the first attempt. */
  readonly isPoison: boolean;
}

/** No database operation may hang for longer: half-open connections are among the faults. */
const QUERY_LIMIT_MS = 2000;

const orders: Orders = JSON.parse(process.argv[2] ?? "{}");
const runtime = withSkew(createSystemRuntime(), orders.skewMs);
const { clock } = runtime;
const database = createDatabase<string>({ url: orders.url, runtime, maxConnections: 4, queryLimitMs: QUERY_LIMIT_MS });

function withSkew(base: Runtime, skewMs: number): Runtime {
  const wrong: Clock = {
    now: () => base.clock.now() + skewMs,
    // Its origin may be anywhere.
    monotonicMs: () => base.clock.monotonicMs() + Math.abs(skewMs),
    after: (delayMs, fire) => base.clock.after(delayMs, fire),
    get pendingTimers() {
      return base.clock.pendingTimers;
    },
  };
  return { ...base, clock: wrong };
}

function report(line: ReportLine): void {
  appendFileSync(orders.reportFile, `${JSON.stringify(line)}\n`);
}

interface Tried {
  readonly kind: "job" | "message";
  readonly subject: string;
  readonly epoch: number;
  readonly attempt: number;
}

/** Half of the work before the effect, half after it: a fault may cut either. */
async function carryOut(task: Task, tried: Tried, context: JobContext): Promise<void> {
  await sleep(clock, task.workMs / 2, context.signal);
  await database.query(EFFECT_SQL, [tried.kind, tried.subject, tried.epoch, context.idempotencyKey]);
  if (task.isPoison) throw giveUp("this one is meant to be given up");
  if (tried.attempt <= task.failures) throw new Error("this attempt is meant to fail");
  await sleep(clock, task.workMs / 2, context.signal);
}

const job: JobHandler = {
  run: ({ id, epoch, attempt, payload }, context) =>
    carryOut(taskOf(payload), { kind: "job", subject: id, epoch, attempt }, context),
  backoff: fullJitter(20, 200),
};

/** Does its work at once, and then never looks at its signal. */
const stubborn: JobHandler = {
  async run({ id, epoch, payload }, { idempotencyKey }) {
    await database.query(EFFECT_SQL, ["job", id, epoch, idempotencyKey]);
    await sleep(clock, taskOf(payload).workMs);
  },
};

const message: QueueHandler = {
  run: ({ payload, attempt }, context) => {
    const { n } = payload as { readonly n: number };
    return carryOut(taskOf(payload), { kind: "message", subject: String(n), epoch: attempt, attempt }, context);
  },
};

function taskOf(payload: Json): Task {
  return payload as unknown as Task;
}

const worker = createJobWorker({
  database,
  runtime,
  workerId: orders.workerId,
  handlers: { "chaos.work": job, "chaos.stubborn": stubborn },
  concurrency: orders.concurrency,
  batchSize: orders.concurrency,
  leaseMs: orders.leaseMs,
});
const consumers = createQueueConsumers({
  database,
  runtime,
  handlers: { [QUEUE]: message },
  concurrency: orders.concurrency,
  batchSize: orders.concurrency,
  visibilitySeconds: orders.visibilitySeconds,
  maxReads: orders.maxReads,
});

worker.events.on("job:completed", ({ jobId }) => report({ what: "completed", jobId }));
worker.events.on("job:failed", ({ jobId }) => report({ what: "failed", jobId }));
worker.events.on("job:dead", ({ jobId }) => report({ what: "dead", jobId }));
worker.events.on("job:released", ({ jobId }) => report({ what: "released", jobId }));

process.once("SIGTERM", async () => {
  const startedMs = clock.monotonicMs();
  const [jobs, messages] = await Promise.all([worker.drain(orders.graceMs), consumers.drain(orders.graceMs)]);
  await database.close();
  report({
    what: "drained",
    jobIds: jobs.jobIds,
    messageIds: messages.jobIds,
    tookMs: clock.monotonicMs() - startedMs,
    timers: clock.pendingTimers,
  });
  process.exit(0);
});

worker.start();
consumers.start();
