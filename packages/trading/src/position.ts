import {
  absolute,
  add,
  compare,
  type Decimal,
  divide,
  isNegative,
  isZero,
  multiply,
  negate,
  smaller,
  subtract,
  ZERO,
} from "./decimal.ts";

export type Side = "buy" | "sell";

/** What was traded in one symbol. Money is in its quote currency, and fees stand apart from profit. */
export interface Position {
  /** Above 0: bought. Below 0: sold short. */
  readonly quantity: Decimal;
  /** What the open quantity was bought (or sold short) for; 0 or more. The truth, of which the average price is a view. */
  readonly cost: Decimal;
  /** Of what has been closed. */
  readonly realisedProfit: Decimal;
  readonly paidFees: Decimal;
}

export const NO_POSITION: Position = { quantity: ZERO, cost: ZERO, realisedProfit: ZERO, paidFees: ZERO };

/** Digits after the point of the cost of a part, and of an average price: a third of a position cannot be exact. */
const COST_SCALE = 24;
const AVERAGE_SCALE = 18;

export interface Trade {
  readonly side: Side;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly fee: Decimal;
}

/**
 * Returns the position after a trade. What closes takes its share of the cost with it; the last part takes all that is left, so that
 * the realised profit of a closed position is to the last digit what was received less what was paid. A trade that goes through 0
 * closes, and opens the rest on the other side.
 */
export function applyTrade(position: Position, { side, price, quantity, fee }: Trade): Position {
  const isLong = !isNegative(position.quantity);
  const held = absolute(position.quantity);
  const closes = isZero(held) || isLong === (side === "buy") ? ZERO : smaller(quantity, held);
  const opens = subtract(quantity, closes);
  const released = costOf(position, closes);
  const value = multiply(price, closes);
  return {
    quantity: side === "buy" ? add(position.quantity, quantity) : subtract(position.quantity, quantity),
    cost: add(subtract(position.cost, released), multiply(price, opens)),
    realisedProfit: add(position.realisedProfit, isLong ? subtract(value, released) : subtract(released, value)),
    paidFees: add(position.paidFees, fee),
  };
}

/** The cost of a part of the position, rounded up: what stays locked for the rest of a short is never more than its share. */
function costOf({ quantity, cost }: Position, part: Decimal): Decimal {
  if (isZero(part)) return ZERO;
  const held = absolute(quantity);
  return compare(part, held) === 0 ? cost : smaller(cost, divide(multiply(cost, part), held, COST_SCALE, "ceil"));
}

/** Returns the average price of what is open, rounded to 18 digits after the point; 0 when nothing is. */
export function averagePrice({ quantity, cost }: Position): Decimal {
  return isZero(quantity) ? ZERO : divide(cost, absolute(quantity), AVERAGE_SCALE, "half-even");
}

/** Returns what closing at this price would gain, before fees. */
export function unrealisedProfit({ quantity, cost }: Position, price: Decimal): Decimal {
  const value = multiply(quantity, price);
  return subtract(value, isNegative(quantity) ? negate(cost) : cost);
}
