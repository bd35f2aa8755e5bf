import { invariant, isStorableText, printable } from "@shoal/kernel";
import {
  compare,
  type Decimal,
  formatDecimal,
  isPositive,
  isZero,
  multiply,
  parseDecimal,
  roundTo,
  smaller,
  subtract,
  ZERO,
} from "../decimal.ts";
import type { Instrument } from "../instrument.ts";
import { orderTransition } from "../order.state.ts";
import { type PaperBook, reserveFactor } from "./book.ts";
import { slip } from "./fill-price.ts";
import { type NewOrder, ORDER_TYPES, type PaperOrder, type Refusal, type RefusalCode, SIDES } from "./order.ts";
import { availableOf, closableQuantity } from "./reserve.ts";

export interface Placed {
  readonly kind: "placed";
  readonly book: PaperBook;
  /** As it was taken: whole lots, price on the tick. */
  readonly order: PaperOrder;
}

export interface Cancelled {
  readonly kind: "cancelled";
  readonly book: PaperBook;
  readonly order: PaperOrder;
}

export const MAX_ORDER_ID_LENGTH = 64;
const MAX_SHOWN_LENGTH = 64;

/**
 * Places an order: it is filled by candles that start at `nowMs` or later. What it needs is reserved from now on. A refusal is a value,
 * and the book stays as it was.
 */
export function place(book: PaperBook, order: NewOrder, nowMs: number): Placed | Refusal {
  invariant(Number.isSafeInteger(nowMs), "an order is placed at a whole ms");
  const wrong = checkOrder(book, order);
  if (wrong !== null) return wrong;
  const instrument = book.instruments.get(order.symbol);
  if (instrument === undefined) return refuse("TRADING_UNKNOWN_SYMBOL", `There is no ${shown(order.symbol)} here.`);
  const quantity = readQuantity(order.quantity, instrument);
  if ("kind" in quantity) return quantity;
  const price = readPrice(order, instrument);
  if (price !== null && "kind" in price) return price;
  const reservePrice = priceToReserve(book, order, instrument, price);
  if (reservePrice === null) {
    return refuse(
      "TRADING_NO_PRICE",
      `No price of ${shown(order.symbol)} is known yet: place it after its first candle.`,
    );
  }
  if (compare(multiply(price ?? reservePrice, quantity), instrument.smallestNotional) < 0) {
    const least = `${formatDecimal(instrument.smallestNotional)} ${instrument.quote}`;
    return refuse("TRADING_NOTIONAL_TOO_SMALL", `Price times quantity must be ${least} or more.`);
  }
  const taken: PaperOrder = {
    id: order.id,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    quantity,
    price,
    placedAtMs: nowMs,
    isResting: false,
    openingQuantity: subtract(quantity, smaller(quantity, closableQuantity(book, instrument, order.side, order.type))),
    reservedPerUnit: multiply(reservePrice, reserveFactor(book.settings)),
    state: { kind: "open", openQuantity: quantity, filledQuantity: ZERO },
  };
  const uncovered = checkCover(book, instrument, taken);
  return uncovered ?? { kind: "placed", book: { ...book, orders: [...book.orders, taken] }, order: taken };
}

/** Cancels an open order; what it reserved is free again. The second cancel of an order is refused. */
export function cancel(book: PaperBook, orderId: string): Cancelled | Refusal {
  const found = book.orders.find(({ id }) => id === orderId);
  if (found === undefined) {
    return refuse(
      "TRADING_UNKNOWN_ORDER",
      `No open order has the id ${shown(orderId)}: it is filled or cancelled, or was never placed.`,
    );
  }
  const { state } = orderTransition(found.state, { kind: "cancel", reason: "TRADING_CANCELLED" });
  const orders = book.orders.filter((order) => order !== found);
  return { kind: "cancelled", book: { ...book, orders }, order: { ...found, openingQuantity: ZERO, state } };
}

