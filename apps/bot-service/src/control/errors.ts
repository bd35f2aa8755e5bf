import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** Stable codes of the control's errors. A rejected command is not an error: see `RejectionCode`. */
export type ControlErrorCode =
  /** A command to be issued is not valid; `details.field` names the field. */
  | "CONTROL_COMMAND_INVALID"
  /** The channel of row changes failed for good; another one is acquired. */
  | "CONTROL_FEED_LOST"
  /** Realtime streams no rows though it says so; it is subscribed to anew. */
  | "CONTROL_FEED_SILENT"
  /** Realtime refuses to stream the rows; it is asked again every few minutes. */
  | "CONTROL_FEED_REFUSED";

export class ControlError extends FleetError {
  declare readonly code: ControlErrorCode;
  constructor(code: ControlErrorCode, message: string, options: { details?: ErrorDetails; retryable?: boolean } = {}) {
    super(code, message, options);
  }
}
