import { JobQueueError } from "../errors.ts";
import type { ClaimedJob, JobHandler, JobHandlers } from "../types.ts";
import { AttemptContext, type ContextOptions } from "../work/attempt.ts";
import { handlerOf } from "./check-job.ts";

/** What the handler of a job is given. */
export class JobContextImpl extends AttemptContext {
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

const UNKNOWN_TYPE_HANDLER: JobHandler = {
  async run({ type }) {
    throw new JobQueueError("JOB_TYPE_UNKNOWN", `This process has no handler for jobs of the type ${type}.`, {
      details: { type },
    });
  },
};

/** The handler of a claimed job. Without one the attempt fails as JOB_TYPE_UNKNOWN. */
export function handlerOfClaim(handlers: JobHandlers, { type }: ClaimedJob): JobHandler {
  return handlerOf(handlers, type) ?? UNKNOWN_TYPE_HANDLER;
}