/** What is wrong with the order itself, and with there being one more. The types are checked as well: orders come from outside. */
function checkOrder(book: PaperBook, { id, side, type }: NewOrder): Refusal | null {
  const isId = typeof id === "string" && id.length > 0 && id.length <= MAX_ORDER_ID_LENGTH && isStorableText(id);
  if (!isId) return refuse("TRADING_INVALID_ORDER", `An order's id has 1 to ${MAX_ORDER_ID_LENGTH} characters.`);
  if (!SIDES.includes(side)) return refuse("TRADING_INVALID_ORDER", `An order's side is ${SIDES.join(" or ")}.`);
  if (!ORDER_TYPES.includes(type)) {
    return refuse("TRADING_INVALID_ORDER", `An order's type is ${ORDER_TYPES.join(", ")}.`);
  }
  if (book.orders.some((order) => order.id === id)) {
    return refuse("TRADING_DUPLICATE_ORDER", `An open order has the id ${shown(id)} already.`);
  }
  const most = book.settings.maxOpenOrderCount;
  if (book.orders.length < most) return null;
  return refuse("TRADING_TOO_MANY_ORDERS", `${most} orders are open, which is the limit: cancel one first.`);
}

function readQuantity(text: string, { lot, smallestQuantity, symbol }: Instrument): Decimal | Refusal {
  const asked = parseDecimal(text);
  if (asked === null || !isPositive(asked)) {
    return refuse(
      "TRADING_INVALID_QUANTITY",
      "A quantity is a decimal text above 0 with at most 30 digits on each side.",
    );
  }
  const quantity = roundTo(asked, lot, "floor");
  if (compare(quantity, smallestQuantity) >= 0) return quantity;
  return refuse(
    "TRADING_QUANTITY_TOO_SMALL",
    `The least quantity of ${shown(symbol)} is ${formatDecimal(smallestQuantity)}, in steps of ${formatDecimal(lot)}.`,
  );
}

/** A buy goes down to the tick, a sell up: a limit is never worse than asked, and a stop never later. */
function readPrice({ type, price: text, side }: NewOrder, { tick }: Instrument): Decimal | null | Refusal {
  if (type === "market") {
    if (text === undefined) return null;
    return refuse("TRADING_INVALID_PRICE", "A market order has no price: place a limit order, or leave it out.");
  }
  const asked = parseDecimal(text);
  const price = asked === null ? null : roundTo(asked, tick, side === "buy" ? "floor" : "ceil");
  if (price !== null && isPositive(price)) return price;
  return refuse(
    "TRADING_INVALID_PRICE",
    `A ${type} order needs a price: a decimal text of ${formatDecimal(tick)} or more.`,
  );
}

/** The price at which an order is likely to be filled at worst; null when none is known. A gap may be worse. */
function priceToReserve(book: PaperBook, order: NewOrder, { tick, symbol }: Instrument, price: Decimal | null) {
  if (order.type === "limit") return price;
  const expected = price ?? book.prices.get(symbol)?.price ?? null;
  if (expected === null || order.side === "sell") return expected;
  return slip(expected, "buy", { slippageRatio: book.settings.slippageRatio, tick, candle: null });
}

function checkCover(book: PaperBook, instrument: Instrument, order: PaperOrder): Refusal | null {
  if (isZero(order.openingQuantity)) return null;
  if (order.side === "sell" && !book.settings.isShortAllowed) {
    const free = formatDecimal(subtract(order.quantity, order.openingQuantity));
    return refuse(
      "TRADING_INSUFFICIENT_BASE",
      `It sells ${formatDecimal(order.quantity)} ${instrument.base}, and ${free} are held and not on sale yet.`,
    );
  }
  const needed = multiply(order.openingQuantity, order.reservedPerUnit);
  const available = availableOf(book, instrument.quote);
  if (compare(needed, available) <= 0) return null;
  return refuse(
    "TRADING_INSUFFICIENT_CASH",
    `It needs ${formatDecimal(needed)} ${instrument.quote} with fees, and ${formatDecimal(available)} are free.`,
  );
}

function refuse(code: RefusalCode, message: string): Refusal {
  return { kind: "refused", code, message };
}

/** Text of a stranger within a message of ours. */
function shown(text: unknown): string {
  const cut = typeof text === "string" ? text.slice(0, MAX_SHOWN_LENGTH) : typeof text;
  return printable(cut);
}
