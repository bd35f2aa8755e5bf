import { z } from "zod";
import { compare, type Decimal, formatDecimal, isNegative, isPositive, parseDecimal } from "../decimal.ts";
import { TradingError } from "../errors.ts";
import type { Instrument } from "../instrument.ts";
import { filledQuantityOf, openQuantityOf } from "../order.state.ts";
import type { Position } from "../position.ts";
import { type LastPrice, MAX_INSTRUMENTS, MAX_OPEN_ORDERS, type PaperBook } from "./book.ts";
import { ORDER_TYPES, type PaperOrder, SIDES } from "./order.ts";
import { MAX_ORDER_ID_LENGTH } from "./place.ts";

/** Digits on each side of the point: a product of a price, a quantity and a fee, each within its bounds, has fewer. */
const MAX_STORED_DIGITS = 120;

const number = z.string().transform((text, context): Decimal => {
  const value = parseDecimal(text, MAX_STORED_DIGITS, MAX_STORED_DIGITS);
  if (value !== null) return value;
  context.addIssue({ code: "custom", message: "no decimal" });
  return z.NEVER;
});
const amount = number.refine((value) => !isNegative(value), "negative");
const aboveZero = number.refine(isPositive, "not above 0");
const name = z.string().min(1).max(MAX_ORDER_ID_LENGTH);
const epochMs = z.int();

const storedInstrument = z.strictObject({
  symbol: name,
  base: name,
  quote: name,
  tick: aboveZero,
  lot: aboveZero,
  smallestNotional: amount,
  smallestQuantity: aboveZero,
});

const storedOrder = z
  .strictObject({
    id: name,
    symbol: name,
    side: z.enum(SIDES),
    type: z.enum(ORDER_TYPES),
    quantity: aboveZero,
    price: aboveZero.nullable(),
    placedAtMs: epochMs,
    isResting: z.boolean(),
    openingQuantity: amount,
    reservedPerUnit: aboveZero,
    openQuantity: aboveZero,
    filledQuantity: amount,
  })
  .refine(({ openingQuantity, openQuantity }) => compare(openingQuantity, openQuantity) <= 0, "opens more than is open")
  .refine(({ type, price }) => (type === "market") === (price === null), "a price with a market order, or none");

const storedBook = z.strictObject({
  version: z.literal(1),
  settings: z.strictObject({
    makerFeeRatio: amount,
    takerFeeRatio: amount,
    slippageRatio: amount,
    volumeRatio: aboveZero.nullable(),
    isShortAllowed: z.boolean(),
    maxOpenOrderCount: z.int().min(1).max(MAX_OPEN_ORDERS),
  }),
  instruments: z.array(storedInstrument).min(1).max(MAX_INSTRUMENTS),
  balances: z.array(z.strictObject({ currency: name, amount: number })).max(2 * MAX_INSTRUMENTS),
  positions: z
    .array(z.strictObject({ symbol: name, quantity: number, cost: amount, realisedProfit: number, paidFees: amount }))
    .max(MAX_INSTRUMENTS),
  orders: z.array(storedOrder).max(MAX_OPEN_ORDERS),
  prices: z.array(z.strictObject({ symbol: name, price: aboveZero, openMs: epochMs })).max(MAX_INSTRUMENTS),
});

/** A book as JSON holds it: numbers as decimal texts, tables as lists. */
export type PaperBookJson = z.input<typeof storedBook>;

/** Returns the book as JSON can hold it. `bookFromJson` gives the same book back. */
export function bookToJson(book: PaperBook): PaperBookJson {
  const { settings, instruments, balances, positions, orders, prices } = book;
  return {
    version: 1,
    settings: {
      ...settings,
      makerFeeRatio: formatDecimal(settings.makerFeeRatio),
      takerFeeRatio: formatDecimal(settings.takerFeeRatio),
      slippageRatio: formatDecimal(settings.slippageRatio),
      volumeRatio: settings.volumeRatio && formatDecimal(settings.volumeRatio),
    },
    instruments: [...instruments.values()].map((instrument) => ({
      ...instrument,
      tick: formatDecimal(instrument.tick),
      lot: formatDecimal(instrument.lot),
      smallestNotional: formatDecimal(instrument.smallestNotional),
      smallestQuantity: formatDecimal(instrument.smallestQuantity),
    })),
    balances: [...balances].map(([currency, held]) => ({ currency, amount: formatDecimal(held) })),
    positions: [...positions].map(([symbol, { quantity, cost, realisedProfit, paidFees }]) => ({
      symbol,
      quantity: formatDecimal(quantity),
      cost: formatDecimal(cost),
      realisedProfit: formatDecimal(realisedProfit),
      paidFees: formatDecimal(paidFees),
    })),
    orders: orders.map(orderToJson),
    prices: [...prices].map(([symbol, { price, openMs }]) => ({ symbol, price: formatDecimal(price), openMs })),
  };
}

function orderToJson({ state, ...order }: PaperOrder): PaperBookJson["orders"][number] {
  return {
    ...order,
    quantity: formatDecimal(order.quantity),
    price: order.price && formatDecimal(order.price),
    openingQuantity: formatDecimal(order.openingQuantity),
    reservedPerUnit: formatDecimal(order.reservedPerUnit),
    openQuantity: formatDecimal(openQuantityOf(state)),
    filledQuantity: formatDecimal(filledQuantityOf(state)),
  };
}

/** Reads a stored book. Throws `TRADING_INVALID_BOOK`, with the path of the first fault in `details`; money is never in the message. */
export function bookFromJson(json: unknown): PaperBook {
  const read = storedBook.safeParse(json);
  if (!read.success) throw invalid(read.error.issues[0]?.path.join(".") ?? "");
  const { settings, instruments, balances, positions, orders, prices } = read.data;
  const bySymbol = tableOf<Instrument>(
    "instruments",
    instruments.map((instrument) => [instrument.symbol, instrument]),
  );
  for (const [path, rows] of Object.entries({ positions, orders, prices })) {
    if (rows.some(({ symbol }) => !bySymbol.has(symbol))) throw invalid(path);
  }
  tableOf(
    "orders",
    orders.map(({ id }) => [id, id]),
  );
  return {
    settings,
    instruments: bySymbol,
    balances: tableOf<Decimal>(
      "balances",
      balances.map(({ currency, amount: held }) => [currency, held]),
    ),
    positions: tableOf<Position>(
      "positions",
      positions.map(({ symbol, ...position }) => [symbol, position]),
    ),
    orders: orders.map(({ openQuantity, filledQuantity, ...order }) => ({
      ...order,
      state: { kind: "open", openQuantity, filledQuantity },
    })),
    prices: tableOf<LastPrice>(
      "prices",
      prices.map(({ symbol, ...last }) => [symbol, last]),
    ),
  };
}

function tableOf<Value>(path: string, rows: [key: string, value: Value][]): Map<string, Value> {
  const table = new Map(rows);
  if (table.size < rows.length) throw invalid(path);
  return table;
}

function invalid(path: string): TradingError {
  return new TradingError(
    "TRADING_INVALID_BOOK",
    `The stored paper book cannot be read: ${path === "" ? "it" : path} is not as bookToJson writes it.`,
    { details: { path } },
  );
}
