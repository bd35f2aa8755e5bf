import type { Backoff, EventSource, Log } from "@shoal/kernel";
import type { Sql } from "@shoal/store";

/** Anything that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** `pending` waits for its time and a worker, `running` is held under a lease, `completed` and `dead` are over. @source SPEC E */
export type JobStatus = "pending" | "running" | "completed" | "dead";

/** Who executes: the daemon's workers, or Inngest by calling the daemon. */
export type Executor = "supabase" | "inngest";

export interface NewJob {
  /** 1 to 128 characters of `a-z 0-9 _ . : -`. */
  readonly type: string;
  /** At most 1 MB as JSON. Default `{}`. */
  readonly payload?: Json;
  /** From now, in ms, 0 or more. Default 0. Not together with `runAt`. */
  readonly delayMs?: number;
  readonly runAt?: Date;
  /** -100 to 100, higher goes first. Default 0. */
  readonly priority?: number;
  /** 1 to 100. Default: the type's own, else 5. @source SPEC E */
  readonly maxAttempts?: number;
  /** While a job of this key is pending or running, another one is not made. At most 256 characters. */
  readonly uniqueKey?: string;
}

/** What `enqueue` did. `isNew` is false where a job of that unique key was there: its id is given. */
export interface Enqueued {
  readonly id: string;
  readonly isNew: boolean;
}

