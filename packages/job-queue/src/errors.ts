import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** Stable codes of this package. */
export type JobErrorCode =
  /** A job cannot be added as given; `details.field` names what is wrong. */
  | "JOB_INVALID"
  /** Its payload is larger than 1 MB. */
  | "JOB_PAYLOAD_TOO_LARGE"
  /** This process has no handler for that type. */
  | "JOB_TYPE_UNKNOWN"
  /** There is no job of that id. */
  | "JOB_UNKNOWN"
  /** The status of the job does not allow this. */
  | "JOB_WRONG_STATUS"
  /** The attempt took longer than its time limit. */
  | "JOB_TIME_LIMIT"
  /** Its handler says that another attempt would be useless. */
  | "JOB_GIVEN_UP"
  /** An operator took it out of the queue. */
  | "JOB_CANCELLED"
  /** The worker that held it died. */
  | "JOB_WORKER_LOST"
  /** The reason of an aborted signal: its lease has run out, or others hold the job. */
  | "JOB_LEASE_LOST"
  /** The reason of an aborted signal: the process ends, and the job is given back. */
  | "JOB_DRAINED"
  /** A cron text, time zone or missed-run policy that cannot be read. */
  | "SCHEDULE_INVALID"
  | "QUEUE_UNKNOWN"
  /** pgmq does not take this name. */
  | "QUEUE_INVALID"
  /** The database has no pgmq and it could not be installed. */
  | "QUEUE_PGMQ_MISSING"
  /** Another reader may have a message that was read here. */
  | "QUEUE_MESSAGE_LOST"
  /** Inngest did not take the events. */
  | "INNGEST_UNAVAILABLE"
  | "INNGEST_REFUSED";

export class JobQueueError extends FleetError {
  declare readonly code: JobErrorCode;
  constructor(
    code: JobErrorCode,
    message: string,
    options: { retryable?: boolean; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}

/** Makes an error for a handler to throw when another attempt would be useless: the job is dead at once. */
export function giveUp(message: string): JobQueueError {
  return new JobQueueError("JOB_GIVEN_UP", message);
}
