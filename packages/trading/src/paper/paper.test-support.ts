import { type Decimal, formatDecimal } from "../decimal.ts";
import { createInstrument, type InstrumentText } from "../instrument.ts";
import { balanceOf, createPaperBook, type PaperBook, type PaperBookOptions } from "./book.ts";
import type { PaperCandle } from "./candle.ts";
import type { Fill, PaperStep } from "./fill.ts";
import type { NewOrder, PaperOrder } from "./order.ts";
import { place } from "./place.ts";
import { availableOf } from "./reserve.ts";
import { step } from "./step.ts";

export const MINUTE = 60_000;

export function makeInstrument(symbol: string, overrides: Partial<InstrumentText> = {}) {
  const [base = "", quote = ""] = symbol.split("/");
  return createInstrument({ symbol, base, quote, tick: "0.01", lot: "0.001", smallestNotional: "1", ...overrides });
}

/** A book of BTC/USDT with 1,000 USDT and neither fees nor slippage, which tests of prices do not need. */
export function makeBook(overrides: Partial<PaperBookOptions> = {}): PaperBook {
  return createPaperBook({
    instruments: [makeInstrument("BTC/USDT")],
    cash: { USDT: "1000" },
    makerFeeRatio: "0",
    takerFeeRatio: "0",
    slippageRatio: "0",
    ...overrides,
  });
}

type Prices = readonly [open: number | string, high: number | string, low: number | string, close: number | string];

/** The candle of minute `minute` of 1970. */
export function makeCandle(
  minute: number,
  [open, high, low, close]: Prices,
  { symbol = "BTC/USDT", volume = 1_000 }: { symbol?: string; volume?: number | string } = {},
): PaperCandle {
  return { symbol, openMs: minute * MINUTE, open, high, low, close, volume };
}

export function flat(minute: number, price: number | string, symbol = "BTC/USDT"): PaperCandle {
  return makeCandle(minute, [price, price, price, price], { symbol });
}

let orderNumber = 0;

export function makeOrder(overrides: Partial<NewOrder>): NewOrder {
  orderNumber += 1;
  return { id: `order-${orderNumber}`, symbol: "BTC/USDT", side: "buy", type: "market", quantity: "1", ...overrides };
}

/** Places an order that must be taken, before minute `minute`. */
export function placed(book: PaperBook, order: Partial<NewOrder>, minute: number): PaperBook {
  const result = place(book, makeOrder(order), minute * MINUTE);
  if (result.kind === "placed") return result.book;
  throw new Error(`refused: ${result.code} ${result.message}`);
}

/** A book that has bought `quantity` at 100, and whose last candle is that of minute 1. */
export function holding(quantity: string, overrides: Partial<PaperBookOptions> = {}): PaperBook {
  const known = step(makeBook(overrides), flat(0, 100)).book;
  return step(placed(known, { quantity }, 1), flat(1, 100)).book;
}

export function shownFills(fills: readonly Fill[]): string[] {
  return fills.map(({ side, quantity, price }) => `${side} ${formatDecimal(quantity)} at ${formatDecimal(price)}`);
}

export function shownOrders(orders: readonly PaperOrder[]): string[] {
  return orders.map(({ type, state }) =>
    state.kind === "open"
      ? `${type} open ${formatDecimal(state.openQuantity)}`
      : `${type} ${state.kind}${"reason" in state ? ` ${state.reason}` : ""}`,
  );
}

export function money(book: PaperBook, currency: string): { balance: string; available: string } {
  return { balance: formatDecimal(balanceOf(book, currency)), available: formatDecimal(availableOf(book, currency)) };
}

export function shownMoney({ book }: PaperStep, ...currencies: string[]): string[] {
  return currencies.map((currency) => `${formatDecimal(balanceOf(book, currency))} ${currency}`);
}

const PRECISION = 120;

/** A decimal as a whole number of 1e-120, read from its text: for sums that do not use the arithmetic under test. */
export function units(value: Decimal): bigint {
  const [whole = "", fraction = ""] = formatDecimal(value).split(".");
  return BigInt(whole + fraction.padEnd(PRECISION, "0"));
}

/** The product of two such numbers; exact as long as it has at most 120 digits after the point. */
export function product(left: bigint, right: bigint): bigint {
  const scale = 10n ** BigInt(PRECISION);
  if ((left * right) % scale !== 0n) throw new Error("more digits than units have");
  return (left * right) / scale;
}
