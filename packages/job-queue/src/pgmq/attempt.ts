import { type Runtime, SECOND_MS } from "@shoal/kernel";
import { startAttempt } from "../jobs/run-job.ts";
import type {
  Enqueued,
  JobContext,
  JobHandler,
  JobOutcome,
  Json,
  NewJob,
  QueueHandler,
  QueueMessage,
} from "../types.ts";
import type { Outcome } from "./held.ts";

export interface MessageAttemptOptions {
  readonly runtime: Runtime;
  readonly handler: QueueHandler;
  /** Reads of a message at most, 1 or more. */
  readonly maxReads: number;
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
}

/** One run of a handler. */
export interface MessageAttempt {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Aborts the handler's signal. It may still complete. */
  abort(reason: Error): void;
}

const DEFAULT_TIME_LIMIT_MS = 30 * SECOND_MS;

/** Begins with a message; `key` is its idempotency key. As with a job: the same limit of time, the same pauses, the same last words. */
export function startMessage(message: QueueMessage, key: string, options: MessageAttemptOptions): MessageAttempt {
  const { runtime, handler, maxReads, enqueue } = options;
  if (message.attempt > maxReads) return { outcome: Promise.resolve(neverFinished(message)), abort() {} };
  const { id, queue: type, payload, attempt: reads } = message;
  const job = { id, type, payload, attempt: reads, maxAttempts: maxReads, epoch: reads };
  const adapted: JobHandler = {
    run: (_job, context) => handler.run(message, contextOf(message, key, context, options)),
    check: (payload) => (isObject(payload) ? (handler.check?.(payload) ?? null) : "The payload is not a JSON object."),
    timeLimitMs: handler.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS,
    ...(handler.backoff && { backoff: handler.backoff }),
  };
  const attempt = startAttempt(job, adapted, { runtime, leg: "supabase", enqueue });
  return { outcome: attempt.outcome.then(outcomeOf), abort: (reason) => attempt.abort(reason) };
}

/** Read again and again without a word from those who had it: it may be what kills them. */
function neverFinished({ attempt }: QueueMessage): Outcome {
  return { kind: "dead", code: "JOB_WORKER_LOST", words: `It was read ${attempt - 1} times and never finished.` };
}

/** Handlers take their payload apart; what is not an object would fail in all of them. */
function isObject(payload: Json): boolean {
  return typeof payload === "object" && payload !== null && !Array.isArray(payload);
}

/** Reads through to the context of the attempt, which makes signal and log when they are asked for. */
function contextOf(
  message: QueueMessage,
  key: string,
  context: JobContext,
  { runtime, enqueue }: MessageAttemptOptions,
): JobContext {
  return {
    leg: context.leg,
    idempotencyKey: key,
    enqueue,
    get signal() {
      return context.signal;
    },
    get log() {
      const { queue, id, attempt } = message;
      return runtime.log.child({ part: "queue", queue, message_id: id, attempt });
    },
  };
}

function outcomeOf(outcome: JobOutcome): Outcome {
  if (outcome.kind === "completed") return { kind: "completed", durationMs: outcome.durationMs };
  if (outcome.kind === "aborted") return { kind: "released" };
  const { code, message: words, retryInMs } = outcome;
  if (retryInMs === null) return { kind: "dead", code, words };
  // pgmq counts in whole seconds.
  return { kind: "failed", code, words, retrySeconds: Math.max(1, Math.ceil(retryInMs / SECOND_MS)) };
}
