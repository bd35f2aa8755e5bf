import { type ErrorDetails, FleetError } from "@shoal/kernel";

export type StrategySecretErrorCode =
  /** `ENCRYPTION_KEY` is not set: no secret can be kept or used. */
  | "STRATEGY_SECRETS_OFF"
  /** A name or value that cannot be kept; `details.field` names the field. */
  | "STRATEGY_SECRET_INVALID"
  /** The owner has as many secrets as an owner may have. */
  | "STRATEGY_SECRET_LIMIT"
  /** The owner has no secret of that name. */
  | "STRATEGY_SECRET_MISSING"
  /** A strategy that runs, or has orders at an exchange, needs it. */
  | "STRATEGY_SECRET_IN_USE"
  /** It is sealed with a key that `ENCRYPTION_KEY` does not have; `details.key_id` says which. */
  | "STRATEGY_SECRET_KEY_MISSING"
  /** Its row does not open: somebody has changed it, or the key of that id is another one by now. */
  | "STRATEGY_SECRET_UNREADABLE";

/** A failure of secrets. It never carries a value or a key, nor an error that could. */
export class StrategySecretError extends FleetError {
  declare readonly code: StrategySecretErrorCode;
  constructor(code: StrategySecretErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, { details });
  }
}
