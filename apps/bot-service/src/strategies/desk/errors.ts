import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** Why the desk refused. Stable; nothing was changed. */
export type StrategyDeskErrorCode =
  /** No such strategy, run or order, or one of another owner, whose ids do not exist for the asker. */
  | "STRATEGY_UNKNOWN"
  /** The version asked for was never deployed. */
  | "STRATEGY_VERSION_UNKNOWN"
  /** A field of the request; `details.field` names it. */
  | "STRATEGY_INVALID"
  /** The source; `details.diagnostics` says what and where. */
  | "STRATEGY_CODE_REFUSED"
  /** Another strategy of the owner has the name. */
  | "STRATEGY_NAME_TAKEN"
  /** The owner has as many strategies as may be. */
  | "STRATEGY_LIMIT"
  | "STRATEGY_SCHEDULE_INVALID"
  | "STRATEGY_VENUE_UNKNOWN"
  | "STRATEGY_MARKET_UNKNOWN"
  /** The market does not have what `needs` of the source names. */
  | "STRATEGY_NEEDS_IMPOSSIBLE"
  | "STRATEGY_ACCOUNT_INVALID"
  | "STRATEGY_SECRET_MISSING"
  /** Signed-in users may not deploy here: CONTROL_OPEN_TO. */
  | "STRATEGY_NOT_OPEN"
  /** The Idempotency-Key came before, with another request. */
  | "STRATEGY_IDEMPOTENCY_CONFLICT"
  /** Orders at an exchange are live. */
  | "STRATEGY_ORDERS_OPEN"
  /** What has traded keeps its venue, money and secret. */
  | "STRATEGY_WRONG_STATUS"
  /** The order is over. */
  | "STRATEGY_ORDER_OVER"
  /** What the request asks for needs something that is away: the sandbox, a market. Retryable. */
  | "STRATEGY_UNAVAILABLE";

export class StrategyDeskError extends FleetError {
  declare readonly code: StrategyDeskErrorCode;
  constructor(
    code: StrategyDeskErrorCode,
    message: string,
    options: { retryable?: boolean; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
