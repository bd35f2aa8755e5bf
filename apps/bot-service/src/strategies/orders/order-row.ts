import type { ClaimedWork } from "@shoal/job-queue/work";
import { toStorableText } from "@shoal/kernel";
import {
  type Decimal,
  decimal,
  type ExchangeFill,
  type ExchangeOrderRequest,
  formatDecimal,
  isNegative,
  type OrderProgress,
  type OrderState,
  type OrderType,
  type Side,
  subtract,
  wantCancel,
  ZERO,
} from "@shoal/trading";

/** A claimed order, as `shoal.order_turn` returns it. Decimals are texts. */
export interface OrderRow {
  readonly id: string;
  readonly strategy_id: string;
  readonly owner_id: string;
  readonly epoch: string;
  readonly venue: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: string;
  readonly price: string | null;
  readonly status: OrderState["kind"];
  readonly filled: string;
  readonly is_cancel_wanted: boolean;
  readonly attempts: number;
  /** When the intent was written, by the database's clock. */
  readonly placed_ms: number;
  readonly sent_ms: number | null;
  readonly fill_ids: readonly string[];
  readonly secret_name: string;
  /** Null: there is no such secret. */
  readonly secret_version: string | null;
  readonly is_secret_refused: boolean;
  /** The database's clock. */
  readonly now_ms: number;
}

/** An order that this process has claimed. */
export interface ClaimedOrder extends ClaimedWork {
  readonly row: OrderRow;
  /** On the monotonic clock, in ms, when the row came. */
  readonly receivedAtMs: number;
}

/** What is written of an order, as `shoal.order_settle` takes it. */
export interface SettledOrder {
  readonly status: OrderState["kind"];
  readonly reason: string | null;
  readonly exchangeId: string | null;
  readonly checkAtMs: number;
  readonly attempts: number;
  /** As it was claimed: a wish that came since makes it due at once. */
  readonly isCancelWanted: boolean;
  readonly error: string | null;
  readonly fills: readonly SettledFill[];
}

export interface SettledFill {
  readonly id: string;
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeCurrency: string;
  readonly liquidity: ExchangeFill["liquidity"];
  readonly filledAtMs: number;
}

/** The order as the rules of `@shoal/trading` take it. What was claimed is due. Throws for a row that is none. */
export function progressOf(row: OrderRow): OrderProgress {
  const progress: OrderProgress = {
    state: stateOf(row),
    sentAtMs: row.sent_ms,
    checkAtMs: 0,
    attemptCount: row.attempts,
    isCancelWanted: false,
    fillIds: new Set(row.fill_ids.map((id) => id.slice(fillIdOf(row.id, "").length))),
  };
  return row.is_cancel_wanted ? wantCancel(progress, row.now_ms) : progress;
}

function stateOf({ status, quantity, filled }: OrderRow): OrderState {
  const filledQuantity = decimal(filled);
  const left = subtract(decimal(quantity), filledQuantity);
  const openQuantity: Decimal = isNegative(left) ? ZERO : left;
  switch (status) {
    case "intended":
    case "sent":
    case "unknown":
      return { kind: status, openQuantity };
    case "open":
      return { kind: status, openQuantity, filledQuantity };
    case "filled":
      return { kind: status, filledQuantity };
    case "cancelled":
      return { kind: status, filledQuantity, reason: "" };
    case "rejected":
      return { kind: status, reason: "" };
    default:
      throw new TypeError(`An order has the status ${status}, which this version does not know.`);
  }
}

/** The order as the exchange is to take it: our id is the one that the exchange knows it by. */
export function requestOf({ id, symbol, side, type, quantity, price }: OrderRow): ExchangeOrderRequest {
  return {
    ...{ clientId: id, symbol, side, type, quantity: formatDecimal(decimal(quantity)) },
    ...(price !== null && { price: formatDecimal(decimal(price)) }),
  };
}

/** With the order's id, because ids of trades repeat between symbols, and a trade between two orders of one account has one id. */
export const fillIdOf = (orderId: string, tradeId: string) => `${orderId}:${tradeId}`;

export interface Learned {
  readonly newFills?: readonly ExchangeFill[];
  readonly exchangeId?: string | null;
  /** Why nothing was learned. */
  readonly error?: string | null;
  /** Why it is still there, though it was to be cancelled. */
  readonly refusal?: string | null;
}

const TEXT_CHARACTERS = 300;

/** Text of an exchange, so that no answer of one can keep an order from being written. */
const bounded = (text: string | null) => (text === null ? null : toStorableText(text.slice(0, TEXT_CHARACTERS)));

export function settledOf(
  row: OrderRow,
  { state, checkAtMs, attemptCount }: OrderProgress,
  { newFills = [], exchangeId = null, error = null, refusal = null }: Learned = {},
): SettledOrder {
  return {
    ...{ status: state.kind, reason: bounded("reason" in state ? state.reason : refusal) },
    ...{ exchangeId: bounded(exchangeId), checkAtMs, attempts: attemptCount },
    ...{ isCancelWanted: row.is_cancel_wanted, error: bounded(error) },
    fills: newFills.map(({ id, price, quantity, fee, feeCurrency, liquidity, atMs }) => ({
      ...{ id: fillIdOf(row.id, id), price: formatDecimal(price), quantity: formatDecimal(quantity) },
      ...{ fee: formatDecimal(fee), feeCurrency, liquidity, filledAtMs: atMs },
    })),
  };
}
