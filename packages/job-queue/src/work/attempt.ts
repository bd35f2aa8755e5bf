import { errorFields, isDeeperThan, type Log, MAX_JSON_LEVELS, type Runtime, toStorableText } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";
import type { ClaimedJob, Enqueued, Executor, JobContext, JobOutcome, NewJob, QueueHandler } from "../types.ts";
import { DEFAULT_JOB_TIME_LIMIT_MS, retryInMs } from "./retry.ts";
import type { TimeLimited, TimeLimits } from "./time-limits.ts";

/** One piece of work as it was claimed: a job, a message, one run of a strategy. */
export interface ClaimedWork extends Pick<ClaimedJob, "id" | "payload" | "attempt" | "maxAttempts"> {
  /** Of the payload in the database, uncompressed. Default: 0, for payloads that are all small. */
  readonly payloadBytes?: number;
}

const HEAVY_BYTES = 100_000;

/** Whether its payload is worth forgetting at once. */
export const isHeavy = ({ payloadBytes = 0 }: ClaimedWork): boolean => payloadBytes > HEAVY_BYTES;

/** A `JobHandler` or a `QueueHandler`. */
export interface WorkHandler<Work extends ClaimedWork> extends Omit<QueueHandler, "run"> {
  run(work: Work, context: JobContext): Promise<unknown>;
}

export interface ContextOptions {
  readonly runtime: Runtime;
  readonly executor: Executor;
  /** What `context.enqueue` does. */
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
}

const CODE_CHARACTERS = 128;
const MESSAGE_CHARACTERS = 1000;

/** Makes log and signal when the handler asks for them: most attempts end before a signal would have been worth its making. */
export abstract class AttemptContext implements JobContext {
  readonly executor: Executor;
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
  readonly #runtime: Runtime;
  #log: Log | undefined;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor({ runtime, executor, enqueue }: ContextOptions) {
    this.executor = executor;
    this.enqueue = enqueue;
    this.#runtime = runtime;
  }

  abstract get idempotencyKey(): string;
  /** In each line of the log. */
  protected abstract get logFields(): Parameters<Log["child"]>[0];

  get log(): Log {
    this.#log ??= this.#runtime.log.child(this.logFields);
    return this.#log;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason && !this.#controller.signal.aborted) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }
}

export interface AttemptOptions<Work extends ClaimedWork> {
  readonly work: Work;
  readonly handler: WorkHandler<Work>;
  readonly context: AttemptContext;
  readonly runtime: Runtime;
  readonly timeLimits: TimeLimits;
  /** Now, on the monotonic clock, in ms: the caller has just read it. */
  readonly startedMs: number;
}

/**
 * One run of a handler. At its time limit it has failed (JOB_TIME_LIMIT), even if the handler goes on; with a payload that
 * the handler refuses it fails as JOB_INVALID, which is final. A class, because one is made for each message.
 */
export class Attempt<Work extends ClaimedWork = ClaimedWork> implements TimeLimited {
  /** Never rejects. */
  readonly outcome: Promise<JobOutcome>;
  readonly endsAtMs: number;
  isPresent = false;
  readonly isHeavy: boolean;
  readonly #options: AttemptOptions<Work>;
  readonly #resolve: (outcome: JobOutcome) => void;
  #isAborted = false;

  /** Calls the handler before it returns. */
  constructor(options: AttemptOptions<Work>) {
    const { promise, resolve } = Promise.withResolvers<JobOutcome>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#options = options;
    this.isHeavy = isHeavy(options.work);
    this.endsAtMs = options.startedMs + this.#timeLimitMs;
    options.timeLimits.add(this);
    void this.#run();
  }

  /** Aborts the handler's signal. If the handler then rejects, the outcome is `aborted`; it may still complete. Leaves no timer. */
  abort(reason: Error): void {
    this.#isAborted = true;
    // An aborted attempt has no time limit any more: the timer of a handler that never ends would stay for ever.
    this.#options.timeLimits.remove(this);
    this.#options.context.abort(reason);
  }

  onTimeLimit(): void {
    const error = timeLimit(this.#timeLimitMs);
    this.#options.context.abort(error);
    this.#fail(error);
  }

  async #run(): Promise<void> {
    const { work, handler, context, timeLimits } = this.#options;
    try {
      checkPayload(work, handler);
      const value = await handler.run(work, context);
      this.#resolve({ kind: "completed", durationMs: this.#passedMs, value });
    } catch (thrown) {
      if (this.#isAborted) this.#resolve({ kind: "aborted", durationMs: this.#passedMs });
      else this.#fail(thrown);
    } finally {
      timeLimits.remove(this);
    }
  }

  #fail(thrown: unknown): void {
    const { work, handler, runtime } = this.#options;
    const { code, message } = readableError(thrown);
    const retry = retryInMs(work, code, handler, runtime.rng);
    this.#resolve({ kind: "failed", durationMs: this.#passedMs, code, message, retryInMs: retry });
  }

  get #passedMs(): number {
    return this.#options.runtime.clock.monotonicMs() - this.#options.startedMs;
  }

  get #timeLimitMs(): number {
    return this.#options.handler.timeLimitMs ?? DEFAULT_JOB_TIME_LIMIT_MS;
  }
}

function checkPayload<Work extends ClaimedWork>({ payload }: Work, handler: WorkHandler<Work>): void {
  // Checks descend by recursion, and SQL takes some thousand levels.
  if (isDeeperThan(payload, MAX_JSON_LEVELS))
    throw invalid(`The payload is nested more than ${MAX_JSON_LEVELS} levels deep.`);
  const complaint = handler.check?.(payload) ?? null;
  if (complaint !== null) throw invalid(complaint);
}

function invalid(complaint: string): JobQueueError {
  return new JobQueueError("JOB_INVALID", complaint, { details: { field: "payload" } });
}

/** Handlers throw values of any type, whose fields may be of any type and may throw when they are read. */
function readableError(thrown: unknown): { readonly code: string; readonly message: string } {
  try {
    const fields = errorFields(thrown);
    const code = toStorableText(String(fields.error_code).slice(0, CODE_CHARACTERS));
    const text = String(fields.error_message);
    // Some errors begin their message with their code, which stands before it anyway.
    const message = text.startsWith(`${code}: `) ? text.slice(code.length + 2) : text;
    return { code, message: toStorableText(message.slice(0, MESSAGE_CHARACTERS)) };
  } catch {
    return { code: "Error", message: "The error cannot be read." };
  }
}

function timeLimit(limitMs: number): JobQueueError {
  return new JobQueueError("JOB_TIME_LIMIT", `The attempt took longer than its ${limitMs} ms.`, {
    retryable: true,
    details: { limit_ms: limitMs },
  });
}
