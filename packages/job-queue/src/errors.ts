import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** Stable codes of this package. */
export type JobErrorCode =
  /** A job to be added is not one; `details.field` names what is wrong. */
  | "JOB_INVALID"
  /** Its payload is larger than 1 MB. */
  | "JOB_PAYLOAD_TOO_LARGE"
  /** Nobody here handles that type. */
  | "JOB_TYPE_UNKNOWN"
  /** There is no job of that id. */
  | "JOB_UNKNOWN"
  /** The job is in a status in which this cannot be done to it. */
  | "JOB_WRONG_STATUS"
  /** The attempt took longer than its time limit. */
  | "JOB_TIME_LIMIT"
  /** Its handler says that another attempt would be of no use. */
  | "JOB_GIVEN_UP"
  /** Somebody took it out of the queue. */
  | "JOB_CANCELLED"
  /** The worker that held it went without a word. */
  | "JOB_WORKER_LOST"
  /** The reason of an aborted signal: its lease is over, or somebody took the job. */
  | "JOB_LEASE_LOST"
  /** The reason of an aborted signal: the process ends, and the job is given back. */
  | "JOB_DRAINED"
  /** A cron text, time zone or missed-run policy that is not one. */
  | "SCHEDULE_INVALID"
  | "QUEUE_UNKNOWN"
  /** The name is not one that pgmq takes. */
  | "QUEUE_INVALID"
  /** The database has no pgmq and it could not be installed. */
  | "QUEUE_PGMQ_MISSING"
  /** A message that was read here may be another reader's by now. */
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

/** To be thrown by a handler for which another attempt would be of no use: the job is dead at once. */
export function giveUp(message: string): JobQueueError {
  return new JobQueueError("JOB_GIVEN_UP", message);
}
