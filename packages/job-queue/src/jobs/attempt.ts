import { errorFields, type Log, type Runtime } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";
import type { ClaimedJob, Enqueued, JobContext, JobOutcome, Leg, NewJob, QueueHandler } from "../types.ts";
import { DEFAULT_JOB_TIME_LIMIT_MS, retryInMs } from "./retry.ts";
import type { Limited, TimeLimits } from "./time-limits.ts";

/** A job or a message, as far as an attempt at it is concerned. */
export type Work = Pick<ClaimedJob, "payload" | "attempt" | "maxAttempts">;

/** A `JobHandler` or a `QueueHandler`. */
export interface WorkHandler<Of extends Work> extends Omit<QueueHandler, "run"> {
  run(work: Of, context: JobContext): Promise<unknown>;
}

export interface ContextOptions {
  readonly runtime: Runtime;
  readonly leg: Leg;
  /** What `context.enqueue` does. */
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
}

const CODE_CHARACTERS = 128;
const MESSAGE_CHARACTERS = 1000;

/** Makes what few handlers look at when it is looked at: most are done before a signal would have cost its making. */
export abstract class AttemptContext implements JobContext {
  readonly leg: Leg;
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
  readonly #runtime: Runtime;
  #log: Log | undefined;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor({ runtime, leg, enqueue }: ContextOptions) {
    this.leg = leg;
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

export interface AttemptOptions<Of extends Work> {
  readonly work: Of;
  readonly handler: WorkHandler<Of>;
  readonly context: AttemptContext;
  readonly runtime: Runtime;
  readonly timeLimits: TimeLimits;
  /** Now, on the monotonic clock, in ms: callers have just looked at it. */
  readonly startedMs: number;
}

/**
 * One run of a handler. At its time limit it has failed (JOB_TIME_LIMIT), whatever the handler still does; with a payload
 * that the handler refuses it fails as JOB_INVALID, which is final. A class, because one is made for each message.
 */
export class Attempt<Of extends Work = Work> implements Limited {
  /** Never rejects. */
  readonly outcome: Promise<JobOutcome>;
  readonly endsAtMs: number;
  isPresent = false;
  readonly #options: AttemptOptions<Of>;
  readonly #resolve: (outcome: JobOutcome) => void;
  #isCut = false;

  /** Starts the handler, within this very call. */
  constructor(options: AttemptOptions<Of>) {
    const { promise, resolve } = Promise.withResolvers<JobOutcome>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#options = options;
    this.endsAtMs = options.startedMs + this.#timeLimitMs;
    options.timeLimits.add(this);
    void this.#run();
  }

  /** Aborts the handler's signal; should it reject then, the outcome is `aborted`. It may still complete. No timer is left. */
  abort(reason: Error): void {
    this.#isCut = true;
    // Cut off it has no time limit any more: a handler that never ends would leave its timer behind.
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
      if (this.#isCut) this.#resolve({ kind: "aborted", durationMs: this.#passedMs });
      else this.#fail(thrown);
    } finally {
      timeLimits.remove(this);
    }
  }

  #fail(thrown: unknown): void {
    const { work, handler, runtime } = this.#options;
    const { code, message } = wordsOf(thrown);
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

function checkPayload<Of extends Work>({ payload }: Of, handler: WorkHandler<Of>): void {
  const complaint = handler.check?.(payload) ?? null;
  if (complaint !== null) throw new JobQueueError("JOB_INVALID", complaint, { details: { field: "payload" } });
}

/** Of whatever a handler threw: its fields may be of any type, and reading them may throw again. */
function wordsOf(thrown: unknown): { readonly code: string; readonly message: string } {
  try {
    const fields = errorFields(thrown);
    const code = storable(fields.error_code, CODE_CHARACTERS);
    const words = String(fields.error_message);
    // Some errors begin their message with their code, which stands before it anyway.
    const message = words.startsWith(`${code}: `) ? words.slice(code.length + 2) : words;
    return { code, message: storable(message, MESSAGE_CHARACTERS) };
  } catch {
    return { code: "Error", message: "The error cannot be read." };
  }
}

/** What Postgres can hold. */
function storable(value: unknown, maxCharacters: number): string {
  return String(value).slice(0, maxCharacters).replaceAll("\0", "").toWellFormed();
}

function timeLimit(limitMs: number): JobQueueError {
  return new JobQueueError("JOB_TIME_LIMIT", `The attempt took longer than its ${limitMs} ms.`, {
    retryable: true,
    details: { limit_ms: limitMs },
  });
}
