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
  | "STRATEGY_CODE_INVALID"
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
  /** The status of the strategy does not allow it: a stopped one cannot be paused. */
  | "STRATEGY_WRONG_STATUS"
  /** A strategy keeps its venue, its market and its account; another name makes another strategy. */
  | "STRATEGY_FIXED"
  /** The book does not take the order that would close a position: `details.refusal` has its code. */
  | "STRATEGY_ORDER_REFUSED"
  /** The user was deleted. */
  | "STRATEGY_OWNER_GONE"
  /** The user deploys or checks too much in a short time. */
  | "STRATEGY_TOO_MANY_DEPLOYS"
  /** The user has too many runs done again in a short time. */
  | "STRATEGY_TOO_MANY_REPLAYS"
  /** The sandbox is busy, or does not start. Retryable. */
  | "STRATEGY_REPLAY_UNAVAILABLE"
  /** What came into the run is no longer kept, or its code is not: it cannot be done again. */
  | "STRATEGY_JOURNAL_GONE"
  /** Too many deploys are being checked, or somebody else changes the strategy again and again. Retryable. */
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

/** Says that there is none, or none of the asker's. */
export function unknown(what: "strategy" | "run" | "order"): StrategyDeskError {
  return new StrategyDeskError("STRATEGY_UNKNOWN", `There is no ${what} with this id.`, { details: { field: "id" } });
}

export function versionUnknown(): StrategyDeskError {
  return invalid("version", "this strategy has had no such version", "STRATEGY_VERSION_UNKNOWN");
}

/** `expected` completes "<field> …". */
export function invalid(
  field: string,
  expected: string,
  code: StrategyDeskErrorCode = "STRATEGY_INVALID",
): StrategyDeskError {
  return new StrategyDeskError(code, `${field}: ${expected}.`, { details: { field } });
}

/** Says that others change the strategy faster than this asker can. */
export function changedTooOften(): StrategyDeskError {
  const message = "The strategy was changed by others in the meantime, again and again; try again.";
  return new StrategyDeskError("STRATEGY_UNAVAILABLE", message, { retryable: true });
}

export function ownerGone(): StrategyDeskError {
  return new StrategyDeskError("STRATEGY_OWNER_GONE", "The owner's account was deleted: nothing of it runs any more.");
}
