import {
  createEmitter,
  type Emitter,
  type EventSource,
  errorFields,
  type ReportLoop,
  type Runtime,
  unreported,
  withTimeout,
} from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import { createHoldings } from "../jobs/holdings.ts";
import type { ClaimedJob, HandedBack, InngestEvents, JobEvents, JobHandlers, JobOutcome } from "../types.ts";
import { runCalledJob } from "./call-run.ts";
import { type ExecutorSettings, executorMode } from "./mode.ts";
import type { CallResult, InngestPort } from "./port.ts";
import { createSender } from "./sender.ts";
import { runShadow } from "./shadow-run.ts";
import { createSlots } from "./slots.ts";
import { createUpkeep } from "./upkeep.ts";

/** Beyond the first wait of an event for its job to be over. Twice as long for each event that follows. */
const WATCH_MS = 60_000;
/** Of a drain: what is kept for cutting off and giving back. @source jobs/job-worker.ts */
const HAND_BACK_SHARE = 0.25;
const HAND_BACK_MAX_MS = 2_000;

/** Inngest's part in the execution of jobs. */
export interface InngestLeg {
  readonly events: EventSource<InngestEvents>;
  /** Sends events from now on. Idempotent. */
  start(): void;
  /** There may be an event to send: a job was added. */
  nudge(): void;
  /** Serves `/api/inngest`. 401 for what is not signed with one of our keys, 503 from the beginning of a drain. */
  handle(request: Request): Promise<Response>;
  /** For the workers of a dual run: what an attempt came to. Ignored in every other mode. */
  noteOutcome(job: ClaimedJob, outcome: JobOutcome): void;
  /** Calls that are at work. */
  readonly running: number;
  /**
   * Takes no more calls and lets those at work end; shortly before `limitMs` is over it cuts off what is still at work and
   * gives its jobs back. Names those. Leaves no timer and no listener. Idempotent.
   */
  drain(limitMs: number): Promise<HandedBack>;
}

export interface InngestLegOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly handlers: JobHandlers;
  /** An id that no other live process uses. */
  readonly workerId: string;
  /** One in which Inngest has a part. */
  readonly mode: ExecutorSettings;
  readonly eventKey: string;
  readonly signingKey: string;
  /** Accepted beside it, while one takes the place of the other. */
  readonly previousSigningKey?: string;
  /** Of a self-hosted Inngest. Default: its cloud. */
  readonly baseUrl?: string;
  /** Names this app at Inngest: one for each database. Default `shoal`. */
  readonly appId?: string;
  /** Where what becomes of jobs is told, as the workers do. */
  readonly jobEvents?: Emitter<JobEvents>;
  /** In ms. Default 60,000. @source the configuration, INNGEST_FALLBACK_AFTER_MS */
  readonly fallbackAfterMs?: number;
  /** In ms. Default 10,000. */
  readonly leaseMs?: number;
  /** Hears how renewals end, as `inngest-leases`, and the loop that keeps the outbox, as `inngest`. */
  readonly reportLoop?: ReportLoop;
  /** Calls at work at the same time; the others wait. Default 25. */
  readonly concurrency?: number;
}

/**
 * Makes the leg of an executor mode with Inngest. The SDK is loaded when it is first needed.
 *
 * @throws JOB_INVALID (details.field `mode`) the mode contradicts itself, or Inngest has no part in it
 */
