import {
  add,
  compare,
  type Decimal,
  divide,
  formatDecimal,
  multiply,
  negate,
  smaller,
  subtract,
  toNumber,
  ZERO,
} from "@shoal/trading";

/** What was bought or sold at once. Money is in the quote currency. */
export interface TradedFill {
  readonly atMs: number;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly fee: Decimal;
}

/** A quantity that was opened by one fill and closed by another. Money and quantities are exact decimals as text. */
export interface Trade {
  readonly symbol: string;
  readonly side: "long" | "short";
  readonly quantity: string;
  readonly entryAtMs: number;
  readonly entryPrice: string;
  readonly exitAtMs: number;
  readonly exitPrice: string;
  /** The quantity's share of both fills' fees. */
  readonly fees: string;
  /** After fees. */
  readonly profit: string;
  /** Profit as a share of what the quantity cost at its entry. */
  readonly returnRatio: number;
}

/** What is left of a fill: of what it opened, or of what it still closes. */
interface Lot extends TradedFill {}

/** Digits after the point of a part of a fee; the last part takes all that is left, so that nothing is lost. */
const FEE_SCALE = 18;

/**
 * Matches fills to trades, first in first out: each fill closes the oldest open quantity of its symbol on the other side, and opens
 * what is left of it. Fills are in order of time.
 */
export function matchTrades(fills: readonly TradedFill[]): Trade[] {
  const open = new Map<string, Lot[]>();
  const trades: Trade[] = [];
  for (const fill of fills) {
    const lots = open.get(fill.symbol) ?? [];
    open.set(fill.symbol, lots);
    let rest: Lot = fill;
    let [oldest] = lots;
    while (oldest && oldest.side !== fill.side && compare(rest.quantity, ZERO) > 0) {
      const quantity = smaller(oldest.quantity, rest.quantity);
      const [entry, exit] = [take(oldest, quantity), take(rest, quantity)];
      trades.push(tradeOf(entry.taken, exit.taken));
      rest = exit.left;
      if (compare(entry.left.quantity, ZERO) > 0) lots[0] = entry.left;
      else lots.shift();
      [oldest] = lots;
    }
    if (compare(rest.quantity, ZERO) > 0) lots.push(rest);
  }
  return trades;
}

function take(lot: Lot, quantity: Decimal): { readonly taken: Lot; readonly left: Lot } {
  const isAll = compare(quantity, lot.quantity) === 0;
  const fee = isAll ? lot.fee : divide(multiply(lot.fee, quantity), lot.quantity, FEE_SCALE, "floor");
  return {
    taken: { ...lot, quantity, fee },
    left: { ...lot, quantity: subtract(lot.quantity, quantity), fee: subtract(lot.fee, fee) },
  };
}

function tradeOf(entry: Lot, exit: Lot): Trade {
  const [cost, value] = [multiply(entry.price, entry.quantity), multiply(exit.price, exit.quantity)];
  const gain = subtract(value, cost);
  const fees = add(entry.fee, exit.fee);
  const profit = subtract(entry.side === "buy" ? gain : negate(gain), fees);
  return {
    symbol: entry.symbol,
    side: entry.side === "buy" ? "long" : "short",
    quantity: formatDecimal(entry.quantity),
    entryAtMs: entry.atMs,
    entryPrice: formatDecimal(entry.price),
    exitAtMs: exit.atMs,
    exitPrice: formatDecimal(exit.price),
    fees: formatDecimal(fees),
    profit: formatDecimal(profit),
    returnRatio: compare(cost, ZERO) > 0 ? toNumber(profit) / toNumber(cost) : 0,
  };
}
