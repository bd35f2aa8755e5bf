import { type ErrorDetails, FleetError } from "@shoal/kernel";

export type DaemonJobErrorCode =
  /** The feed did not answer, or not with success. */
  | "CALENDAR_FEED_UNAVAILABLE"
  /** What it answered is not a list of events; nothing has been changed. */
  | "CALENDAR_FEED_INVALID"
  | "CALENDAR_FEED_TOO_LARGE"
  /** A webhook did not answer, or not with success, however often it was asked. */
  | "ALERT_WEBHOOK_UNAVAILABLE"
  /** A webhook says that this will never do. */
  | "ALERT_WEBHOOK_REFUSED";

/** What the daemon's own jobs report. Addresses are secrets and never part of it. */
export class DaemonJobError extends FleetError {
  declare readonly code: DaemonJobErrorCode;
  constructor(
    code: DaemonJobErrorCode,
    message: string,
    options: { retryable?: boolean; details?: ErrorDetails } = {},
  ) {
    super(code, message, options);
  }
}
