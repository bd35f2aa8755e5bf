import type { Runtime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import { type Claim, type Fence, renew } from "../jobs/job-sql.ts";

/** The jobs that calls of Inngest hold. */
export interface HeldJobs {
  /** Aborts when the job is lost, or when all are cut off. Call `release` at the end. */
  hold(claim: Claim, claimedAtMs: number): { readonly signal: AbortSignal; release(): void };
  /** Extends all leases in one statement; what is not ours any more is cut off. */
  renew(): Promise<void>;
  /** Cuts off what is still held. */
  cutOff(reason: Error): void;
  readonly ids: readonly string[];
}

interface Held {
  readonly fence: Fence;
  readonly controller: AbortController;
  /** Before the claim or renewal went out, on our monotonic clock: its lease lasts at least that much longer. */
  heldFromMs: number;
}

export function createHeldJobs(options: {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly workerId: string;
  readonly leaseMs: number;
}): HeldJobs {
  const { database, runtime, workerId, leaseMs } = options;
  const held = new Set<Held>();

  const lose = (one: Held) =>
    one.controller.abort(new JobQueueError("JOB_WORKER_LOST", "The lease of the job was lost while it ran."));

  return {
    hold({ id, epoch }, claimedAtMs) {
      const one: Held = { fence: { id, epoch }, controller: new AbortController(), heldFromMs: claimedAtMs };
      held.add(one);
      return { signal: one.controller.signal, release: () => void held.delete(one) };
    },
    async renew() {
      const asked = [...held];
      const askedAtMs = runtime.clock.monotonicMs();
      try {
        const fences = asked.map(({ fence }) => fence);
        const renewed = new Set(await renew(database, workerId, fences, leaseMs));
        for (const one of asked) {
          if (renewed.has(one.fence.id)) one.heldFromMs = askedAtMs;
          else if (held.has(one)) lose(one);
        }
      } finally {
        // Out of reach of the database for a whole term: somebody else may have it by now.
        const nowMs = runtime.clock.monotonicMs();
        for (const one of held) if (nowMs - one.heldFromMs >= leaseMs) lose(one);
      }
    },
    cutOff(reason) {
      for (const one of held) one.controller.abort(reason);
    },
    get ids() {
      return [...held].map(({ fence }) => fence.id);
    },
  };
}
