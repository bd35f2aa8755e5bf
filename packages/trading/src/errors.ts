import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** What a caller gave wrong. None is retryable: the same call fails again. */
export type TradingErrorCode =
  /** A text that is no decimal within the bounds of `parseDecimal`. */
  | "TRADING_INVALID_DECIMAL"
  /** An instrument that breaks a rule of `createInstrument`; `details.field` names it. */
  | "TRADING_INVALID_INSTRUMENT"
  /** Settings of a paper book that are out of their range; `details.field` names it. */
  | "TRADING_INVALID_SETTINGS"
  /** A candle that is none: not finite, not positive, its high below its low; `details.field` names it. */
  | "TRADING_INVALID_CANDLE"
  /** A candle that is not later than the one before it of that symbol. */
  | "TRADING_CANDLE_OUT_OF_ORDER"
  /** A fill of an exchange that does not belong to its order, or has no price or quantity. */
  | "TRADING_INVALID_FILL"
  /** Orders cannot be sent to that exchange once and only once, or it is none; `details.exchangeId` names it. */
  | "TRADING_EXCHANGE_UNSUPPORTED"
  /** The book has no instrument of that symbol. */
  | "TRADING_UNKNOWN_SYMBOL"
  /** A stored book that cannot be read; `details.path` says where. */
  | "TRADING_INVALID_BOOK"
  /** A value in another currency is asked for, and no symbol with a price leads there. */
  | "TRADING_NO_PRICE";

export class TradingError extends FleetError {
  declare readonly code: TradingErrorCode;
  constructor(code: TradingErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(code, message, options);
  }
}
