import { errorFields, type Log, type Runtime, type Timer, toError } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";
import type { ClaimedJob, Enqueued, JobContext, JobHandler, JobOutcome, Leg, NewJob } from "../types.ts";
import { DEFAULT_JOB_TIME_LIMIT_MS, retryInMs } from "./retry.ts";

export interface AttemptOptions {
  readonly runtime: Runtime;
  readonly leg: Leg;
  /** What `context.enqueue` does. */
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
}

export interface RunJobOptions extends AttemptOptions {
  /** Cuts the attempt off: the outcome is `aborted` at once, and the handler's signal aborts with the same reason. */
  readonly signal: AbortSignal;
}

/** One run of a handler. */
export interface Attempt {
  /** Never rejects. */
  readonly outcome: Promise<JobOutcome>;
  /** Aborts the handler's signal; should it reject then, the outcome is `aborted`. It may still complete. No timer is left. */
  abort(reason: Error): void;
}

const CODE_CHARACTERS = 128;
const MESSAGE_CHARACTERS = 1000;

/** To be thrown by a handler for which another attempt would be of no use: the job is dead at once. */
export function giveUp(message: string): JobQueueError {
  return new JobQueueError("JOB_GIVEN_UP", message);
}

/**
 * Runs the handler of a claimed job once and says how it ended; never rejects. Whoever claimed it has yet to settle it. At
 * its time limit the attempt has failed (JOB_TIME_LIMIT), whatever the handler still does. Without a handler it fails as
 * JOB_TYPE_UNKNOWN, with a payload that its handler refuses as JOB_INVALID, which is final.
 */
export function runJob(job: ClaimedJob, handler: JobHandler | undefined, options: RunJobOptions): Promise<JobOutcome> {
  const { signal, runtime } = options;
  const startedMs = runtime.clock.monotonicMs();
  const attempt = startAttempt(job, handler, options);
  return new Promise((resolve) => {
    const onAbort = () => {
      attempt.abort(toError(signal.reason));
      resolve({ kind: "aborted", durationMs: runtime.clock.monotonicMs() - startedMs });
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    void attempt.outcome.then((outcome) => {
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    });
  });
}

/** Starts the handler, within this very call. */
export function startAttempt(job: ClaimedJob, handler: JobHandler | undefined, options: AttemptOptions): Attempt {
  const { clock, rng } = options.runtime;
  const startedMs = clock.monotonicMs();
  const { promise: outcome, resolve } = Promise.withResolvers<JobOutcome>();
  const context = new AttemptContext(job, options);
  let isCut = false;

  const passedMs = () => clock.monotonicMs() - startedMs;
  const fail = (thrown: unknown) => {
    const { code, message } = wordsOf(thrown);
    resolve({ kind: "failed", durationMs: passedMs(), code, message, retryInMs: retryInMs(job, code, handler, rng) });
  };
  const timer: Timer = clock.after(handler?.timeLimitMs ?? DEFAULT_JOB_TIME_LIMIT_MS, () => {
    const error = timeLimit(handler?.timeLimitMs ?? DEFAULT_JOB_TIME_LIMIT_MS);
    context.abort(error);
    fail(error);
  });
  const run = async () => {
    try {
      const value = await checked(job, handler).run(job, context);
      resolve({ kind: "completed", durationMs: passedMs(), value });
    } catch (thrown) {
      if (isCut) resolve({ kind: "aborted", durationMs: passedMs() });
      else fail(thrown);
    } finally {
      timer.cancel();
    }
  };
  void run();
  return {
    outcome,
    abort(reason) {
      isCut = true;
      // Cut off it has no time limit any more: a handler that never ends would leave its timer behind.
      timer.cancel();
      context.abort(reason);
    },
  };
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

function checked(job: ClaimedJob, handler: JobHandler | undefined): JobHandler {
  if (!handler) {
    throw new JobQueueError("JOB_TYPE_UNKNOWN", `Nobody here handles jobs of the type ${job.type}.`, {
      details: { type: job.type },
    });
  }
  const complaint = handler.check?.(job.payload) ?? null;
  if (complaint !== null) throw new JobQueueError("JOB_INVALID", complaint, { details: { field: "payload" } });
  return handler;
}

function timeLimit(limitMs: number): JobQueueError {
  return new JobQueueError("JOB_TIME_LIMIT", `The attempt took longer than its ${limitMs} ms.`, {
    retryable: true,
    details: { limit_ms: limitMs },
  });
}

/** Makes what few handlers look at when it is looked at: most are done before a signal would have cost its making. */
class AttemptContext implements JobContext {
  readonly leg: Leg;
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
  readonly #job: ClaimedJob;
  readonly #runtime: Runtime;
  #log: Log | undefined;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor(job: ClaimedJob, { runtime, leg, enqueue }: AttemptOptions) {
    this.leg = leg;
    this.enqueue = enqueue;
    this.#job = job;
    this.#runtime = runtime;
  }

  get idempotencyKey(): string {
    return `shoal:job:${this.#job.id}`;
  }

  get log(): Log {
    const { id, type, attempt } = this.#job;
    this.#log ??= this.#runtime.log.child({ part: "job", job_id: id, job_type: type, attempt });
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