export function createInngestLeg(options: InngestLegOptions): InngestLeg {
  const { database, runtime, handlers, workerId, leaseMs = 10_000, reportLoop = unreported } = options;
  const calls = callsOf(options.mode);
  const afterMs = calls === "stand_in" ? (options.fallbackAfterMs ?? 60_000) : 0;
  const events = createEmitter<InngestEvents>();
  const jobEvents = options.jobEvents ?? createEmitter<JobEvents>();
  const holdings = createHoldings({
    sql: database,
    runtime,
    workerId,
    leaseMs,
    onLost: (job) => job.abort(new JobQueueError("JOB_LEASE_LOST", `Job ${job.claim.id} is not ours any more.`)),
    report: reportLoop("inngest-leases"),
    onFailed: (error) => jobEvents.emit("worker:failed", { code: errorFields(error).error_code }),
  });
  const slots = createSlots(options.concurrency ?? 25);
  /** What is at work is cut off, and then nothing is waited for any more. */
  const ending = new AbortController();
  const over = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const handedBack: string[] = [];

  const execute = (jobId: string): Promise<CallResult> =>
    calls === "shadow"
      ? runShadow(jobId, { database, runtime, handlers, signal: ending.signal })
      : runCalledJob(jobId, {
          ...options,
          leaseMs,
          dueForMs: afterMs,
          jobEvents,
          holdings,
          ending: ending.signal,
          over: over.signal,
        });

  const onCall = async (jobId: string): Promise<CallResult> => {
    await slots.acquire();
    const work = execute(jobId).finally(slots.release);
    underWay.add(work);
    try {
      const result = await work;
      events.emit("inngest:invoked", { jobId, outcome: result.outcome });
      if (result.code === "JOB_DRAINED") handedBack.push(jobId);
      // It may be due again at once.
      if (result.outcome === "failed") sender.nudge();
      return result;
    } finally {
      underWay.delete(work);
    }
  };

  let loaded: Promise<InngestPort> | undefined;
  const port = () => {
    loaded ??= import("./adapters/inngest-sdk.ts").then(({ createInngestPort }) =>
      createInngestPort({ ...options, appId: options.appId ?? "shoal", onCall }),
    );
    return loaded;
  };
  const sender = createSender({
    database,
    runtime,
    events,
    calls,
    port: { send: async (batch, signal) => (await port()).send(batch, signal) },
    watchMs: afterMs + WATCH_MS,
    callAfterMs: calls === "stand_in" ? afterMs : null,
  });
  const upkeep = createUpkeep({
    database,
    runtime,
    calls,
    jobEvents,
    onEventsDue: sender.nudge,
    report: reportLoop("inngest"),
  });

  const drain = async (limitMs: number): Promise<HandedBack> => {
    const endMs = runtime.clock.monotonicMs() + limitMs;
    const within = (ms: number, work: Promise<unknown>) => withTimeout(runtime.clock, Math.max(0, ms), work);
    const leftMs = () => endMs - runtime.clock.monotonicMs();
    slots.close(drainedAway());
    const stopped = sender.stop();
    await within(leftMs() - Math.min(limitMs * HAND_BACK_SHARE, HAND_BACK_MAX_MS), Promise.allSettled(underWay));
    ending.abort(drainedAway());
    for (const job of holdings.all()) if (!job.outcome) job.abort(ending.signal.reason);
    await within(leftMs(), Promise.allSettled([...underWay, stopped, upkeep.stop()]));
    over.abort(drainedAway());
    holdings.close();
    return { jobIds: [...handedBack] };
  };
  let drained: Promise<HandedBack> | undefined;

  return {
    events,
    start() {
      sender.start();
      upkeep.start();
    },
    nudge: sender.nudge,
    async handle(request) {
      if (drained) return new Response(null, { status: 503, headers: { "retry-after": "5" } });
      return (await port()).handle(request);
    },
    noteOutcome(job, outcome) {
      if (calls === "shadow") upkeep.noteOutcome(job, outcome);
    },
    get running() {
      return underWay.size;
    },
    drain(limitMs) {
      drained ??= drain(limitMs);
      return drained;
    },
  };
}

function callsOf(settings: ExecutorSettings): "run" | "stand_in" | "shadow" {
  const mode = executorMode(settings);
  const problem = "problem" in mode ? mode.problem : "Inngest has no part in it";
  if ("problem" in mode || mode.calls === null) {
    throw new JobQueueError("JOB_INVALID", `This executor mode has no Inngest leg: ${problem}.`, {
      details: { field: "mode" },
    });
  }
  return mode.calls;
}

function drainedAway(): JobQueueError {
  return new JobQueueError("JOB_DRAINED", "This process ends; another one is to be called.", { retryable: true });
}
