import { every, type LoopReport, type Runtime, type Timer } from "@shoal/kernel";
import type { Sql } from "@shoal/store";
import type { JobOutcome } from "../types.ts";
import { createCrowd, type Member } from "./crowd.ts";
import { type Claim, renew } from "./job-sql.ts";

/** A job in the hands of this worker, from the claim until the database has in writing what became of it. */
export interface HeldJob extends Member {
  readonly claim: Claim;
  /** On our monotonic clock, counted from before the request went out: after that others may have it. */
  validUntilMs: number;
  /** Undefined while its handler runs. */
  outcome: JobOutcome | undefined;
  /** A statement that settles it is under way: what is said of it meanwhile may be older than that. */
  isBeingSettled: boolean;
  abort(reason: Error): void;
}

export interface HoldingsOptions {
  readonly sql: Pick<Sql, "query">;
  readonly runtime: Runtime;
  readonly workerId: string;
  readonly leaseMs: number;
  /** It is not held any more. */
  readonly onLost: (job: HeldJob) => void;
  /** A heartbeat failed; the leases live on until they are over. */
  readonly onFailed: (error: unknown) => void;
  /** Hears how each heartbeat ends. */
  readonly report: LoopReport;
}

/** What a worker holds, kept alive: one heartbeat for all, each third of the lease, while there is anything. */
export interface Holdings {
  /** Just claimed. Whoever runs it says how it is aborted. */
  add(claim: Claim, validUntilMs: number): HeldJob;
  /** Settled. */
  remove(job: HeldJob): void;
  /** A copy. */
  all(): HeldJob[];
  /** No heartbeat any more, and no timer. */
  close(): void;
}

/**
 * A job whose lease is over by our own clock is lost while its handler runs, as when the database cannot be reached: somebody
 * else may have begun. One that has its result is not lost before the database says so: the result is fenced by its epoch.
 */
export function createHoldings(options: HoldingsOptions): Holdings {
  const { sql, runtime, workerId, leaseMs, onLost, onFailed, report } = options;
  const { clock } = runtime;
  const held = createCrowd<HeldJob>();
  let beating: Timer | undefined;
  let expiring: Timer | undefined;
  let isClosed = false;

  const lose = (job: HeldJob) => {
    held.remove(job);
    onLost(job);
  };

  const dropExpired = () => {
    const nowMs = clock.monotonicMs();
    for (const job of held.all()) if (!job.outcome && job.validUntilMs <= nowMs) lose(job);
    watchExpiry();
  };

  // From beat to beat is enough: what is claimed in between lives longer than until the next one.
  const watchExpiry = () => {
    expiring?.cancel();
    expiring = undefined;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const job of held.all()) if (!job.outcome) firstMs = Math.min(firstMs, job.validUntilMs);
    if (firstMs < Number.POSITIVE_INFINITY) expiring = clock.after(firstMs - clock.monotonicMs(), dropExpired);
  };

  const stop = () => {
    beating?.cancel();
    expiring?.cancel();
    beating = undefined;
    expiring = undefined;
  };

  const beat = async () => {
    if (held.size === 0) {
      report.succeeded();
      return stop();
    }
    watchExpiry();
    const asked = held.all();
    const sentAtMs = clock.monotonicMs();
    const confirmed = new Set(
      await renew(
        sql,
        workerId,
        asked.map(({ claim }) => claim),
        leaseMs,
      ),
    );
    for (const job of asked) {
      if (!job.isPresent || job.isBeingSettled) continue;
      if (confirmed.has(job.claim.id)) job.validUntilMs = sentAtMs + leaseMs;
      else lose(job);
    }
    // The answer may have come after the term it confirms.
    if (beating) dropExpired();
    report.succeeded();
  };

  const onBeatFailed = (error: unknown) => {
    report.failed(error);
    onFailed(error);
  };

  return {
    add(claim, validUntilMs) {
      const job: HeldJob = {
        claim,
        validUntilMs,
        outcome: undefined,
        isBeingSettled: false,
        isPresent: false,
        abort() {},
      };
      held.add(job);
      if (!isClosed) beating ??= every(clock, leaseMs / 3, beat, onBeatFailed);
      return job;
    },
    remove: (job) => void held.remove(job),
    all: held.all,
    close() {
      isClosed = true;
      stop();
    },
  };
}
