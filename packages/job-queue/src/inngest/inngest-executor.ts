import {
  createEmitter,
  type Emitter,
  type EventSource,
  type ReportLoop,
  type Runtime,
  unreported,
  withTimeout,
} from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import type { ClaimedJob, HandedBack, InngestEvents, JobEvents, JobHandlers, JobOutcome } from "../types.ts";
import { WorkEngine } from "../work/work-engine.ts";
import { CallInbox } from "./call-inbox.ts";
import { CallSource } from "./call-source.ts";
import { type ExecutorSettings, executorMode } from "./mode.ts";
import type { CallResult, InngestPort } from "./port.ts";
import { createSender } from "./sender.ts";
import { ShadowSource } from "./shadow-source.ts";
import { createUpkeep } from "./upkeep.ts";

/** An accepted event whose job is not over after so long beyond its first wait is followed by another; that one waits twice as long. */
const WATCH_MS = 60_000;
/** Inngest's part in the execution of jobs. */
export interface InngestExecutor {
  readonly events: EventSource<InngestEvents>;
  /** Sends events from now on. Idempotent. */
  start(): void;
  /** There may be an event to send, because a job was added. */
  nudge(): void;
  /** An event is due in so many ms. */
  dueIn(delayMs: number): void;
  /** The first lease of a job runs out in so many ms unless it is renewed. */
  heldFor(delayMs: number): void;
  /** Serves `/api/inngest`. Answers 401 to requests that are not signed with one of our keys, 503 from the beginning of a drain. */
  handle(request: Request): Promise<Response>;
  /** Takes outcomes of the workers in a dual run. Ignored in every other mode. */
  noteOutcome(job: ClaimedJob, outcome: JobOutcome): void;
  /** Handlers that run now. */
  readonly running: number;
  /**
   * Takes no more calls, waits for handlers, aborts what still runs shortly before `limitMs` is over, gives back what does not end
   * then, and resolves at `limitMs` at the latest with the ids of what was given back. Leaves no timer and no listener. Idempotent.
   */
  drain(limitMs: number): Promise<HandedBack>;
}

export interface InngestExecutorOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly handlers: JobHandlers;
  /** An id that no other live process uses. */
  readonly workerId: string;
  /** One in which Inngest has a part. */
  readonly mode: ExecutorSettings;
  readonly eventKey: string;
  readonly signingKey: string;
  /** Accepted beside `signingKey` while keys are exchanged. */
  readonly previousSigningKey?: string;
  /** Of a self-hosted Inngest. Default: its cloud. */
  readonly baseUrl?: string;
  /** Names this app at Inngest: one for each database. Default `shoal`. */
  readonly appId?: string;
  /** The emitter of the workers, so that a job is seen wherever it ran. By default it has its own. */
  readonly jobEvents?: Emitter<JobEvents>;
  /** In ms. Default 60,000. @source the configuration, INNGEST_FALLBACK_AFTER_MS */
  readonly fallbackAfterMs?: number;
  /** In ms. Default 10,000. */
  readonly leaseMs?: number;
  /** Hears how renewals end, as `inngest-leases`, and the loop that keeps the outbox, as `inngest`. */
  readonly reportLoop?: ReportLoop;
  /** Whether somebody looks into the database every few seconds and calls `dueIn` and `heldFor`. Default: nobody does. */
  readonly isWatched?: () => boolean;
  /** Handlers at once; further calls wait. Default 25. */
  readonly concurrency?: number;
}

/**
 * Makes the executor of a mode in which Inngest has a part. The SDK is loaded when it is first needed.
 *
 * @throws JOB_INVALID (details.field `mode`) the mode contradicts itself, or Inngest has no part in it
 */
