import { add, compare, type Decimal, isZero, larger, multiply, ONE, roundTo, smaller, subtract } from "../decimal.ts";
import type { Side } from "../position.ts";
import type { ExactCandle } from "./candle.ts";
import type { PaperOrder } from "./order.ts";

type Priced = Pick<PaperOrder, "side" | "type" | "price">;

/** Whether `price` is as good as `than`, or better, for somebody on this side. */
function isAsGood(side: Side, price: Decimal, than: Decimal): boolean {
  return side === "buy" ? compare(price, than) <= 0 : compare(price, than) >= 0;
}

/** Returns whether the open of the candle, the one price whose time is known, fills the order. */
export function isFilledAtOpen({ side, type, price }: Priced, { open }: ExactCandle): boolean {
  if (price === null) return true;
  return type === "limit" ? isAsGood(side, open, price) : isAsGood(side, price, open);
}

/** Returns whether the candle reaches the price of an order that its open did not fill. */
export function isFilledInside(order: Priced, candle: ExactCandle): boolean {
  const { side, type, price } = order;
  if (price === null || isFilledAtOpen(order, candle)) return false;
  const lowestForBuyer = side === "buy" ? candle.low : candle.high;
  const highestForBuyer = side === "buy" ? candle.high : candle.low;
  return type === "limit" ? isAsGood(side, lowestForBuyer, price) : isAsGood(side, price, highestForBuyer);
}

/**
 * Moves a price against the trader by a ratio, onto the tick that is still worse, and not beyond the candle. Without slippage the
 * price stays as it is, on the tick or not: it is one that the market had.
 */
export function slip(
  price: Decimal,
  side: Side,
  { slippageRatio, tick, candle }: { slippageRatio: Decimal; tick: Decimal; candle: ExactCandle | null },
): Decimal {
  if (isZero(slippageRatio)) return price;
  if (side === "buy") {
    const worse = roundTo(multiply(price, add(ONE, slippageRatio)), tick, "ceil");
    return candle === null ? worse : smaller(worse, candle.high);
  }
  const worse = roundTo(multiply(price, subtract(ONE, slippageRatio)), tick, "floor");
  return candle === null ? worse : larger(worse, candle.low);
}
