import type { Decimal } from "../decimal.ts";
import type { InstrumentText } from "../instrument.ts";
import type { OrderType } from "../paper/order.ts";
import type { Side } from "../position.ts";

/** An order as an exchange is to take it. Quantity and price are decimal texts on lot and tick. */
export interface ExchangeOrderRequest {
  /** Our id of the order, a UUID. The exchange knows the order by it. */
  readonly clientId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: string;
  /** Of a limit or stop order. */
  readonly price?: string;
}

/** A trade of an order, as the exchange tells it. */
export interface ExchangeFill {
  /** The exchange's id of the trade. */
  readonly id: string;
  readonly price: Decimal;
  readonly quantity: Decimal;
  /** Below 0 for a rebate. */
  readonly fee: Decimal;
  readonly feeCurrency: string;
  readonly liquidity: "maker" | "taker";
  /** Epoch ms, by the exchange's clock. */
  readonly atMs: number;
}

/** An order as the exchange knows it. */
export interface ExchangeOrder {
  readonly exchangeId: string;
  readonly state: "open" | "filled" | "cancelled" | "expired" | "rejected";
  readonly filledQuantity: Decimal;
  /** Those that can be read now: an exchange writes them a moment after it has counted them, and may forget old ones. */
  readonly fills: readonly ExchangeFill[];
}

/** No answer to what was asked. Messages are for people and hold no key, signature or address of a signed request. */
export type Unanswered =
  /** It may or may not have been done: no answer in time, a cut connection, an error of the server, an answer that nobody can read. */
  | { readonly kind: "unknown"; readonly message: string }
  /** It was certainly not done: too many requests, maintenance, the exchange out of reach, too late to begin. */
  | { readonly kind: "later"; readonly retryAfterMs: number; readonly message: string }
  /** It was certainly not done: the account's key is unknown, wrong, or not allowed to. */
  | { readonly kind: "key-refused"; readonly message: string };

export type SendResult =
  | { readonly kind: "accepted"; readonly order: ExchangeOrder }
  | { readonly kind: "rejected"; readonly code: RejectionCode; readonly message: string }
  | Unanswered;

export type ReadResult =
  /** `refusal`: why the exchange would not cancel it, in its words; absent where it was not asked to, or did. */
  | { readonly kind: "found"; readonly order: ExchangeOrder; readonly refusal?: string }
  /** Not there now. A request under way may still bring it: see `nextOrderStep`. */
  | { readonly kind: "absent" }
  | Unanswered;

export type InstrumentsResult =
  | {
      readonly kind: "found";
      readonly instruments: readonly InstrumentText[];
      /** Those that it does not have, or not for money now. */
      readonly unknownSymbols: readonly string[];
    }
  | Unanswered;

export type BalancesResult =
  /** What is free, by currency. */
  { readonly kind: "found"; readonly free: ReadonlyMap<string, Decimal> } | Unanswered;

/** Why an exchange will not have an order. Stable: match on these. */
export type RejectionCode =
  | "TRADING_EXCHANGE_INSUFFICIENT_FUNDS"
  | "TRADING_EXCHANGE_UNKNOWN_SYMBOL"
  /** Price, quantity or type is not one that it takes. */
  | "TRADING_EXCHANGE_INVALID_ORDER"
  /** Trading is halted, or not allowed to this account. */
  | "TRADING_EXCHANGE_CLOSED"
  /** It does not have orders of that type, or they cannot be read back by our id. */
  | "TRADING_EXCHANGE_UNSUPPORTED"
  /** Anything else; the message says what. */
  | "TRADING_EXCHANGE_REFUSED";

export interface SendOptions {
  /**
   * Monotonic: the request does not begin later, however long the exchange's pace holds it back. So it is known until when the order may
   * arrive. Taken before the order is written down as sent, plus `EXCHANGE_TIMES.sendWithinMs`.
   */
  readonly beginBeforeMs: number;
  readonly signal: AbortSignal;
}

/** How an order is found at the exchange. */
export interface ExchangeOrderKey {
  readonly clientId: string;
  readonly symbol: string;
}

/**
 * One account at one exchange. Each function is bounded in time (`EXCHANGE_TIMES`) and bytes, ends early with its signal, and resolves with
 * a value whatever happens; nothing is tried a second time.
 */
export interface ExchangePort {
  /** Sends an order, however often it was sent before: `nextOrderStep` says when. */
  send(order: ExchangeOrderRequest, options: SendOptions): Promise<SendResult>;
  /** Looks for an order by our id. */
  read(key: ExchangeOrderKey, signal: AbortSignal): Promise<ReadResult>;
  /** Asks for the cancellation, and then reads the order whatever the answer was. Idempotent. */
  cancel(key: ExchangeOrderKey, signal: AbortSignal): Promise<ReadResult>;
  instruments(symbols: readonly string[], signal: AbortSignal): Promise<InstrumentsResult>;
  /** Also tells whether the key is a usable one. */
  balances(signal: AbortSignal): Promise<BalancesResult>;
}

/**
 * Times in ms. A send begins within `sendWithinMs` of the moment it is written down, its request ends after `requestMs`, and exchanges refuse
 * a request that is older than `arrivalMs` when it arrives. So `settledAfterMs` after an order was written down as sent, it is there or never will be.
 */
export const EXCHANGE_TIMES = {
  sendWithinMs: 5_000,
  requestMs: 10_000,
  arrivalMs: 5_000,
  /** The sum, and 10 s for clocks that differ. */
  settledAfterMs: 30_000,
} as const;
