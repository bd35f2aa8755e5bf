import { add, compare, type Decimal, isNegative, isPositive, larger, ONE, parseDecimal, ZERO } from "../decimal.ts";
import { TradingError } from "../errors.ts";
import type { Instrument } from "../instrument.ts";
import { NO_POSITION, type Position } from "../position.ts";
import type { PaperOrder } from "./order.ts";

/** How a paper book trades. Ratios are shares of 1: a fee of 0.1 % is 0.001. */
export interface PaperSettings {
  readonly makerFeeRatio: Decimal;
  readonly takerFeeRatio: Decimal;
  /** How much worse than the candle's price market and stop orders are filled. */
  readonly slippageRatio: Decimal;
  /** Share of a candle's volume that all orders together may trade; null for any quantity. */
  readonly volumeRatio: Decimal | null;
  readonly isShortAllowed: boolean;
  readonly maxOpenOrderCount: number;
}

export interface LastPrice {
  /** The close of the last candle. */
  readonly price: Decimal;
  /** Start of that candle, epoch ms. */
  readonly openMs: number;
}

/**
 * Everything a paper broker knows, as data that is never changed: each function returns the next book. `bookToJson` makes it
 * storable. What is reserved is not written down but follows from orders and positions, so that it cannot drift from them.
 */
export interface PaperBook {
  readonly settings: PaperSettings;
  /** By symbol. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** By currency, with what is reserved. */
  readonly balances: ReadonlyMap<string, Decimal>;
  /** By symbol, of those that were traded. */
  readonly positions: ReadonlyMap<string, Position>;
  /** The open ones, in the order they were placed. */
  readonly orders: readonly PaperOrder[];
  /** By symbol, of those that had a candle. */
  readonly prices: ReadonlyMap<string, LastPrice>;
}

export interface PaperBookOptions {
  readonly instruments: readonly Instrument[];
  /** Decimal text by currency: `{ USDT: "10000" }`. */
  readonly cash: Readonly<Record<string, string>>;
  /** Decimal text from 0 to 0.1. Default 0.001. */
  readonly makerFeeRatio?: string;
  /** Decimal text from 0 to 0.1. Default 0.001. */
  readonly takerFeeRatio?: string;
  /** Decimal text from 0 to 0.1. Default 0.0005. */
  readonly slippageRatio?: string;
  /** Decimal text above 0, up to 1. Default: no limit. */
  readonly volumeRatio?: string;
  /** Default false. */
  readonly isShortAllowed?: boolean;
  /** 1 to 1,000. Default 200. */
  readonly maxOpenOrderCount?: number;
}

export const PAPER_DEFAULTS = {
  makerFeeRatio: "0.001",
  takerFeeRatio: "0.001",
  slippageRatio: "0.0005",
  maxOpenOrderCount: 200,
} as const;

export const MAX_INSTRUMENTS = 1_000;
export const MAX_OPEN_ORDERS = 1_000;
const MAX_FEE: Decimal = { digits: 1n, scale: 1 };

/**
 * Makes a book that has traded nothing. Throws `TRADING_INVALID_SETTINGS`, with the field in `details`. With `isShortAllowed` a currency
 * is the base of one symbol at most, and no cash: what is short of it is then the position of that symbol.
 */
