import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** Stable codes of what the runner itself refuses. How strategies fail is a value: `RunFailureCode`. */
export type StrategyRunnerErrorCode =
  /** The runner is closed, or closed before the run began or ended. */
  | "STRATEGY_RUNNER_CLOSED"
  /** A wall of the jail is missing where all are required; `details.missing` names them. */
  | "STRATEGY_JAIL_INCOMPLETE";

export class StrategyRunnerError extends FleetError {
  declare readonly code: StrategyRunnerErrorCode;
  constructor(
    code: StrategyRunnerErrorCode,
    message: string,
    options: { retryable?: boolean; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
