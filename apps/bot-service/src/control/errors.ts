import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** Stable codes of the control. Why commands are rejected is a value: `RejectionCode`. */
export type ControlErrorCode =
  /** A command to be issued is not one; `details.field` names what is wrong. */
  | "CONTROL_COMMAND_INVALID"
  /** The channel of changes was lost for good; it is taken anew. */
  | "CONTROL_FEED_LOST"
  /** Realtime does not stream the rows and will not by itself; it is asked again every few minutes. */
  | "CONTROL_FEED_REFUSED";

export class ControlError extends FleetError {
  declare readonly code: ControlErrorCode;
  constructor(code: ControlErrorCode, message: string, options: { details?: ErrorDetails; retryable?: boolean } = {}) {
    super(code, message, options);
  }
}