export function createPaperBook(options: PaperBookOptions): PaperBook {
  const { instruments, isShortAllowed = false } = options;
  const maxOpenOrderCount = options.maxOpenOrderCount ?? PAPER_DEFAULTS.maxOpenOrderCount;
  if (!Number.isInteger(maxOpenOrderCount) || maxOpenOrderCount < 1 || maxOpenOrderCount > MAX_OPEN_ORDERS) {
    throw invalid("maxOpenOrderCount", `a whole number from 1 to ${MAX_OPEN_ORDERS}`);
  }
  const settings = {
    makerFeeRatio: readRatio("makerFeeRatio", options.makerFeeRatio ?? PAPER_DEFAULTS.makerFeeRatio, MAX_FEE),
    takerFeeRatio: readRatio("takerFeeRatio", options.takerFeeRatio ?? PAPER_DEFAULTS.takerFeeRatio, MAX_FEE),
    slippageRatio: readRatio("slippageRatio", options.slippageRatio ?? PAPER_DEFAULTS.slippageRatio, MAX_FEE),
    volumeRatio: options.volumeRatio === undefined ? null : readRatio("volumeRatio", options.volumeRatio, ONE),
    isShortAllowed,
    maxOpenOrderCount,
  };
  if (settings.volumeRatio !== null && !isPositive(settings.volumeRatio)) throw invalid("volumeRatio", "above 0");
  const bySymbol = new Map(instruments.map((instrument) => [instrument.symbol, instrument]));
  if (instruments.length === 0 || instruments.length > MAX_INSTRUMENTS || bySymbol.size < instruments.length) {
    throw invalid("instruments", `1 to ${MAX_INSTRUMENTS} instruments, each symbol once`);
  }
  const balances = readCash(options.cash, instruments);
  if (isShortAllowed) checkShortable(instruments, balances);
  return { settings, instruments: bySymbol, balances, positions: new Map(), orders: [], prices: new Map() };
}

/** Returns what was traded in a symbol; `NO_POSITION` if nothing was. */
export function positionOf(book: PaperBook, symbol: string): Position {
  return book.positions.get(symbol) ?? NO_POSITION;
}

export function balanceOf(book: PaperBook, currency: string): Decimal {
  return book.balances.get(currency) ?? ZERO;
}

/**
 * Whether more of a symbol was sold than is held, on collateral. Without shorts a position below 0 is a sale of what came another way: ETH
 * bought for USDT and sold for BTC.
 */
export function isShort(book: PaperBook, symbol: string): boolean {
  return book.settings.isShortAllowed && isNegative(positionOf(book, symbol).quantity);
}

/** What one unit of money spent costs with the higher of both fees. */
export function reserveFactor({ makerFeeRatio, takerFeeRatio }: PaperSettings): Decimal {
  return add(ONE, larger(makerFeeRatio, takerFeeRatio));
}

function readRatio(field: string, text: string, most: Decimal): Decimal {
  const ratio = parseDecimal(text, 1, 12);
  if (ratio === null || isNegative(ratio) || compare(ratio, most) > 0) {
    throw invalid(field, `a decimal text from 0 to ${most === ONE ? 1 : 0.1} with at most 12 digits after the point`);
  }
  return ratio;
}

function readCash(cash: Readonly<Record<string, string>>, instruments: readonly Instrument[]): Map<string, Decimal> {
  const currencies = new Set(instruments.flatMap(({ base, quote }) => [base, quote]));
  const balances = new Map<string, Decimal>();
  for (const [currency, text] of Object.entries(cash)) {
    const amount = parseDecimal(text);
    if (amount === null || isNegative(amount)) throw invalid("cash", "decimal texts of 0 or more by currency");
    if (!currencies.has(currency)) throw invalid("cash", "in currencies that an instrument has");
    balances.set(currency, amount);
  }
  return balances;
}

function checkShortable(instruments: readonly Instrument[], cash: ReadonlyMap<string, Decimal>): void {
  const bases = new Set(instruments.map(({ base }) => base));
  const isShared = bases.size < instruments.length;
  if (isShared || instruments.some(({ quote }) => bases.has(quote)) || [...bases].some((base) => cash.has(base))) {
    throw invalid("isShortAllowed", "false where a currency is the base of two symbols, or a base and money at once");
  }
}

function invalid(field: string, expected: string): TradingError {
  return new TradingError("TRADING_INVALID_SETTINGS", `The paper book cannot be made: ${field} must be ${expected}.`, {
    details: { field },
  });
}
