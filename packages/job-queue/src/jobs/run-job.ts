import { toError } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";
import type { ClaimedJob, JobHandler, JobOutcome } from "../types.ts";
import { Attempt, AttemptContext, type ContextOptions } from "./attempt.ts";
import { createTimeLimits, type TimeLimits } from "./time-limits.ts";

export interface RunJobOptions extends ContextOptions {
  /** Cuts the attempt off: the outcome is `aborted` at once, and the handler's signal aborts with the same reason. */
  readonly signal: AbortSignal;
}

/** To be thrown by a handler for which another attempt would be of no use: the job is dead at once. */
export function giveUp(message: string): JobQueueError {
  return new JobQueueError("JOB_GIVEN_UP", message);
}

/**
 * Runs the handler of a claimed job once and says how it ended; never rejects. Whoever claimed it has yet to settle it.
 * Otherwise as `startJob`.
 */
export function runJob(job: ClaimedJob, handler: JobHandler | undefined, options: RunJobOptions): Promise<JobOutcome> {
  const { signal, runtime } = options;
  const { clock } = runtime;
  const startedMs = clock.monotonicMs();
  const attempt = startJob(job, handler, { ...options, timeLimits: createTimeLimits(clock) }, startedMs);
  return new Promise((resolve) => {
    const onAbort = () => {
      attempt.abort(toError(signal.reason));
      resolve({ kind: "aborted", durationMs: clock.monotonicMs() - startedMs });
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    void attempt.outcome.then((outcome) => {
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    });
  });
}

/** Starts the handler of a claimed job. Without one the attempt fails as JOB_TYPE_UNKNOWN. `startedMs`: now, on the monotonic clock. */
export function startJob(
  job: ClaimedJob,
  handler: JobHandler | undefined,
  options: ContextOptions & { readonly timeLimits: TimeLimits },
  startedMs: number,
): Attempt {
  const { runtime, timeLimits } = options;
  const context = new OfJob(job, options);
  return new Attempt({ work: job, handler: handler ?? NOBODY, context, runtime, timeLimits, startedMs });
}

const NOBODY: JobHandler = {
  async run({ type }) {
    throw new JobQueueError("JOB_TYPE_UNKNOWN", `Nobody here handles jobs of the type ${type}.`, { details: { type } });
  },
};

class OfJob extends AttemptContext {
  readonly #job: ClaimedJob;

  constructor(job: ClaimedJob, options: ContextOptions) {
    super(options);
    this.#job = job;
  }

  get idempotencyKey(): string {
    return `shoal:job:${this.#job.id}`;
  }

  protected get logFields() {
    const { id, type, attempt } = this.#job;
    return { part: "job", job_id: id, job_type: type, attempt };
  }
}