export function createInngestExecutor(options: InngestExecutorOptions): InngestExecutor {
  const { database, runtime, reportLoop = unreported, isWatched = () => false } = options;
  const calls = callsOf(options.mode);
  const dueForMs = calls === "stand_in" ? (options.fallbackAfterMs ?? 60_000) : 0;
  const events = createEmitter<InngestEvents>();
  const jobEvents = options.jobEvents ?? createEmitter<JobEvents>();
  const inbox = new CallInbox(() => engine.nudge());
  const engine = createEngine({ ...options, calls, dueForMs, jobEvents, inbox });
  engine.start();

  const onCall = async (jobId: string): Promise<CallResult> => {
    const result = await inbox.receive(jobId);
    events.emit("inngest:invoked", { jobId, outcome: result.outcome });
    // It may be due again at once.
    if (result.outcome === "failed") sender.nudge();
    return result;
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
    watchMs: dueForMs + WATCH_MS,
    callAfterMs: calls === "stand_in" ? dueForMs : null,
    // Where workers come first, an event may go out some seconds after its job.
    isAnnounced: () => isWatched() && (calls !== "run" || upkeep.isListening),
  });
  const upkeep = createUpkeep({
    ...{ database, runtime, calls, jobEvents, onEventsDue: sender.nudge, isWatched },
    report: reportLoop("inngest"),
  });

  const drain = async (limitMs: number): Promise<HandedBack> => {
    const endMs = runtime.clock.monotonicMs() + limitMs;
    inbox.close(drainedAway());
    const stopped = sender.stop();
    const given = await engine.drain(limitMs);
    inbox.rejectAll(drainedAway());
    const leftMs = Math.max(0, endMs - runtime.clock.monotonicMs());
    await withTimeout(runtime.clock, leftMs, Promise.allSettled([stopped, upkeep.stop()]));
    // A shadow has no job to give back.
    return { jobIds: calls === "shadow" ? [] : given.map(({ id }) => id) };
  };
  let drained: Promise<HandedBack> | undefined;

  return {
    events,
    start() {
      sender.start();
      upkeep.start();
    },
    nudge: sender.nudge,
    dueIn: sender.dueIn,
    heldFor: upkeep.heldFor,
    async handle(request) {
      if (drained) return new Response(null, { status: 503, headers: { "retry-after": "5" } });
      return (await port()).handle(request);
    },
    noteOutcome(job, outcome) {
      if (calls === "shadow") upkeep.noteOutcome(job, outcome);
    },
    get running() {
      return engine.running;
    },
    drain(limitMs) {
      drained ??= drain(limitMs);
      return drained;
    },
  };
}

interface Engine extends Pick<WorkEngine<ClaimedJob>, "running" | "start" | "nudge" | "drain"> {}

function createEngine(
  options: InngestExecutorOptions & {
    readonly calls: "run" | "stand_in" | "shadow";
    readonly dueForMs: number;
    readonly jobEvents: Emitter<JobEvents>;
    readonly inbox: CallInbox;
  },
): Engine {
  const { runtime, concurrency = 25, leaseMs = 10_000, jobEvents: events, reportLoop = unreported } = options;
  const limits = { runtime, concurrency, batchSize: concurrency };
  if (options.calls === "shadow") return new WorkEngine({ ...limits, source: new ShadowSource(options) });
  // A claim or write that fails is the failure of its call, which Inngest makes again.
  const calls = unreported("calls");
  const reports = { claims: calls, writesOf: () => calls, leases: reportLoop("inngest-leases") };
  return new WorkEngine({ ...limits, source: new CallSource({ ...options, leaseMs, events, reports }) });
}

function callsOf(settings: ExecutorSettings): "run" | "stand_in" | "shadow" {
  const mode = executorMode(settings);
  const problem = "problem" in mode ? mode.problem : "Inngest has no part in it";
  if ("problem" in mode || mode.calls === null) {
    throw new JobQueueError("JOB_INVALID", `Inngest has no work in this executor mode: ${problem}.`, {
      details: { field: "mode" },
    });
  }
  return mode.calls;
}

function drainedAway(): JobQueueError {
  return new JobQueueError("JOB_DRAINED", "This process ends; Inngest calls another one.", { retryable: true });
}
