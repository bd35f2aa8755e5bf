import { type Emitter, errorFields, type Runtime, unreported } from "@shoal/kernel";
import { type Database, isAboutTheValues, statement } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import { enqueue } from "../jobs/enqueue.ts";
import { handlerOfClaim, JobContextImpl } from "../jobs/job-context.ts";
import { type AsText, withPayload } from "../jobs/job-sql.ts";
import type { ClaimedJob, Enqueued, JobEvents, JobHandler, JobHandlers, NewJob } from "../types.ts";
import type { AttemptContext } from "../work/attempt.ts";
import type { Ask } from "../work/claim-plan.ts";
import type { InFlight } from "../work/in-flight.ts";
import type { SourceReports, SourceTraits, Turn, WorkSource } from "../work/work-source.ts";
import type { Call, CallInbox } from "./call-inbox.ts";
import { type ExecutorOutcome, executorOutcome, hasOutcome, recordOutcomes } from "./dual-runs.ts";
import { forgetJobs } from "./outbox.ts";

export interface ShadowSourceOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly handlers: JobHandlers;
  readonly jobEvents: Emitter<JobEvents>;
  readonly inbox: CallInbox;
}

const LANE = "shadows";
const UNREPORTED = unreported("shadows");

const READ = statement(
  "dual_run_job",
  `
select id::text as id, type, payload::text as payload, 1 as attempt, max_attempts as "maxAttempts", epoch
from shoal.jobs where id = $1::text::bigint`,
);

/**
 * The calls of a dual run: the handler runs once more beside the workers, and its outcome is kept for comparison. The job's
 * row is read and never written; a job that the handler adds is checked and taken back.
 */
export class ShadowSource implements WorkSource<ClaimedJob> {
  readonly traits: SourceTraits = {
    leaseMs: Infinity,
    writesWithClaims: false,
    takesLateOutcomes: true,
    extendsWhileWriting: false,
    maxWriteCount: 100,
    lingerMs: 0,
    readAheadMs: 0,
    paceMs: 0,
    idleMinMs: Infinity,
    idleMaxMs: Infinity,
  };
  readonly reports: SourceReports = { claims: UNREPORTED, writesOf: () => UNREPORTED, leases: UNREPORTED };
  readonly lanes: readonly string[] = [LANE];
  readonly #options: ShadowSourceOptions;
  readonly #callOf = new WeakMap<ClaimedJob, Call>();

  constructor(options: ShadowSourceOptions) {
    this.#options = options;
  }

  laneOf(_job: ClaimedJob): string {
    return LANE;
  }

  async completeAndClaim(done: readonly InFlight<ClaimedJob>[], asks: readonly Ask[]): Promise<Turn<ClaimedJob>> {
    const { inbox } = this.#options;
    if (done.length > 0) await this.#write(done);
    const calls = inbox.take(asks[0]?.quantity ?? 0);
    const jobs = await Promise.all(calls.map((call) => this.#read(call)));
    return {
      claimed: jobs.filter((job) => job !== undefined),
      lostIds: new Set(),
      ...(inbox.hasWaiting && { nextDueMs: 0 }),
    };
  }

  async #read(call: Call): Promise<ClaimedJob | undefined> {
    const { database } = this.#options;
    try {
      const [row] = await database.query<AsText<ClaimedJob>>(READ, [call.jobId]);
      const job = row && withPayload(row);
      if (job && !(await hasOutcome(database, call.jobId, "inngest"))) {
        this.#callOf.set(job, call);
        return job;
      }
      await forgetJobs(database, [call.jobId]);
      call.resolve({ outcome: "not_needed" });
    } catch (error) {
      call.reject(error);
    }
    return undefined;
  }

  async #write(done: readonly InFlight<ClaimedJob>[]): Promise<void> {
    const { database } = this.#options;
    const outcomes: ExecutorOutcome[] = [];
    for (const { work, outcome } of done) {
      const kept = outcome && executorOutcome(work, "inngest", outcome);
      if (kept) outcomes.push(kept);
    }
    await recordOutcomes(database, outcomes);
    await forgetJobs(
      database,
      outcomes.map(({ jobId }) => jobId),
    );
  }

  /** A shadow has no lease: nothing is written that others could hold. */
  async extend(_lane: string, held: readonly InFlight<ClaimedJob>[]): Promise<ReadonlySet<string>> {
    return new Set(held.map(({ work }) => work.id));
  }

  isRefused(error: unknown): boolean {
    return isAboutTheValues(error);
  }

  handlerOf(job: ClaimedJob): JobHandler {
    return handlerOfClaim(this.#options.handlers, job);
  }

  contextOf(job: ClaimedJob): AttemptContext {
    const { database, runtime, handlers } = this.#options;
    const addAndTakeBack = (added: NewJob) => enqueueInVain(database, added, handlers);
    return new JobContextImpl(job, { runtime, executor: "inngest", enqueue: addAndTakeBack });
  }

  leaseLost(job: ClaimedJob): Error {
    return this.drained(job);
  }

  drained({ id }: ClaimedJob): Error {
    return new JobQueueError("JOB_DRAINED", `The shadow of job ${id} is cut off because this process ends.`, {
      retryable: true,
    });
  }

  emitClaimed(): void {}

  emitOutcome({ work, outcome }: InFlight<ClaimedJob>, isLost: boolean): void {
    const call = this.#callOf.get(work);
    if (isLost || !outcome || outcome.kind === "aborted") call?.reject(this.drained(work));
    else call?.resolve({ outcome: "shadowed" });
  }

  emitFailed(error: unknown): void {
    this.#options.jobEvents.emit("worker:failed", { code: errorFields(error).error_code });
  }
}

class TakenBack extends Error {}

async function enqueueInVain(database: Database, job: NewJob, handlers: JobHandlers): Promise<Enqueued> {
  let added: Enqueued | undefined;
  try {
    await database.transaction(async (tx) => {
      added = await enqueue(tx, job, handlers);
      throw new TakenBack();
    });
  } catch (thrown) {
    if (!(thrown instanceof TakenBack)) throw thrown;
  }
  if (!added) throw new TakenBack();
  return added;
}
