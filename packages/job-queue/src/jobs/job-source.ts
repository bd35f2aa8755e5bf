import { type Emitter, errorFields, type Log, type Runtime, SECOND_MS } from "@shoal/kernel";
import { isAboutTheValues, type Sql } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import type { ClaimedJob, Executor, JobEvents, JobHandler, JobHandlers, JobOutcome, NewJob } from "../types.ts";
import type { AttemptContext, ContextOptions } from "../work/attempt.ts";
import type { Ask } from "../work/claim-plan.ts";
import type { InFlight } from "../work/in-flight.ts";
import type { SourceReports, SourceTraits, Turn, WorkSource } from "../work/work-source.ts";
import { enqueue } from "./enqueue.ts";
import { handlerOfClaim, JobContextImpl } from "./job-context.ts";
import {
  type Claim,
  completeAndClaim,
  type FailedJob,
  type Fence,
  type JobOutcomes,
  renew,
  type ScanPosition,
} from "./job-sql.ts";

export interface JobSourceOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Runtime;
  readonly workerId: string;
  readonly handlers: JobHandlers;
  readonly leaseMs: number;
  readonly events: Emitter<JobEvents>;
  readonly executor: Executor;
  readonly reports: SourceReports;
  /** Whether it is told of all that is due, so that it need not ask. Default: it is not. */
  readonly isAnnounced?: () => boolean;
  /** Hears of each outcome that the database has. */
  readonly onOutcome?: ((job: ClaimedJob, outcome: JobOutcome) => void) | undefined;
}

/** How often jobs are asked for when nothing says that there are any. */
const POLL_MS = SECOND_MS;

/** Scans of the whole line take a tenth of the time at most, however slow a long transaction of others makes them. */
const FULL_SCAN_RATIO = 10;

const LANE = "jobs";

/** The end of its column, where no claim can be told from the one before. Claims alone come nowhere near it. */
const LAST_EPOCH = 2 ** 31 - 1;

const SET_ASIDE: JobHandler = {
  check: () =>
    `The job is set aside: its epoch is ${LAST_EPOCH}, which only a change of its row by hand can make. Add it anew, or set epoch to 0 and retry it.`,
  run: async () => {},
};

/** The jobs of `shoal.jobs`. */
export class JobSource implements WorkSource<Claim> {
  readonly traits: SourceTraits;
  readonly reports: SourceReports;
  readonly lanes: readonly string[] = [LANE];
  protected readonly options: JobSourceOptions;
  readonly #log: Log;
  readonly #contextOptions: ContextOptions;
  #position: ScanPosition = null;
  #nextFullScanMs = 0;

  constructor(options: JobSourceOptions, traits: Partial<SourceTraits> = {}) {
    const { database, runtime, executor, handlers, workerId, leaseMs } = options;
    this.options = options;
    this.reports = options.reports;
    this.#log = runtime.log.child({ part: "jobs", worker_id: workerId });
    this.#contextOptions = { runtime, executor, enqueue: (job: NewJob) => enqueue(database, job, handlers) };
    this.traits = {
      leaseMs,
      writesWithClaims: true,
      takesLateOutcomes: false,
      extendsWhileWriting: true,
      // Keeps the statement short where thousands of handlers end at once.
      maxWriteCount: 1000,
      lingerMs: 0,
      readAheadMs: 0,
      paceMs: 0,
      ...{ idleMinMs: POLL_MS, idleMaxMs: POLL_MS, isAnnounced: options.isAnnounced },
      ...traits,
    };
  }

  laneOf(_claim: Claim): string {
    return LANE;
  }

