import { add, type Decimal, multiply, negate, smaller, subtract } from "../decimal.ts";
import type { Instrument } from "../instrument.ts";
import { type OrderEvent, openQuantityOf, orderTransition } from "../order.state.ts";
import { applyTrade, type Position, type Trade } from "../position.ts";
import { balanceOf, type PaperBook, positionOf } from "./book.ts";
import type { PaperOrder } from "./order.ts";

/** A book that is being changed by the one function that made it. */
export interface OpenBook extends PaperBook {
  readonly balances: Map<string, Decimal>;
  readonly positions: Map<string, Position>;
  readonly orders: PaperOrder[];
}

/** Moves base, money and position, the fee being in the quote currency. The one place where a trade changes them. Returns the realised profit. */
export function bookTrade(book: OpenBook, { symbol, base, quote }: Instrument, trade: Trade): Decimal {
  const { side, price, quantity, fee } = trade;
  const notional = multiply(price, quantity);
  changeBalance(book, base, side === "buy" ? quantity : negate(quantity));
  changeBalance(book, quote, side === "buy" ? negate(add(notional, fee)) : subtract(notional, fee));
  const before = positionOf(book, symbol);
  const after = applyTrade(before, trade);
  book.positions.set(symbol, after);
  return subtract(after.realisedProfit, before.realisedProfit);
}

export function changeBalance(book: OpenBook, currency: string, change: Decimal): void {
  book.balances.set(currency, add(balanceOf(book, currency), change));
}

/** The one place where an order changes. What it fills closes first; what it opens is paid for. */
export function moveOrder(book: OpenBook, order: PaperOrder, event: OrderEvent): PaperOrder {
  const { state } = orderTransition(order.state, event);
  const moved = { ...order, state, openingQuantity: smaller(order.openingQuantity, openQuantityOf(state)) };
  const index = book.orders.indexOf(order);
  if (state.kind === "open") book.orders[index] = moved;
  else book.orders.splice(index, 1);
  return moved;
}
