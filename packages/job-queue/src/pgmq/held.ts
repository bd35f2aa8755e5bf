import type { Attempt } from "../jobs/attempt.ts";
import type { PassReport, QueueMessage } from "../types.ts";
import type { MessageRow, ReadOf } from "./statements.ts";

/**
 * ```
 * waiting ──▶ running ──▶ settling (its outcome is being written) ──▶ over
 *    └───────────┴─────────── another reader has it, or it is gone ──────▲
 * ```
 */
export type Phase = "waiting" | "running" | "settling" | "over";

/** A message that this process has read and that is not settled yet. Few ask for its key or its time: both are made then. */
export class Held implements ReadOf {
  readonly id: string;
  readonly reads: number;
  readonly message: QueueMessage;
  /** Of the pass it was read by. */
  readonly tally: Tally | undefined;
  /** On the monotonic clock, in ms: from then on another process may read it. */
  expiresAtMs: number;
  phase: Phase = "waiting";
  /** Once it runs. */
  attempt: Attempt<QueueMessage> | undefined;
  /** Its handler was told to end, because another process may read the message. */
  isCutOff = false;
  readonly #row: MessageRow;

  constructor(row: MessageRow, maxAttempts: number, expiresAtMs: number, tally?: Tally) {
    this.id = row.id;
    this.reads = row.reads;
    this.message = messageOf(row, maxAttempts);
    this.tally = tally;
    this.expiresAtMs = expiresAtMs;
    this.#row = row;
  }

  /** Of its effects, for all attempts. With the time, because ids begin anew when a queue is dropped and made again. */
  get key(): string {
    const { key, queue, id, enqueued_at: enqueuedAt } = this.#row;
    return key ?? `${queue}:${id}:${enqueuedAt.getTime()}`;
  }
}

function messageOf(row: MessageRow, maxAttempts: number): QueueMessage {
  const { queue, id, message: payload, reads: attempt, enqueued_at: enqueuedAt } = row;
  return {
    queue,
    id,
    payload,
    attempt,
    maxAttempts,
    get enqueuedAt() {
      return enqueuedAt.toISOString();
    },
  };
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
