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

/** The answer of `enqueue`. `isNew` is false where a job of that unique key existed: then it is the id of that one. */
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
  /** The worker that holds it or wrote its last outcome; null after it was taken from a worker. */
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
  /** Grows with each claim: a write that carries an older epoch is refused. */
  readonly epoch: number;
}

export interface JobContext {
  /** Aborts at the time limit, when the lease is lost, and shortly before a drain ends. */
  readonly signal: AbortSignal;
  readonly executor: Executor;
  /** The same for every attempt of one job: makes effects outside the database idempotent. */
  readonly idempotencyKey: string;
  readonly log: Log;
  /** Adds a follow-up job, outside of any transaction of the handler's own. */
  enqueue(job: NewJob): Promise<Enqueued>;
}

/**
 * Does the jobs of one type. At least once: a handler may run again after it was aborted, so its effects must be idempotent
 * (`idempotencyKey`). A rejection is a failed attempt; `giveUp(...)` makes it the last.
 */
export interface JobHandler {
  run(job: ClaimedJob, context: JobContext): Promise<unknown>;
  /** Checks a payload before this process enqueues it and before it is run; resolves to a complaint for people, or null. */
  check?(payload: Json): string | null;
  /** Time limit of one attempt, in ms. Default 5 minutes. */
  readonly timeLimitMs?: number;
  /** Pause between attempts. Default: exponential from 15 s to 15 min, give or take 30 %. */
  readonly backoff?: Backoff;
  /** Default 5. @source SPEC E */
  readonly maxAttempts?: number;
}

/** By type. */
export type JobHandlers = Readonly<Record<string, JobHandler>>;

/** What became of the work of one pass. */
export interface PassReport {
  readonly claimed: number;
  readonly completed: number;
  /** To be tried again. */
  readonly failed: number;
  readonly dead: number;
  /** Claimed by others meanwhile. */
  readonly lost: number;
}

/** What a drain gave back. */
export interface HandedBack {
  /** Ids of jobs that were given back unfinished; others may run them at once. */
  readonly jobIds: readonly string[];
}

/** One claim of a job. */
export interface JobClaim {
  readonly jobId: string;
  readonly type: string;
  /** Of this claim: with the id it names the claim for all time. */
  readonly epoch: number;
  readonly workerId: string;
}

/** What the parts of the queue report. Ids, codes and counts; never payloads. */
export interface JobEvents {
  /** A batch was claimed. `waitMs`: how long each of `jobs` had been due. */
  "jobs:claimed": {
    readonly count: number;
    readonly waitMs: readonly number[];
    readonly workerId: string;
    readonly jobs: readonly Pick<JobClaim, "jobId" | "type" | "epoch">[];
  };
  /** Emitted once the outcome is in the database, as the next three are. */
  "job:completed": JobClaim & {
    readonly attempt: number;
    readonly durationMs: number;
    readonly executor: Executor;
  };
  "job:failed": JobClaim & {
    readonly attempt: number;
    readonly durationMs: number;
    readonly code: string;
    readonly retryInMs: number;
    readonly executor: Executor;
  };
  "job:dead": JobClaim & {
    readonly attempt: number;
    readonly durationMs: number;
    readonly code: string;
    readonly executor: Executor;
  };
  /** Given back unfinished; the attempt is not counted. */
  "job:released": JobClaim;
  /** Its lease was lost before its outcome was written. What the handler does after that is not reported. */
  "job:lost": JobClaim;
  /** Jobs of dead workers are pending again, or dead after their last attempt. `workerId`: the worker that held it. */
  "jobs:rescued": { readonly count: number; readonly jobs: readonly RescuedJob[] };
  /** A statement of the worker failed; it is sent again after a pause. */
  "worker:failed": { readonly code: string };
  /** One statement of the worker was answered. */
  "worker:round": { readonly durationMs: number; readonly written: number; readonly claimed: number };
}

export interface RescuedJob extends JobClaim {
  readonly attempt: number;
  /** That was its last attempt. */
  readonly isDead: boolean;
}

/** The answer of `JobAdmin.counts`. */
export interface JobCounts {
  readonly pending: number;
  readonly running: number;
  readonly completed: number;
  readonly dead: number;
  /** How long the oldest due job has waited, in ms; null when none is due. */
  readonly oldestPendingMs: number | null;
  /** Completed within the last hour. */
  readonly processedLastHour: number;
}

/** How one attempt ended. `aborted`: it was stopped from outside, and its work is given back. */
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
  /** Another reader has it, or it is gone. What its handler does after that is not reported. */
  "message:lost": { readonly queue: string; readonly messageId: string; readonly readCount: number };
  /** Given back unfinished; the read counts all the same. */
  "message:released": { readonly queue: string; readonly messageId: string; readonly readCount: number };
  /** A statement about a queue failed, or the queue does not exist. It is tried again. */
  "queue:failed": { readonly queue: string; readonly code: string };
}

export interface ScheduleEvents {
  /** One tick was enqueued by this replica. `lateMs`: after its time, jitter included. */
  "schedule:fired": { readonly name: string; readonly tickAt: string; readonly lateMs: number };
  /** Ticks passed while no scheduler ran, and the schedule's policy does not make up for them. */
  "schedule:missed": { readonly name: string; readonly count: number };
  "schedule:failed": { readonly code: string };
}

export interface InngestEvents {
  "inngest:sent": { readonly count: number };
  "inngest:failed": { readonly code: string; readonly retryInMs: number };
  /** A call was answered: it ran the job, or the job needed nothing because workers were faster. */
  "inngest:invoked": { readonly jobId: string; readonly outcome: "ran" | "not_needed" | "failed" | "shadowed" };
}

/** Does the messages of one pgmq queue, at least once, by the rules of `JobHandler`. */
export interface QueueHandler {
  run(message: QueueMessage, context: JobContext): Promise<unknown>;
  check?(payload: Json): string | null;
  /** Time limit of one attempt, in ms. Default 30 s. */
  readonly timeLimitMs?: number;
  /** Pause between reads, of which there are five. Default: exponential from 15 s to 15 min, give or take 30 %. */
  readonly backoff?: Backoff;
}

export interface QueueMessage {
  readonly queue: string;
  readonly id: string;
  readonly payload: Json;
  /** 1 for the first try: pgmq's `read_ct`. */
  readonly attempt: number;
  /** A message that fails at this attempt is dead: `maxReads` of the consumers. */
  readonly maxAttempts: number;
  readonly enqueuedAt: string;
}

/** Adds jobs: the pool of a database, or a transaction, with which the job commits or vanishes. */
export type EnqueueSql = Pick<Sql, "query">;

export type Events<Named> = EventSource<Named>;
