import { add, type Decimal, isNegative, isPositive, isZero, negate, smaller, subtract, ZERO } from "../decimal.ts";
import { TradingError } from "../errors.ts";
import type { Instrument } from "../instrument.ts";
import { openQuantityOf } from "../order.state.ts";
import { balanceOf, type PaperBook, positionOf } from "../paper/book.ts";
import type { Fill } from "../paper/fill.ts";
import type { NewOrder, PaperOrder, Refusal } from "../paper/order.ts";
import { type Cancelled, type Placed, place } from "../paper/place.ts";
import { moneyReservedFor } from "../paper/reserve.ts";
import { bookTrade, changeBalance, moveOrder, type OpenBook } from "../paper/trade.ts";
import type { Side } from "../position.ts";

/** A trade as an exchange tells it. */
export interface VenueFill {
  readonly orderId: string;
  /** The exchange's id of the trade. Whoever applies fills knows which of them the book has already. */
  readonly fillId: string;
  readonly symbol: string;
  readonly side: Side;
  /** Above 0. */
  readonly price: Decimal;
  /** Above 0. */
  readonly quantity: Decimal;
  /** Below 0 for a rebate. */
  readonly fee: Decimal;
  readonly feeCurrency: string;
  readonly liquidity: Fill["liquidity"];
  /** Epoch ms. */
  readonly atMs: number;
}

export interface AppliedFill {
  readonly book: PaperBook;
  /** Of what this fill closed, before fees. */
  readonly realisedProfit: Decimal;
  /** The order after it; null if the book does not have it open any more. */
  readonly order: PaperOrder | null;
  /** False where the fee is in a currency of no instrument of the book, such as a token of the exchange: the account pays it, the book does not. */
  readonly isFeeBooked: boolean;
}

/**
 * Places an order that is to go to an exchange: the checks and the reservation of `place`, and it stays open until the exchange speaks.
 * One difference: a stop and a limit order never share a holding, for nobody cuts the one when the other is filled.
 */
export function placeForVenue(book: PaperBook, order: NewOrder, nowMs: number): Placed | Refusal {
  const placed = place(book, order, nowMs);
  if (placed.kind === "refused") return placed;
  const { base, quote } = instrumentOf(placed.book, order.symbol);
  if (isNegative(unpromised(placed.book, base))) {
    const message = `All ${base} that is held is on sale already. At an exchange a stop and a limit order cannot share it: cancel one first.`;
    return { kind: "refused", code: "TRADING_INSUFFICIENT_BASE", message };
  }
  if (!isNegative(unpromised(placed.book, quote))) return placed;
  const message = `It needs ${quote} that open orders sell or spend already.`;
  return { kind: "refused", code: "TRADING_INSUFFICIENT_CASH", message };
}

/** Checks that an order is open, so that its cancellation can be asked for. It stays in the book, for it may be filled until then. */
export function cancelForVenue(book: PaperBook, orderId: string): Cancelled | Refusal {
  const order = book.orders.find(({ id }) => id === orderId);
  if (order !== undefined) return { kind: "cancelled", book, order };
  return {
    kind: "refused",
    code: "TRADING_UNKNOWN_ORDER",
    message: "No open order has this id: it is over, or was never placed.",
  };
}

/**
 * Books a trade of the exchange, whose word counts: also if it costs more than was reserved, and then money is below 0. A fee in the quote
 * currency is paid beside the trade, as on paper. One in the base currency is taken out of the position, whose cost stays: what is left
 * was bought at a higher price. Throws `TRADING_UNKNOWN_SYMBOL` and `TRADING_INVALID_FILL`.
 */
export function applyVenueFill(book: PaperBook, fill: VenueFill): AppliedFill {
  const { side, price, quantity, fee, feeCurrency, symbol, fillId } = fill;
  const instrument = instrumentOf(book, symbol);
  const order = book.orders.find(({ id }) => id === fill.orderId) ?? null;
  const isOther = order !== null && (order.symbol !== symbol || order.side !== side);
  if (isOther || !isPositive(price) || !isPositive(quantity)) {
    throw new TradingError("TRADING_INVALID_FILL", `The fill ${JSON.stringify(fillId)} is not one of its order.`);
  }
  const open = opened(book);
  const isInQuote = feeCurrency === instrument.quote;
  bookTrade(open, instrument, { side, price, quantity, fee: isInQuote ? fee : ZERO });
  const isFeeBooked = isInQuote || hasCurrency(book, feeCurrency);
  if (!isInQuote && isFeeBooked) changeBalance(open, feeCurrency, negate(fee));
  if (feeCurrency === instrument.base) takeFromPosition(open, symbol, fee);
  const filled = order && fillOrder(open, order, quantity);
  const realisedProfit = subtract(positionOf(open, symbol).realisedProfit, positionOf(book, symbol).realisedProfit);
  return { book: open, realisedProfit, order: filled, isFeeBooked };
}

/** Takes out an order that is over at the exchange: cancelled, expired or rejected. One that is not in the book leaves it as it is. */
export function closeVenueOrder(book: PaperBook, orderId: string, reason: string): PaperBook {
  const order = book.orders.find(({ id }) => id === orderId);
  if (order === undefined) return book;
  const open = opened(book);
  moveOrder(open, order, { kind: "cancel", reason });
  return open;
}

function opened(book: PaperBook): OpenBook {
  return { ...book, balances: new Map(book.balances), positions: new Map(book.positions), orders: [...book.orders] };
}

/** An exchange may fill more than was asked for by what it rounds: the order is then filled, and the book has all of it. */
function fillOrder(book: OpenBook, order: PaperOrder, quantity: Decimal): PaperOrder {
  return moveOrder(book, order, { kind: "fill", quantity: smaller(quantity, openQuantityOf(order.state)) });
}

/** The cost stays with what is left; where nothing is left of it, it is realised. */
function takeFromPosition(book: OpenBook, symbol: string, fee: Decimal): void {
  const position = positionOf(book, symbol);
  const { quantity: before, cost, realisedProfit } = position;
  const quantity = subtract(before, fee);
  const isLeft = !isZero(quantity) && isNegative(quantity) === isNegative(before);
  const lost = isNegative(before) ? negate(cost) : cost;
  const rest = isLeft ? {} : { cost: ZERO, realisedProfit: subtract(realisedProfit, lost) };
  book.positions.set(symbol, { ...position, quantity, ...rest });
}

function hasCurrency(book: PaperBook, currency: string): boolean {
  return [...book.instruments.values()].some(({ base, quote }) => base === currency || quote === currency);
}

/** What no open order sells or spends. */
function unpromised(book: PaperBook, currency: string): Decimal {
  let promised = ZERO;
  for (const order of book.orders) {
    const { base, quote } = instrumentOf(book, order.symbol);
    if (quote === currency) promised = add(promised, moneyReservedFor(order));
    if (base === currency && order.side === "sell") promised = add(promised, openQuantityOf(order.state));
  }
  return isZero(promised) ? ZERO : subtract(balanceOf(book, currency), promised);
}

function instrumentOf(book: PaperBook, symbol: string): Instrument {
  const instrument = book.instruments.get(symbol);
  if (instrument !== undefined) return instrument;
  throw new TradingError("TRADING_UNKNOWN_SYMBOL", "The book has no instrument of that symbol.");
}
