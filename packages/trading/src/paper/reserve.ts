import { add, type Decimal, isZero, larger, multiply, negate, subtract, ZERO } from "../decimal.ts";
import type { Instrument } from "../instrument.ts";
import { openQuantityOf } from "../order.state.ts";
import type { Side } from "../position.ts";
import { balanceOf, isShort, type PaperBook } from "./book.ts";
import type { OrderType, PaperOrder } from "./order.ts";

/** Money that a short locks, in multiples of what it was sold for: that itself, and as much again from free money. */
export const SHORT_LOCK: Decimal = { digits: 2n, scale: 0 };

/** Quantity of open orders that closes what is held, by type. */
type Claims = Record<OrderType, Decimal>;

/** Returns the money reserved for what an order opens, in its quote currency. */
export function moneyReservedFor({ openingQuantity, reservedPerUnit }: PaperOrder): Decimal {
  return isZero(openingQuantity) ? ZERO : multiply(openingQuantity, reservedPerUnit);
}

export function closingQuantityOf(order: PaperOrder): Decimal {
  return subtract(openQuantityOf(order.state), order.openingQuantity);
}

/** Returns how much of a currency neither open orders nor short positions hold back. Below 0 only after a liquidation at a gap. */
export function availableOf(book: PaperBook, currency: string): Decimal {
  return subtract(balanceOf(book, currency), reservedOf(book, currency));
}

/** Returns how much of a currency is held back: money for what orders open, base for what they sell, collateral of shorts. */
export function reservedOf(book: PaperBook, currency: string): Decimal {
  let reserved = ZERO;
  const sold = new Set<string>();
  for (const order of book.orders) {
    const instrument = book.instruments.get(order.symbol);
    if (instrument?.quote === currency) reserved = add(reserved, moneyReservedFor(order));
    if (instrument?.base === currency && order.side === "sell") sold.add(order.symbol);
  }
  for (const symbol of sold) reserved = add(reserved, claimedBy(claimsOf(book, symbol, "sell")));
  for (const [symbol, { cost }] of book.positions) {
    if (isShort(book, symbol) && book.instruments.get(symbol)?.quote === currency) {
      reserved = add(reserved, multiply(cost, SHORT_LOCK));
    }
  }
  return reserved;
}

/**
 * Returns what an order more of this side and type could close: what is held, less what orders of its own type close already. A stop and
 * a limit order may close the same holding, for one of them comes first and the other is then cut; a market order shares with nobody.
 */
export function closableQuantity(book: PaperBook, instrument: Instrument, side: Side, type: OrderType): Decimal {
  const claims = claimsOf(book, instrument.symbol, side);
  const used = type === "market" ? claimedBy(claims) : add(claims.market, claims[type]);
  return larger(ZERO, subtract(heldFor(book, instrument, side), used));
}

/** Returns what orders of this symbol can sell, or, being short, can buy back. */
export function heldFor(book: PaperBook, { symbol, base }: Instrument, side: Side): Decimal {
  const balance = balanceOf(book, base);
  if (side === "buy") return larger(ZERO, negate(balance));
  const elsewhere = subtract(reservedOf(book, base), claimedBy(claimsOf(book, symbol, "sell")));
  return larger(ZERO, subtract(balance, elsewhere));
}

function claimsOf(book: PaperBook, symbol: string, side: Side): Claims {
  const claims: Claims = { market: ZERO, limit: ZERO, stop: ZERO };
  for (const order of book.orders) {
    if (order.symbol !== symbol || order.side !== side) continue;
    claims[order.type] = add(claims[order.type], closingQuantityOf(order));
  }
  return claims;
}

function claimedBy({ market, limit, stop }: Claims): Decimal {
  return add(market, larger(limit, stop));
}