  async completeAndClaim(
    done: readonly InFlight<Claim>[],
    asks: readonly Ask[],
    isThorough: boolean,
  ): Promise<Turn<Claim>> {
    const { database, runtime, workerId, leaseMs } = this.options;
    const { quantity: limit = 0, maxBytes } = asks[0] ?? {};
    const sentAtMs = runtime.clock.monotonicMs();
    const isFull = isThorough || sentAtMs >= this.#nextFullScanMs;
    if (isFull && limit > 0) this.#nextFullScanMs = Infinity;
    try {
      const answer = await completeAndClaim(
        database,
        { workerId, leaseMs, limit, maxBytes },
        outcomesOf(done, this.options.executor),
        { position: isThorough ? null : this.#position, isFull },
      );
      if (limit > 0) this.#scanned(answer.position, isFull, sentAtMs);
      const nextFullScanInMs = isFull ? Infinity : Math.max(1, this.#nextFullScanMs - runtime.clock.monotonicMs());
      const nextDueMs = Math.min(answer.nextDueMs ?? Infinity, nextFullScanInMs);
      return {
        claimed: answer.claimed,
        lostIds: answer.lost,
        nextDueMs,
        ...(answer.isCut && { cutLanes: new Set([LANE]) }),
      };
    } catch (error) {
      this.#nextFullScanMs = 0;
      throw error;
    }
  }

  #scanned(position: ScanPosition, isFull: boolean, sentAtMs: number): void {
    this.#position = position;
    const answeredAtMs = this.options.runtime.clock.monotonicMs();
    if (isFull) this.#nextFullScanMs = answeredAtMs + (answeredAtMs - sentAtMs) * FULL_SCAN_RATIO;
  }

  async extend(_lane: string, held: readonly InFlight<Claim>[]): Promise<ReadonlySet<string>> {
    const { database, workerId, leaseMs } = this.options;
    return new Set(
      await renew(
        database,
        workerId,
        held.map(({ work }) => work),
        leaseMs,
      ),
    );
  }

  /** As when somebody has changed the row by hand. */
  isRefused(error: unknown): boolean {
    return isAboutTheValues(error);
  }

  handlerOf(claim: Claim): JobHandler {
    if (claim.epoch >= LAST_EPOCH) return SET_ASIDE;
    return handlerOfClaim(this.options.handlers, claim);
  }

  contextOf(claim: Claim): AttemptContext {
    return new JobContextImpl(claim, this.#contextOptions);
  }

  leaseLost({ id }: Claim): Error {
    return new JobQueueError("JOB_LEASE_LOST", `Job ${id} is lost: its lease has run out, or others hold it.`, {
      details: { job_id: id },
    });
  }

  drained({ id }: Claim): Error {
    return new JobQueueError("JOB_DRAINED", `Job ${id} is given back because this process ends.`, {
      retryable: true,
      details: { job_id: id },
    });
  }

  emitClaimed(_lane: string, claims: readonly Claim[]): void {
    const { events, workerId } = this.options;
    events.emit("jobs:claimed", {
      count: claims.length,
      waitMs: claims.map(({ waitMs }) => waitMs),
      workerId,
      jobs: claims.map(({ id: jobId, type, epoch }) => ({ jobId, type, epoch })),
    });
  }

  emitOutcome({ work, outcome }: InFlight<Claim>, isLost: boolean): void {
    const { events, workerId, executor, onOutcome } = this.options;
    const { id: jobId, type, epoch, attempt } = work;
    const claim = { jobId, type, epoch, workerId };
    if (isLost) return events.emit("job:lost", claim);
    if (!outcome || outcome.kind === "aborted") events.emit("job:released", claim);
    else {
      const { durationMs } = outcome;
      const ended = { ...claim, attempt, durationMs, executor };
      if (outcome.kind === "completed") events.emit("job:completed", ended);
      else {
        const { code, retryInMs } = outcome;
        if (retryInMs === null) events.emit("job:dead", { ...ended, code });
        else events.emit("job:failed", { ...ended, code, retryInMs });
      }
    }
    if (outcome) onOutcome?.(work, outcome);
  }

  emitFailed(error: unknown): void {
    const fields = errorFields(error);
    this.#log.debug(fields, "the database did not answer the worker; it is asked again");
    this.options.events.emit("worker:failed", { code: fields.error_code });
  }

  emitTurn(turn: { readonly durationMs: number; readonly writtenCount: number; readonly claimedCount: number }): void {
    const { durationMs, writtenCount: written, claimedCount: claimed } = turn;
    this.options.events.emit("worker:round", { durationMs, written, claimed });
  }
}

export function outcomesOf(done: readonly InFlight<Claim>[], executor: Executor): JobOutcomes {
  const completed: Fence[] = [];
  const failed: FailedJob[] = [];
  const released: Fence[] = [];
  for (const { work, outcome } of done) {
    const fence = { id: work.id, epoch: work.epoch };
    if (outcome?.kind === "completed") completed.push(fence);
    else if (outcome?.kind === "failed") failed.push({ ...fence, ...outcome, executor });
    else released.push(fence);
  }
  return { completed, failed, released };
}
