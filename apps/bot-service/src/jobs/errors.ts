import { type ErrorDetails, FleetError } from "@shoal/kernel";

export type DaemonJobErrorCode =
  /** The feed did not answer with success within the limit. */
  | "CALENDAR_FEED_UNAVAILABLE"
  /** The feed is not a list of events; nothing has been changed. */
  | "CALENDAR_FEED_INVALID"
  | "CALENDAR_FEED_TOO_LARGE"
  /** The feed is at another host by now; nothing was read there. */
  | "CALENDAR_FEED_REDIRECTED"
  /** A webhook did not answer with success in three tries. */
  | "ALERT_WEBHOOK_UNAVAILABLE"
  /** A webhook refused the alert for good: its address is wrong. */
  | "ALERT_WEBHOOK_REFUSED";

/** A failure of the daemon's own jobs. It never names an address, which is a secret. */
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
