import type { Database } from "@shoal/store";
import { JobSource, type JobSourceOptions, outcomesOf } from "../jobs/job-source.ts";
import { type Claim, claimByIds, writeOutcomes } from "../jobs/job-sql.ts";
import type { Ask } from "../work/claim-plan.ts";
import { type InFlight, kindOf } from "../work/in-flight.ts";
import type { Turn } from "../work/work-source.ts";
import type { Call, CallInbox } from "./call-inbox.ts";
import { followJobs } from "./outbox.ts";

export interface CallSourceOptions extends Omit<JobSourceOptions, "executor" | "isAnnounced"> {
  readonly database: Database;
  readonly inbox: CallInbox;
  /** Only jobs that have been due for so long, in ms. */
  readonly dueForMs: number;
}

/**
 * The jobs that Inngest calls for, claimed as workers claim theirs. The row decides, so a call that comes twice, late,
 * or after the workers has nothing to do. A call is rejected when its claim got no answer: it may come again.
 */
export class CallSource extends JobSource {
  readonly #calls: CallSourceOptions;
  readonly #callOf = new WeakMap<Claim, Call>();

  constructor(options: CallSourceOptions) {
    super(
      { ...options, executor: "inngest" },
      // Woken by calls, never by polling.
      { writesWithClaims: false, idleMinMs: Infinity, idleMaxMs: Infinity },
    );
    this.#calls = options;
  }

  override async completeAndClaim(done: readonly InFlight<Claim>[], asks: readonly Ask[]): Promise<Turn<Claim>> {
    const { inbox } = this.#calls;
    const lostIds = done.length > 0 ? await this.#write(done) : new Set<string>();
    const calls = inbox.take(asks[0]?.quantity ?? 0);
    const claimed = calls.length > 0 ? await this.#claim(calls) : [];
    return { claimed, lostIds, ...(inbox.hasWaiting && { nextDueMs: 0 }) };
  }

  /** Never rejects: what fails is the failure of these calls. */
  async #claim(calls: readonly Call[]): Promise<readonly Claim[]> {
    const { database, workerId, leaseMs, dueForMs } = this.#calls;
    const unneeded = new Set(calls);
    try {
      const ids = calls.map(({ jobId }) => jobId);
      const claimed = await claimByIds(database, { ids, workerId, leaseMs, dueForMs });
      for (const claim of claimed) {
        const call = calls.find(({ jobId }) => jobId === claim.id);
        if (!call) continue;
        this.#callOf.set(claim, call);
        unneeded.delete(call);
      }
      // Not waited for: the leases of what was claimed run already.
      void this.#dismiss([...unneeded]);
      return claimed;
    } catch (error) {
      for (const call of calls) call.reject(error);
      return [];
    }
  }

  /** Never rejects. */
  async #dismiss(calls: readonly Call[]): Promise<void> {
    const ids = calls.map(({ jobId }) => jobId);
    try {
      await followJobs(this.#calls.database, ids, false);
      for (const call of calls) call.resolve({ outcome: "not_needed" });
    } catch (error) {
      for (const call of calls) call.reject(error);
    }
  }

  async #write(done: readonly InFlight<Claim>[]): Promise<ReadonlySet<string>> {
    const { database, workerId } = this.#calls;
    const ours = await writeOutcomes(database, workerId, outcomesOf(done, "inngest"));
    await followJobs(database, ours, true);
    const lostIds = new Set(done.map(({ work }) => work.id));
    for (const id of ours) lostIds.delete(id);
    return lostIds;
  }

  override emitOutcome(item: InFlight<Claim>, isLost: boolean): void {
    super.emitOutcome(item, isLost);
    const call = this.#callOf.get(item.work);
    const { outcome } = item;
    if (isLost) call?.resolve({ outcome: "failed", code: "JOB_LEASE_LOST" });
    else if (kindOf(outcome) === "completed") call?.resolve({ outcome: "ran" });
    else call?.resolve({ outcome: "failed", code: outcome?.kind === "failed" ? outcome.code : "JOB_DRAINED" });
  }
}
