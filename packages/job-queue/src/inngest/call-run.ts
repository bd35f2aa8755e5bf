import { type Emitter, isFleetError, type Runtime, sleep } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { handlerOf } from "../jobs/check-job.ts";
import { enqueue } from "../jobs/enqueue.ts";
import { type Claim, claimOne, type Settlement, settle } from "../jobs/job-sql.ts";
import { runJob } from "../jobs/run-job.ts";
import type { JobEvents, JobHandlers, JobOutcome } from "../types.ts";
import type { HeldJobs } from "./held-jobs.ts";
import { followJobs } from "./outbox.ts";
import type { CallResult } from "./port.ts";

const SETTLE_AGAIN_MS = 250;

export interface CallOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly handlers: JobHandlers;
  readonly workerId: string;
  readonly leaseMs: number;
  /** Only jobs that have been due for so long, in ms. */
  readonly dueForMs: number;
  readonly jobEvents: Emitter<JobEvents>;
  readonly held: HeldJobs;
}

/**
 * What a call is for: claims the job as a worker does, runs it and settles it. The row decides, so a call that comes twice,
 * late, or after the workers has nothing to do. A rejection means that the database was away: the call may come again.
 */
export async function runCalledJob(jobId: string, options: CallOptions): Promise<CallResult> {
  const { database, runtime, workerId, leaseMs, dueForMs, held } = options;
  const claimedAtMs = runtime.clock.monotonicMs();
  const claim = await claimOne(database, { id: jobId, workerId, leaseMs, dueForMs });
  if (!claim) {
    await followJobs(database, [jobId], false);
    return { outcome: "not_needed" };
  }
  const { signal, release } = held.hold(claim, claimedAtMs);
  try {
    tellClaimed(claim, options);
    const handler = handlerOf(options.handlers, claim.type);
    const add: typeof enqueue = (sql, job) => enqueue(sql, job, options.handlers);
    const outcome = await runJob(claim, handler, {
      runtime,
      leg: "inngest",
      signal,
      enqueue: (job) => add(database, job),
    });
    const isOurs = !isLost(signal) && (await settleSurely(settlementOf(claim, outcome), signal, options));
    if (isOurs) await followJobs(database, [jobId], true);
    return tellOutcome(claim, outcome, isOurs, options);
  } finally {
    release();
  }
}

const isLost = (signal: AbortSignal) => isFleetError(signal.reason, "JOB_WORKER_LOST");

function settlementOf({ id, epoch }: Claim, outcome: JobOutcome): Settlement {
  if (outcome.kind === "completed") return { completed: [{ id, epoch }] };
  if (outcome.kind === "aborted") return { released: [{ id, epoch }] };
  const { code, message, retryInMs, durationMs } = outcome;
  return { failed: [{ id, epoch, code, message, retryInMs, durationMs, leg: "inngest" }] };
}

/** Again and again while the job is ours: what was done is not to be done once more because the database was away. */
async function settleSurely(
  settlement: Settlement,
  signal: AbortSignal,
  { database, runtime, workerId }: CallOptions,
): Promise<boolean> {
  for (;;) {
    try {
      return (await settle(database, workerId, settlement)).length === 1;
    } catch (thrown) {
      if (!isFleetError(thrown) || !thrown.retryable || signal.aborted) throw thrown;
      await sleep(runtime.clock, SETTLE_AGAIN_MS);
    }
  }
}

function tellClaimed({ id, type, epoch, waitMs }: Claim, { jobEvents, workerId }: CallOptions): void {
  jobEvents.emit("jobs:claimed", { count: 1, waitMs: [waitMs], workerId, jobs: [{ jobId: id, type, epoch }] });
}

function tellOutcome(claim: Claim, outcome: JobOutcome, isOurs: boolean, options: CallOptions): CallResult {
  const { jobEvents, workerId } = options;
  const holding = { jobId: claim.id, type: claim.type, workerId, epoch: claim.epoch };
  if (!isOurs) {
    jobEvents.emit("job:lost", holding);
    return { outcome: "failed", code: "JOB_WORKER_LOST" };
  }
  if (outcome.kind === "aborted") {
    jobEvents.emit("job:released", holding);
    return { outcome: "failed", code: "handed_back" };
  }
  const ended = { ...holding, attempt: claim.attempt, durationMs: outcome.durationMs, leg: "inngest" as const };
  if (outcome.kind === "completed") {
    jobEvents.emit("job:completed", ended);
    return { outcome: "ran" };
  }
  const { code, retryInMs } = outcome;
  if (retryInMs === null) jobEvents.emit("job:dead", { ...ended, code });
  else jobEvents.emit("job:failed", { ...ended, code, retryInMs });
  return { outcome: "failed", code };
}
