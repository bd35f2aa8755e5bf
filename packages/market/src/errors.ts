import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** Stable codes of this package. */
export type MarketErrorCode =
  /** No indicator, or no parameter or number of inputs of it, is like that; `details.field` names what is wrong. */
  | "MARKET_INDICATOR_INVALID"
  /** A text that is none of `TIMEFRAMES`. */
  | "MARKET_TIMEFRAME_INVALID"
  /** Candles that break a rule of `candleProblems`; `details.problems` lists the first of them. */
  | "MARKET_CANDLES_INVALID"
  /** Two series that are to be one have different symbols or timeframes. */
  | "MARKET_CANDLES_MISMATCH"
  /** A query that no source can answer: an empty range, a limit below 1. */
  | "MARKET_QUERY_INVALID"
  /** The reason of an aborted signal: nobody waits for the candles any more. */
  | "MARKET_REQUEST_ABORTED"
  /** A file of candles that cannot be read as such; `details.problems` lists what is wrong, by line. */
  | "MARKET_FILE_INVALID"
  /** The file does not exist or may not be read. */
  | "MARKET_FILE_UNREADABLE"
  /** The file is larger than the limit. */
  | "MARKET_FILE_TOO_LARGE"
  /** ccxt knows no exchange of that id, or that exchange has no candles. */
  | "MARKET_EXCHANGE_UNKNOWN"
  /** The exchange does not have this symbol or timeframe. */
  | "MARKET_SYMBOL_UNKNOWN"
  /** The exchange does not answer, is overloaded or in maintenance. Retryable. */
  | "MARKET_EXCHANGE_UNAVAILABLE"
  /** The exchange refuses the request. */
  | "MARKET_EXCHANGE_REFUSED";

export class MarketError extends FleetError {
  declare readonly code: MarketErrorCode;
  constructor(
    code: MarketErrorCode,
    message: string,
    options: { retryable?: boolean; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
