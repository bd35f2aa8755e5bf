import {
  createEmitter,
  createLoop,
  type Emitter,
  type EventSource,
  errorFields,
  fullJitter,
  invariant,
  isFleetError,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  unreported,
  withTimeout,
} from "@shoal/kernel";
import type { Database, Listener } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import type { ClaimedJob, HandedBack, JobEvents, JobHandlers, JobOutcome, NewJob, PassReport } from "../types.ts";
import { handlerOf } from "./check-job.ts";
import { enqueue } from "./enqueue.ts";
import { createHoldings, type HeldJob } from "./holdings.ts";
import { type Claim, rescue, takeTurn } from "./job-sql.ts";
import { startJob } from "./run-job.ts";
import { tellSettled } from "./tell-settled.ts";
import { createTimeLimits } from "./time-limits.ts";
import { createTurns } from "./turns.ts";

export interface JobWorkerOptions {
  /** With the jobs migration applied. Nudges need a direct or session-mode connection; otherwise it asks each second. */
  readonly database: Database;
  readonly runtime: Runtime;
  /** An id that no other live process uses. */
  readonly workerId: string;
  /** By type. A job of another type fails as JOB_TYPE_UNKNOWN, to be tried again. */
  readonly handlers: JobHandlers;
  /** To share one with other parts; by default it has its own. */
  readonly events?: Emitter<JobEvents>;
  /** Handlers that run at a time, 1 or more. Default 25. */
  readonly concurrency?: number;
  /** Jobs of one claim, 1 or more. Default 25. With twice as much concurrency, one batch runs while the next is fetched. @source SPEC E */
  readonly batchSize?: number;
  /** Hears what an attempt came to once the database has it in writing, with what the handler returned: for a dual run. */
  readonly onOutcome?: (job: ClaimedJob, outcome: JobOutcome) => void;
  /** In ms, 300 or more. Default 10,000, so that jobs of a dead worker are back within 15 s. Renewed at a third of it. */
  readonly leaseMs?: number;
  /**
   * Hears how its statements end: `jobs` settles and claims, `jobs-rescue` takes back what dead workers left (it writes every 2 s,
   * also where there is no job), `jobs-leases` renews.
   */
  readonly reportLoop?: ReportLoop;
}

/** Claims jobs, runs their handlers and settles them, as a loop or as one pass. */
export interface JobWorker {
  readonly events: EventSource<JobEvents>;
  /** Handlers that run now. */
  readonly running: number;
  /** Works from now on, by nudge and by poll. Idempotent; after `drain` it does nothing. */
  start(): void;
  /** There may be work: look now. */
  nudge(): void;
  /**
   * Takes up to `batchSize` (default: the worker's) jobs that are due, and resolves when all have been settled or lost. Also
   * without or beside `start`. Errors as `Sql.query`, before the first job was claimed.
   */
  runPass(options?: { readonly batchSize?: number }): Promise<PassReport>;
  /**
   * Takes no more, waits for what runs, aborts what still runs shortly before `limitMs` is over, gives back what does not end
   * then, and resolves at `limitMs` at the latest. Names what was given back. Leaves no timer and no listener. Idempotent.
   */
  drain(limitMs: number): Promise<HandedBack>;
}

/** What dead workers left is looked for so often. */
const SWEEP_MS = 2 * SECOND_MS;
const sweepBackoff = fullJitter(200, 2 * SECOND_MS);
const CHANNEL = "shoal_jobs";

/** Of a drain: what is kept for aborting, giving back and telling the database. */
const HAND_BACK_SHARE = 0.25;
const HAND_BACK_MAX_MS = 2 * SECOND_MS;

/**
 * A worker at rest. It never dies: while the database is away it keeps what is done, and settles it when the database is back
 * (`worker:failed` each time it was not). Any number of workers may share one database; a job has one holder in each epoch.
 */
