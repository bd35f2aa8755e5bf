import type { PassReport, QueueMessage } from "../types.ts";
import type { MessageAttempt } from "./attempt.ts";
import type { ReadOf } from "./statements.ts";

/** A message that this process has read and that is not settled yet. */
export interface Held extends ReadOf {
  readonly message: QueueMessage;
  /** Of its effects, for all attempts. */
  readonly key: string;
  /**
   * ```
   * waiting ──▶ running ──▶ settling (its outcome is being written) ──▶ over
   *    └───────────┴─────────── another reader has it, or it is gone ──────▲
   * ```
   */
  phase: "waiting" | "running" | "settling" | "over";
  /** On the monotonic clock, in ms: from then on another process may read it. */
  expiresAtMs: number;
  /** Once it runs. */
  attempt?: MessageAttempt;
  /** Its handler was told to end, because another process may read the message. */
  isCutOff: boolean;
  /** Of the pass it was read by. */
  readonly tally: Tally | undefined;
}

/** What becomes of a message. `code` and `words`: of the error. */
export type Outcome =
  | { readonly kind: "completed"; readonly durationMs: number }
  | { readonly kind: "failed"; readonly code: string; readonly words: string; readonly retrySeconds: number }
  | { readonly kind: "dead"; readonly code: string; readonly words: string }
  | { readonly kind: "released" };

/** How the messages of one pass end. */
export interface Tally {
  readonly report: { -readonly [Count in keyof PassReport]: PassReport[Count] };
  /** Messages that have not ended. */
  open: number;
  readonly done: PromiseWithResolvers<void>;
}

export function makeTally(): Tally {
  const report = { claimed: 0, completed: 0, failed: 0, dead: 0, lost: 0 };
  return { report, open: 0, done: Promise.withResolvers() };
}
