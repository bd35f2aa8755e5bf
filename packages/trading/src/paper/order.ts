import type { Decimal } from "../decimal.ts";
import type { OrderState } from "../order.state.ts";
import type { Side } from "../position.ts";

export const ORDER_TYPES = ["market", "limit", "stop"] as const;
export type OrderType = (typeof ORDER_TYPES)[number];
export const SIDES = ["buy", "sell"] as const satisfies readonly Side[];

/** What somebody wants to trade. Money and quantities are decimal texts. */
export interface NewOrder {
  /** The caller's, 1 to 64 characters; no two open orders of a book share one. */
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** Cut down to whole lots. */
  readonly quantity: string;
  /** Of a limit or stop order; put on the tick, down for a buy and up for a sell. */
  readonly price?: string;
}

/** An order of a paper book. */
export interface PaperOrder {
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** As placed: whole lots. */
  readonly quantity: Decimal;
  /** On the tick; null for a market order. */
  readonly price: Decimal | null;
  readonly placedAtMs: number;
  /** A limit order that has outlived a candle: the market comes to it, so it pays the maker fee. */
  readonly isResting: boolean;
  /** What of its open quantity opens a position and is paid for by free money; the rest closes what is held. */
  readonly openingQuantity: Decimal;
  /** Money in the quote currency that is reserved for each opening unit, with the higher of both fees. */
  readonly reservedPerUnit: Decimal;
  readonly state: OrderState;
}

/** Why an order was refused. Stable: match on these. */
export type RefusalCode =
  /** Id, side or type is none. */
  | "TRADING_INVALID_ORDER"
  /** An open order has this id. */
  | "TRADING_DUPLICATE_ORDER"
  | "TRADING_UNKNOWN_SYMBOL"
  /** No decimal text, 0, negative, or beyond 30 digits. */
  | "TRADING_INVALID_QUANTITY"
  /** Less than a lot, or than the least quantity. */
  | "TRADING_QUANTITY_TOO_SMALL"
  /** Missing, no decimal text, 0 or less (also after it was put on the tick), or given with a market order. */
  | "TRADING_INVALID_PRICE"
  /** A market order before the first candle of its symbol: nobody knows what to reserve. */
  | "TRADING_NO_PRICE"
  | "TRADING_NOTIONAL_TOO_SMALL"
  | "TRADING_TOO_MANY_ORDERS"
  /** It costs more than what is not reserved yet. */
  | "TRADING_INSUFFICIENT_CASH"
  /** It sells more than is held and not on sale yet. */
  | "TRADING_INSUFFICIENT_BASE"
  /** No open order has the id that is to be cancelled. */
  | "TRADING_UNKNOWN_ORDER";

export interface Refusal {
  readonly kind: "refused";
  readonly code: RefusalCode;
  /** For the owner: what is wrong, and what would be right. */
  readonly message: string;
}

/** Why an order that was placed ended without being filled, with words for the owner. */
export const CANCEL_REASONS = {
  TRADING_CANCELLED: "Cancelled by its owner.",
  TRADING_INSUFFICIENT_CASH:
    "The price moved after the order was placed: it was filled as far as the money went, and the rest is cancelled.",
  TRADING_HOLDING_GONE: "What it was to close has been closed by another order.",
  TRADING_LIQUIDATED: "The short position was bought back because its collateral was used up.",
} as const;
export type CancelReason = keyof typeof CANCEL_REASONS;
