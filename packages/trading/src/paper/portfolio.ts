import { add, type Decimal, divide, formatDecimal, isZero, multiply, ONE, ZERO } from "../decimal.ts";
import { TradingError } from "../errors.ts";
import { filledQuantityOf, openQuantityOf } from "../order.state.ts";
import { averagePrice, type Position, type Side } from "../position.ts";
import type { PaperBook } from "./book.ts";
import type { OrderType, PaperOrder } from "./order.ts";
import { availableOf } from "./reserve.ts";

/** What a strategy sees of its book, as decimal texts. */
export interface PortfolioView {
  readonly currency: string;
  /** What is free of that currency: neither reserved nor locked. */
  readonly cash: string;
  /** Balances of all currencies at the last prices. */
  readonly equity: string;
  readonly positions: readonly { readonly symbol: string; readonly quantity: string; readonly averagePrice: string }[];
}

export interface OrderView {
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** What is filled and what is open. */
  readonly quantity: string;
  readonly filledQuantity: string;
  readonly price?: string;
}

/** Digits after the point of a price that is turned round (quote per base into base per quote). */
const INVERSE_SCALE = 24;

/** Returns all balances in one currency, at the last prices. Throws `TRADING_NO_PRICE` for a balance that no price leads to. */
export function equityOf(book: PaperBook, currency: string): Decimal {
  const rates = ratesTo(book, currency);
  let equity = ZERO;
  for (const [held, amount] of book.balances) {
    if (isZero(amount)) continue;
    const rate = rates.get(held);
    if (rate === undefined) {
      throw new TradingError("TRADING_NO_PRICE", `No symbol with a price leads from ${held} to ${currency}.`, {
        details: { from: held, to: currency },
      });
    }
    equity = add(equity, multiply(amount, rate));
  }
  return equity;
}

/** Returns what a strategy sees of its money and positions. Throws `TRADING_NO_PRICE`. */
export function portfolioView(book: PaperBook, currency: string): PortfolioView {
  const positions = [...book.positions].filter(([, { quantity }]) => !isZero(quantity));
  return {
    currency,
    cash: formatDecimal(availableOf(book, currency)),
    equity: formatDecimal(equityOf(book, currency)),
    positions: positions.map(([symbol, position]) => ({ symbol, ...positionTexts(position) })),
  };
}

/** Returns what a strategy sees of its open orders. */
export function orderViews(book: PaperBook): OrderView[] {
  return book.orders.map(orderView);
}

const positionTexts = remembered((position: Position) => ({
  quantity: formatDecimal(position.quantity),
  averagePrice: formatDecimal(averagePrice(position)),
}));

const orderView = remembered(
  ({ id, symbol, side, type, price, state }: PaperOrder): OrderView => ({
    id,
    symbol,
    side,
    type,
    quantity: formatDecimal(add(filledQuantityOf(state), openQuantityOf(state))),
    filledQuantity: formatDecimal(filledQuantityOf(state)),
    ...(price === null ? {} : { price: formatDecimal(price) }),
  }),
);

/** Makes a view of each value once: orders and positions never change, and from step to step a book has mostly the same ones. */
function remembered<Value extends object, View>(make: (value: Value) => View): (value: Value) => View {
  const views = new WeakMap<Value, View>();
  return (value) => {
    const known = views.get(value);
    if (known !== undefined) return known;
    const view = make(value);
    views.set(value, view);
    return view;
  };
}

/** What one unit of each currency is worth, over as few symbols as possible. */
function ratesTo(book: PaperBook, currency: string): Map<string, Decimal> {
  const rates = new Map([[currency, ONE]]);
  // A Map is walked with what is added on the way: breadth first.
  for (const [known, rate] of rates) {
    for (const [symbol, { price }] of book.prices) {
      const instrument = book.instruments.get(symbol);
      if (instrument?.quote === known && !rates.has(instrument.base)) {
        rates.set(instrument.base, multiply(rate, price));
      }
      if (instrument?.base === known && !rates.has(instrument.quote)) {
        rates.set(instrument.quote, divide(rate, price, INVERSE_SCALE, "half-even"));
      }
    }
  }
  return rates;
}
