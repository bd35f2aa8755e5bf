import type { JobOutcome, PassReport } from "../types.ts";
import { type Attempt, type ClaimedWork, isHeavy } from "./attempt.ts";
import type { SetMember } from "./lazy-set.ts";

/**
 * ```
 * waiting ──▶ running ──▶ done (has its outcome) ◀─▶ writing (a statement with it is under way) ──▶ over
 *    │           │          │                                                                       ▲
 *    └───────────┴──────────┴── its lease is lost ──────────────────────────────────────────────────┘
 * ```
 * A write that fails leads back from `writing` to `done`.
 */
export type Phase = "waiting" | "running" | "done" | "writing" | "over";

/** Work that this process has claimed, until its outcome is in the database or its lease is lost. A class, because one is made for each message. */
export class InFlight<Work extends ClaimedWork> implements SetMember {
  readonly work: Work;
  readonly lane: string;
  /** The pass that claimed it. */
  readonly pass: Pass | undefined;
  readonly payloadBytes: number;
  readonly isHeavy: boolean;
  /** On the monotonic clock, in ms, counted from before the claim was sent: from then on others may claim it. */
  expiresAtMs: number;
  phase: Phase = "waiting";
  isPresent = false;
  /** Once it runs. */
  attempt: Attempt<Work> | undefined;
  /** From `done` on. */
  outcome: JobOutcome | undefined;
  /** A write of its outcome got no answer: it may have happened. */
  mayBeWritten = false;
  /** Its handler was told to end because its lease ran out; an outcome still counts. */
  isExpired = false;

  constructor(work: Work, lane: string, expiresAtMs: number, pass?: Pass) {
    this.work = work;
    this.lane = lane;
    this.payloadBytes = work.payloadBytes ?? 0;
    this.isHeavy = isHeavy(work);
    this.expiresAtMs = expiresAtMs;
    this.pass = pass;
  }
}

export type OutcomeKind = "completed" | "failed" | "dead" | "released";

export function kindOf(outcome: JobOutcome | undefined): OutcomeKind {
  if (outcome?.kind === "completed") return "completed";
  if (outcome?.kind !== "failed") return "released";
  return outcome.retryInMs === null ? "dead" : "failed";
}

/** Counts what became of the work of one pass. */
export class Pass {
  readonly report: { -readonly [Count in keyof PassReport]: PassReport[Count] } = {
    claimed: 0,
    completed: 0,
    failed: 0,
    dead: 0,
    lost: 0,
  };
  /** Work that is not over. */
  #openCount = 0;
  #allOver: PromiseWithResolvers<void> | undefined;

  add(): void {
    this.report.claimed += 1;
    this.#openCount += 1;
  }

  /** Claimed when it was too late to begin. */
  addLost(count: number): void {
    this.report.claimed += count;
    this.report.lost += count;
  }

  end(kind: OutcomeKind | "lost"): void {
    if (kind !== "released") this.report[kind] += 1;
    this.#openCount -= 1;
    if (this.#openCount === 0) this.#allOver?.resolve();
  }

  async ended(): Promise<void> {
    if (this.#openCount === 0) return;
    this.#allOver = Promise.withResolvers();
    await this.#allOver.promise;
  }
}
