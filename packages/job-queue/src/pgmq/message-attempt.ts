import { type Runtime, SECOND_MS } from "@shoal/kernel";
import { Attempt, AttemptContext, type ContextOptions } from "../jobs/attempt.ts";
import { createTimeLimits } from "../jobs/time-limits.ts";
import type { Enqueued, JobOutcome, Json, NewJob, QueueHandler, QueueMessage } from "../types.ts";
import type { Held, Outcome } from "./held.ts";

export interface MessageAttemptsOptions {
  readonly runtime: Runtime;
  readonly handler: QueueHandler;
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
}

const DEFAULT_TIME_LIMIT_MS = 30 * SECOND_MS;

/** Begins with messages of one queue, as with a job: the same limit of time, the same pauses, the same last words. */
export function createMessageAttempts({ runtime, handler, enqueue }: MessageAttemptsOptions) {
  const timeLimits = createTimeLimits(runtime.clock);
  const contextOptions: ContextOptions = { runtime, leg: "supabase", enqueue };
  const adapted: QueueHandler = {
    run: (message, context) => handler.run(message, context),
    check: (payload) => (isObject(payload) ? (handler.check?.(payload) ?? null) : "The payload is not a JSON object."),
    timeLimitMs: handler.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS,
    ...(handler.backoff && { backoff: handler.backoff }),
  };
  return (held: Held, startedMs: number): Attempt<QueueMessage> =>
    new Attempt({
      work: held.message,
      handler: adapted,
      context: new OfMessage(held, contextOptions),
      runtime,
      timeLimits,
      startedMs,
    });
}

/** Read again and again without a word from those who had it: it may be what kills them. Null while it may be tried. */
export function neverFinished({ attempt, maxAttempts }: QueueMessage): Outcome | null {
  if (attempt <= maxAttempts) return null;
  return { kind: "dead", code: "JOB_WORKER_LOST", words: `It was read ${attempt - 1} times and never finished.` };
}

export function outcomeOf(outcome: JobOutcome): Outcome {
  if (outcome.kind === "completed") return outcome;
  if (outcome.kind === "aborted") return { kind: "released" };
  const { code, message: words, retryInMs } = outcome;
  if (retryInMs === null) return { kind: "dead", code, words };
  // pgmq counts in whole seconds.
  return { kind: "failed", code, words, retrySeconds: Math.max(1, Math.ceil(retryInMs / SECOND_MS)) };
}

/** Handlers take their payload apart; what is not an object would fail in all of them. */
function isObject(payload: Json): boolean {
  return typeof payload === "object" && payload !== null && !Array.isArray(payload);
}

class OfMessage extends AttemptContext {
  readonly #held: Held;

  constructor(held: Held, options: ContextOptions) {
    super(options);
    this.#held = held;
  }

  get idempotencyKey(): string {
    return this.#held.key;
  }

  protected get logFields() {
    const { queue, id, attempt } = this.#held.message;
    return { part: "queue", queue, message_id: id, attempt };
  }
}