export function createJobWorker(options: JobWorkerOptions): JobWorker {
  const { database, runtime, workerId, handlers, concurrency = 25, batchSize = 25, leaseMs = 10 * SECOND_MS } = options;
  const { reportLoop = unreported } = options;
  invariant(concurrency >= 1 && batchSize >= 1 && leaseMs >= 300, "a worker has room, and time to renew");
  const { clock } = runtime;
  const log = runtime.log.child({ part: "jobs", worker_id: workerId });
  const events = options.events ?? createEmitter<JobEvents>();
  const attemptOptions = {
    runtime,
    leg: "supabase" as const,
    enqueue: (job: NewJob) => enqueue(database, job, handlers),
    timeLimits: createTimeLimits(clock),
  };
  const ends = new Map<HeldJob, (kind: keyof PassReport) => void>();
  const handedBack: string[] = [];
  let running = 0;
  let reserved = 0;
  let change = Promise.withResolvers<void>();
  let listener: Listener | undefined;
  let canListen = true;
  let draining: Promise<HandedBack> | undefined;
  let isOver = false;

  const onFailed = (error: unknown) => {
    const fields = errorFields(error);
    log.debug(fields, "the database did not answer the worker; it will be asked again");
    events.emit("worker:failed", { code: fields.error_code });
  };

  const changed = () => {
    change.resolve();
    change = Promise.withResolvers<void>();
  };

  const over = (job: HeldJob, kind: keyof PassReport) => {
    ends.get(job)?.(kind);
    ends.delete(job);
  };

  const holdings = createHoldings({
    sql: database,
    runtime,
    workerId,
    leaseMs,
    report: reportLoop("jobs-leases"),
    onFailed,
    onLost(job) {
      if (!job.outcome) {
        running -= 1;
        changed();
      }
      job.abort(leaseLost(job.claim.id));
      over(job, "lost");
      tellSettled(events, workerId, job, true);
      turns.nudge();
    },
  });

  const turns = createTurns({
    sql: database,
    runtime,
    workerId,
    leaseMs,
    batchSize,
    report: reportLoop("jobs"),
    getRoom: () => concurrency - running - reserved,
    onTurn: (turn) => events.emit("worker:round", turn),
    onFailed,
    onClaimed: (claims, sentAtMs) => void take(claims, sentAtMs),
    onSettled(job, isLost) {
      holdings.remove(job);
      const kind = tellSettled(events, workerId, job, isLost);
      if (!isLost && job.outcome) options.onOutcome?.(job.claim, job.outcome);
      if (kind === "released") handedBack.push(job.claim.id);
      over(job, kind === "released" ? "lost" : kind);
    },
  });

  const take = (claims: readonly Claim[], sentAtMs: number): HeldJob[] => {
    events.emit("jobs:claimed", {
      count: claims.length,
      waitMs: claims.map(({ waitMs }) => waitMs),
      workerId,
      jobs: claims.map(({ id: jobId, type, epoch }) => ({ jobId, type, epoch })),
    });
    return claims.map((claim) => begin(claim, sentAtMs + leaseMs));
  };

  const begin = (claim: Claim, validUntilMs: number): HeldJob => {
    const job = holdings.add(claim, validUntilMs);
    const startedMs = clock.monotonicMs();
    if (draining || validUntilMs <= startedMs) {
      // Claimed too late to be run here: back to its place.
      job.outcome = { kind: "aborted", durationMs: 0 };
      turns.finish(job);
      return job;
    }
    running += 1;
    const attempt = startJob(claim, handlerOf(handlers, claim.type), attemptOptions, startedMs);
    job.abort = (reason) => attempt.abort(reason);
    void attempt.outcome.then((outcome) => {
      // Lost or given back meanwhile: what the handler says now is nobody's business.
      if (job.outcome || !job.isPresent) return;
      job.outcome = outcome;
      running -= 1;
      changed();
      turns.finish(job);
    });
    return job;
  };

  const sweepOnce = async () => {
    const jobs = await rescue(database);
    if (jobs.length > 0) events.emit("jobs:rescued", { count: jobs.length, jobs });
  };

  const listen = async () => {
    if (listener || !canListen) return;
    try {
      const opened = await database.listen(
        CHANNEL,
        () => turns.nudge(),
        () => turns.nudge(),
      );
      if (draining) await opened.close();
      else listener = opened;
    } catch (thrown) {
      if (!isFleetError(thrown, "STORE_LISTEN_UNSUPPORTED")) throw thrown;
      canListen = false;
      log.info({}, "new jobs are looked for each second: this connection cannot listen");
    }
  };

  const sweep = createLoop({
    runtime,
    async work() {
      await sweepOnce();
      await listen();
      return SWEEP_MS;
    },
    report: reportLoop("jobs-rescue"),
    onError: onFailed,
    backoff: sweepBackoff,
    nudgeMs: 0,
  });

  const runPass = async (size: number): Promise<PassReport> => {
    const report = { claimed: 0, completed: 0, failed: 0, dead: 0, lost: 0 };
    const done: Promise<void>[] = [];
    await sweepOnce();
    while (report.claimed < size && !draining) {
      const limit = Math.min(size - report.claimed, concurrency - running - reserved - turns.claiming);
      if (limit <= 0) {
        await change.promise;
        continue;
      }
      reserved += limit;
      const sentAtMs = clock.monotonicMs();
      const { claimed } = await takeTurn(database, { workerId, leaseMs, limit }, {}).finally(() => {
        reserved -= limit;
      });
      report.claimed += claimed.length;
      if (isOver) report.lost += claimed.length;
      else if (claimed.length > 0) done.push(...take(claimed, sentAtMs).map((job) => endOf(job, report)));
      if (claimed.length < limit) break;
    }
    await Promise.all(done);
    return report;
  };

  const endOf = (job: HeldJob, report: { -readonly [Kind in keyof PassReport]: number }): Promise<void> =>
    new Promise((resolve) => {
      ends.set(job, (kind) => {
        if (kind !== "claimed") report[kind] += 1;
        resolve();
      });
    });

  const drain = async (limitMs: number): Promise<HandedBack> => {
    const endMs = clock.monotonicMs() + limitMs;
    const leftMs = () => Math.max(0, endMs - clock.monotonicMs());
    turns.stopClaiming();
    const stopped = Promise.allSettled([sweep.stop(), listener?.close()]);
    const reserveMs = Math.min(limitMs * HAND_BACK_SHARE, HAND_BACK_MAX_MS);
    if (running > 0) await withTimeout(clock, leftMs() - reserveMs, idle());
    if (running > 0) {
      for (const job of holdings.all()) if (!job.outcome) job.abort(drainedAway(job.claim.id));
      await withTimeout(clock, Math.min(leftMs(), reserveMs / 2), idle());
    }
    for (const job of holdings.all()) {
      if (job.outcome) continue;
      job.outcome = { kind: "aborted", durationMs: 0 };
      running -= 1;
      turns.finish(job);
    }
    changed();
    await withTimeout(clock, leftMs(), Promise.all([turns.settled(), stopped]));
    isOver = true;
    turns.close();
    holdings.close();
    for (const job of holdings.all()) over(job, "lost");
    return { jobIds: handedBack };
  };

  const idle = async () => {
    while (running > 0) await change.promise;
  };

  return {
    events,
    get running() {
      return running;
    },
    start() {
      if (draining) return;
      turns.open();
      sweep.start();
    },
    nudge: () => turns.nudge(),
    runPass: ({ batchSize: size = batchSize } = {}) => runPass(size),
    drain: (limitMs) => (draining ??= Promise.resolve().then(() => drain(limitMs))),
  };
}

function leaseLost(jobId: string): JobQueueError {
  return new JobQueueError(
    "JOB_LEASE_LOST",
    `Job ${jobId} is not ours any more: its lease is over, or somebody took it.`,
    {
      details: { job_id: jobId },
    },
  );
}

function drainedAway(jobId: string): JobQueueError {
  return new JobQueueError("JOB_DRAINED", `Job ${jobId} is given back: this process ends.`, {
    retryable: true,
    details: { job_id: jobId },
  });
}
