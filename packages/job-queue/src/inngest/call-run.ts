import { type Emitter, type Runtime, sleep } from "@shoal/kernel";
import { type Database, isRefusedForGood } from "@shoal/store";
import { handlerOf } from "../jobs/check-job.ts";
import { enqueue } from "../jobs/enqueue.ts";
import type { HeldJob, Holdings } from "../jobs/holdings.ts";
import { type Claim, claimOne, type Settlement, settle } from "../jobs/job-sql.ts";
import { runJob } from "../jobs/run-job.ts";
import { tellSettled } from "../jobs/tell-settled.ts";
import type { JobEvents, JobHandlers, JobOutcome, NewJob } from "../types.ts";
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
  readonly holdings: Holdings;
  /** Aborts when jobs are given back instead of begun. */
  readonly ending: AbortSignal;
  /** Aborts when the daemon's patience at its end is over: what is not written by then comes back by its lease. */
  readonly over: AbortSignal;
}

/**
 * What a call is for: claims the job as a worker does, runs it and settles it. The row decides, so a call that comes twice,
 * late, or after the workers has nothing to do. A rejection means that the database was away: the call may come again.
 */
export async function runCalledJob(jobId: string, options: CallOptions): Promise<CallResult> {
  const { database, runtime, workerId, leaseMs, dueForMs, jobEvents, holdings } = options;
  const claimedAtMs = runtime.clock.monotonicMs();
  const claim = await claimOne(database, { id: jobId, workerId, leaseMs, dueForMs });
  if (!claim) {
    await followJobs(database, [jobId], false);
    return { outcome: "not_needed" };
  }
  const { id, type, epoch, waitMs } = claim;
  jobEvents.emit("jobs:claimed", { count: 1, waitMs: [waitMs], workerId, jobs: [{ jobId: id, type, epoch }] });
  const cut = new AbortController();
  const job = holdings.add(claim, claimedAtMs + leaseMs);
  job.abort = (reason) => cut.abort(reason);
  try {
    const outcome = await attempt(claim, cut.signal, options);
    const isLost = !job.isPresent || !(await settleHeld(job, outcome, options));
    if (!isLost) await followJobs(database, [jobId], true);
    return resultOf(tellSettled(jobEvents, workerId, job, isLost, "inngest"), outcome);
  } finally {
    holdings.remove(job);
  }
}

async function attempt(claim: Claim, signal: AbortSignal, options: CallOptions): Promise<JobOutcome> {
  const { database, runtime, handlers, ending } = options;
  // Claimed while the daemon was ending.
  if (ending.aborted) return { kind: "aborted", durationMs: 0 };
  const add = (job: NewJob) => enqueue(database, job, handlers);
  return await runJob(claim, handlerOf(handlers, claim.type), { runtime, leg: "inngest", signal, enqueue: add });
}

/** Again and again while the job is ours: what was done is not to be done once more because the database was away. */
async function settleHeld(job: HeldJob, outcome: JobOutcome, options: CallOptions): Promise<boolean> {
  const { database, runtime, workerId, over } = options;
  job.outcome = outcome;
  while (job.isPresent) {
    job.isBeingSettled = true;
    try {
      return (await settle(database, workerId, settlementOf(job.claim, outcome))).length === 1;
    } catch (thrown) {
      if (isRefusedForGood(thrown)) throw thrown;
    } finally {
      job.isBeingSettled = false;
    }
    await sleep(runtime.clock, SETTLE_AGAIN_MS, over);
  }
  return false;
}

function settlementOf({ id, epoch }: Claim, outcome: JobOutcome): Settlement {
  if (outcome.kind === "completed") return { completed: [{ id, epoch }] };
  if (outcome.kind === "aborted") return { released: [{ id, epoch }] };
  return { failed: [{ id, epoch, ...outcome, leg: "inngest" }] };
}

function resultOf(became: ReturnType<typeof tellSettled>, outcome: JobOutcome): CallResult {
  if (became === "completed") return { outcome: "ran" };
  if (became === "lost") return { outcome: "failed", code: "JOB_LEASE_LOST" };
  return { outcome: "failed", code: outcome.kind === "failed" ? outcome.code : "JOB_DRAINED" };
}