/** A job as its row shows it. Times are ISO. */
export interface JobView {
  readonly id: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly payload: Json;
  readonly runAt: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly priority: number;
  readonly uniqueKey: string | null;
  /** Code and message of the last failed attempt. */
  readonly lastError: string | null;
  /** Who holds it or settled it last; null when it was taken from its holder. */
  readonly workerId: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One claimed job, as its handler sees it. */
export interface ClaimedJob {
  readonly id: string;
  readonly type: string;
  readonly payload: Json;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Grows with each claim; what a late holder writes with an older one is refused. */
  readonly epoch: number;
}

export interface JobContext {
  /** Aborts at the time limit, when the lease is lost, and when the daemon's patience at its end is over. */
  readonly signal: AbortSignal;
  readonly executor: Executor;
  /** The same for every attempt of one job: what an outside effect is to be made idempotent by. */
  readonly idempotencyKey: string;
  readonly log: Log;
  /** Adds a follow-up job, outside of any transaction of the handler's own. */
  enqueue(job: NewJob): Promise<Enqueued>;
}

/**
 * What is done for one type of job. At least once: a handler may run again after it was cut off, so its effects must be
 * idempotent (`idempotencyKey`). A rejection is a failed attempt; `giveUp(...)` makes it the last.
 */
export interface JobHandler {
  run(job: ClaimedJob, context: JobContext): Promise<unknown>;
  /** Refuses a payload before it is queued by us, and before it is run: words for people, or null. */
  check?(payload: Json): string | null;
  /** Of one attempt, in ms. Default 5 minutes. */
  readonly timeLimitMs?: number;
  /** Between attempts. Default: exponential from 15 s to 15 min, give or take 30 %. */
  readonly backoff?: Backoff;
  /** Default 5. @source SPEC E */
  readonly maxAttempts?: number;
}

/** By type. */
export type JobHandlers = Readonly<Record<string, JobHandler>>;

/** How one pass or the work since start went. */
export interface PassReport {
  readonly claimed: number;
  readonly completed: number;
  /** To be tried again. */
  readonly failed: number;
  readonly dead: number;
  /** Somebody else had them meanwhile. */
  readonly lost: number;
}

/** What a drain did with the jobs under way. */
export interface HandedBack {
  /** Ids of jobs that were given back unfinished, to be run by somebody else at once. */
  readonly jobIds: readonly string[];
}

/** One holding of a job: who had it, and as the how-manieth. */
export interface Holding {
  readonly jobId: string;
  readonly type: string;
  /** As of the claim: with the id it names this holding for all time. */
  readonly epoch: number;
  readonly workerId: string;
}

/** What the parts of the queue report. Ids, codes and counts; never payloads. */
export interface JobEvents {
  /** A batch was claimed. `waitMs`: of each of `jobs`, since it was due. */
  "jobs:claimed": {
    readonly count: number;
    readonly waitMs: readonly number[];
    readonly workerId: string;
    readonly jobs: readonly Pick<Holding, "jobId" | "type" | "epoch">[];
  };
  /** The database has it in writing, as with the next three. */
  "job:completed": Holding & {
    readonly attempt: number;
    readonly durationMs: number;
    readonly executor: Executor;
  };
  "job:failed": Holding & {
    readonly attempt: number;
    readonly durationMs: number;
    readonly code: string;
    readonly retryInMs: number;
    readonly executor: Executor;
  };
  "job:dead": Holding & {
    readonly attempt: number;
    readonly durationMs: number;
    readonly code: string;
    readonly executor: Executor;
  };
  /** Given back unfinished, without counting the attempt. */
  "job:released": Holding;
  /** Its lease was lost while it ran or before its result was in: whatever the handler still does is not ours to report. */
  "job:lost": Holding;
  /** Jobs of dead workers are pending again, or dead after their last attempt. `workerId`: who held it, not who rescued it. */
  "jobs:rescued": { readonly count: number; readonly jobs: readonly RescuedJob[] };
  /** A round of the worker failed: the database is away. The next one comes by backoff. */
  "worker:failed": { readonly code: string };
  /** One statement of the worker: settled and claimed. */
  "worker:round": { readonly durationMs: number; readonly settled: number; readonly claimed: number };
}

export interface RescuedJob extends Holding {
  readonly attempt: number;
  /** That was its last attempt. */
  readonly isDead: boolean;
}

/** How many there are, as `JobAdmin.counts` says. */
export interface JobCounts {
  readonly pending: number;
  readonly running: number;
  readonly completed: number;
  readonly dead: number;
  /** Of those that are due, in ms; null when none is. */
  readonly oldestPendingMs: number | null;
  /** Completed within the last hour. */
  readonly processedLastHour: number;
}

/** How one attempt ended. `aborted`: it was cut off from outside, and there is nothing to report. */
export type JobOutcome =
  | { readonly kind: "completed"; readonly durationMs: number; readonly value: unknown }
  | {
      readonly kind: "failed";
      readonly durationMs: number;
      readonly code: string;
      /** At most 1,000 characters. For people; not for logs. */
      readonly message: string;
      /** Null: no further attempt, it is dead. */
      readonly retryInMs: number | null;
    }
  | { readonly kind: "aborted"; readonly durationMs: number };

/** What the consumers of pgmq queues report. */
export interface QueueEvents {
  "messages:read": { readonly queue: string; readonly count: number };
  "message:archived": {
    readonly queue: string;
    readonly messageId: string;
    readonly readCount: number;
    readonly durationMs: number;
  };
  "message:failed": {
    readonly queue: string;
    readonly messageId: string;
    readonly readCount: number;
    readonly code: string;
    readonly retryInMs: number;
  };
  /** In `<queue>_dlq` now. */
  "message:dead": {
    readonly queue: string;
    readonly messageId: string;
    readonly readCount: number;
    readonly code: string;
  };
  /** Another reader has it, or it is gone: whatever its handler still does is not ours to report. */
  "message:lost": { readonly queue: string; readonly messageId: string; readonly readCount: number };
  /** Given back unfinished; the read counts all the same. */
  "message:released": { readonly queue: string; readonly messageId: string; readonly readCount: number };
  /** A statement about a queue failed, or the queue is not there. It will be tried again. */
  "queue:failed": { readonly queue: string; readonly code: string };
}

export interface ScheduleEvents {
  /** One tick was enqueued by this replica. `lateMs`: after its time, jitter included. */
  "schedule:fired": { readonly name: string; readonly tickAt: string; readonly lateMs: number };
  /** Ticks that came and went while nobody was there, by the schedule's missed-run policy not made up for. */
  "schedule:missed": { readonly name: string; readonly count: number };
  "schedule:failed": { readonly code: string };
}

export interface InngestEvents {
  "inngest:sent": { readonly count: number };
  "inngest:failed": { readonly code: string; readonly retryInMs: number };
  /** What an invocation found: it ran the job, or had nothing to do because the workers were there first. */
  "inngest:invoked": { readonly jobId: string; readonly outcome: "ran" | "not_needed" | "failed" | "shadowed" };
}

/** Consumes one pgmq message. As `JobHandler`, and by the same rules: at least once. */
export interface QueueHandler {
  run(message: QueueMessage, context: JobContext): Promise<unknown>;
  check?(payload: Json): string | null;
  /** Of one attempt, in ms. Default 30 s. */
  readonly timeLimitMs?: number;
  /** Between reads, of which there are five. Default: exponential from 15 s to 15 min, give or take 30 %. */
  readonly backoff?: Backoff;
}

export interface QueueMessage {
  readonly queue: string;
  readonly id: string;
  readonly payload: Json;
  /** 1 for the first try: pgmq's `read_ct`. */
  readonly attempt: number;
  /** The attempt that is the last one, should it fail: `maxReads` of the consumers. */
  readonly maxAttempts: number;
  readonly enqueuedAt: string;
}

/** What adds a job: the pool of a database, or a transaction of the caller's, with which it commits or vanishes. */
export type EnqueueSql = Pick<Sql, "query">;

export type Events<Named> = EventSource<Named>;
