import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { absolute, decimal, formatDecimal, isNegative, isZero, toNumber } from "../decimal.ts";
import { filledQuantityOf } from "../order.state.ts";
import { balanceOf, type PaperBook } from "./book.ts";
import { bookFromJson, bookToJson } from "./codec.ts";
import type { Fill, PaperStep } from "./fill.ts";
import { CANCEL_REASONS, type NewOrder, type PaperOrder } from "./order.ts";
import { MINUTE, makeBook, makeInstrument, product, units } from "./paper.test-support.ts";
import { cancel, place } from "./place.ts";
import { availableOf, reservedOf } from "./reserve.ts";
import { step } from "./step.ts";

/** Two worlds: one in which currencies are money and goods at once, and one in which shorts are allowed. */
const WORLDS = [
  {
    symbols: ["BTC/USDT", "ETH/BTC", "ETH/USDT", "SOL/EUR"],
    isShortAllowed: false,
    cash: { USDT: "1000", BTC: "3", EUR: "500" },
  },
  { symbols: ["BTC/USDT", "ETH/USDT", "SOL/EUR"], isShortAllowed: true, cash: { USDT: "2000", EUR: "500" } },
] as const;

type Act =
  | { readonly kind: "place"; readonly order: Omit<NewOrder, "id" | "symbol">; readonly symbol: number }
  | { readonly kind: "cancel"; readonly which: number }
  /** Prices in hundredths above the low; `symbol` is taken round. */
  | {
      readonly kind: "candle";
      readonly symbol: number;
      readonly low: number;
      readonly ups: readonly number[];
      readonly volume: number;
    }
  /** A stop and a limit order that each close all that is held. */
  | { readonly kind: "bracket"; readonly symbol: number; readonly lowTicks: number; readonly highTicks: number }
  | { readonly kind: "pause"; readonly ms: number };

const symbol = fc.nat(11);
const anyOrder = fc
  .record({
    side: fc.constantFrom("buy" as const, "sell" as const),
    type: fc.constantFrom("market" as const, "limit" as const, "stop" as const),
    lots: fc.integer({ min: 1, max: 4_000 }),
    ticks: fc.integer({ min: 7_000, max: 13_000 }),
  })
  .map(({ side, type, lots, ticks }) => {
    const order = { side, type, quantity: `${lots}e-3` };
    return type === "market" ? order : { ...order, price: `${ticks}e-2` };
  });

const usualPrice = fc.integer({ min: 7_000, max: 12_000 });
/** At which shorts are bought back. */
const doublePrice = fc.integer({ min: 14_000, max: 24_000 });

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("place" as const), order: anyOrder, symbol }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("bracket" as const),
      symbol,
      lowTicks: fc.integer({ min: 7_000, max: 10_000 }),
      highTicks: fc.integer({ min: 10_000, max: 13_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(9) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("candle" as const),
      symbol,
      low: fc.oneof({ weight: 9, arbitrary: usualPrice }, { weight: 1, arbitrary: doublePrice }),
      ups: fc.array(fc.nat(2_500), { minLength: 3, maxLength: 3 }),
      volume: fc.nat(30),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pause" as const), ms: fc.nat(2 * MINUTE) }) },
);

const anySettings = fc.record({
  world: fc.constantFrom(...WORLDS),
  makerFeeRatio: fc.constantFrom("0", "0.0007", "0.002"),
  takerFeeRatio: fc.constantFrom("0", "0.00123", "0.01"),
  slippageRatio: fc.constantFrom("0", "0.0005", "0.013"),
  volumeRatio: fc.constantFrom(undefined, "0.1", "1"),
});
const anyHistory = fc.tuple(anySettings, fc.array(anyAct, { minLength: 5, maxLength: 60 }));
type History = typeof anyHistory extends fc.Arbitrary<infer Value> ? Value : never;

/** What is known of the history beside the book. */
interface Ledger {
  /** Sums of fills by currency, by an arithmetic of their own. */
  readonly moved: Map<string, bigint>;
  readonly filled: Map<string, bigint>;
  readonly fills: Fill[];
  readonly ended: Map<string, PaperOrder>;
  readonly refusals: Set<string>;
  /** A short was bought back at an open beyond its collateral. */
  hasDebt: boolean;
}

function write(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

function follow([{ world, volumeRatio, ...ratios }, acts]: History, isStoredEachTime: boolean) {
  const ledger: Ledger = {
    moved: new Map(),
    filled: new Map(),
    fills: [],
    ended: new Map(),
    refusals: new Set(),
    hasDebt: false,
  };
  const start = makeBook({
    ...ratios,
    ...(volumeRatio === undefined ? {} : { volumeRatio }),
    instruments: world.symbols.map((name) => makeInstrument(name)),
    cash: world.cash,
    isShortAllowed: world.isShortAllowed,
    maxOpenOrderCount: 8,
  });
  let book = start;
  let nowMs = 0;
  for (const [index, act] of acts.entries()) {
    if (isStoredEachTime) book = bookFromJson(JSON.parse(JSON.stringify(bookToJson(book))));
    if (act.kind === "pause") nowMs += act.ms;
    const name = "symbol" in act ? (world.symbols[act.symbol % world.symbols.length] ?? "") : "";
    const orders = act.kind === "place" ? [act.order] : act.kind === "bracket" ? bracketOf(book, name, act) : [];
    for (const order of orders) {
      const result = place(book, { ...order, id: `${index}-${order.type}`, symbol: name }, nowMs);
      if (result.kind === "placed") book = result.book;
      else ledger.refusals.add(result.code);
    }
    if (act.kind === "cancel") book = cancelOne(book, act.which, ledger);
    if (act.kind === "candle") {
      const candle = candleOf(act, name, nowMs);
      const stepped = step(book, candle);
      checkStep(book, stepped, candle);
      enter(ledger, stepped, book);
      book = stepped.book;
      nowMs += MINUTE;
    }
    if (!isStoredEachTime) checkBook(start, book, ledger);
  }
  return { book, ledger };
}

type Bracket = Extract<Act, { kind: "bracket" }>;

function bracketOf(book: PaperBook, name: string, { lowTicks, highTicks }: Bracket): Omit<NewOrder, "id" | "symbol">[] {
  const held = balanceOf(book, book.instruments.get(name)?.base ?? "");
  const side = isNegative(held) ? "buy" : "sell";
  const [stopTicks, limitTicks] = side === "sell" ? [lowTicks, highTicks] : [highTicks, lowTicks];
  const quantity = formatDecimal(absolute(held));
  return [
    { side, type: "stop", quantity, price: `${stopTicks}e-2` },
    { side, type: "limit", quantity, price: `${limitTicks}e-2` },
  ];
}

function candleOf({ low, ups, volume }: Extract<Act, { kind: "candle" }>, name: string, openMs: number) {
  const [open = 0, close = 0, high = 0] = ups;
  // Some prices lie between two ticks, as those of a feed may.
  const price = (up: number) => (low + up) / 100 + (volume % 7 === 0 ? 0.001234 : 0);
  const candle = { symbol: name, openMs, open: price(open), close: price(close), low: price(0), volume };
  return { ...candle, high: price(Math.max(open, close, high)) };
}

function cancelOne(book: PaperBook, which: number, ledger: Ledger): PaperBook {
  const order = book.orders[which];
  if (order === undefined) return book;
  const result = cancel(book, order.id);
  if (result.kind === "refused") throw new Error(result.code);
  ledger.ended.set(order.id, result.order);
  return result.book;
}

function enter(ledger: Ledger, { fills, changedOrders }: PaperStep, before: PaperBook): void {
  for (const fill of fills) {
    const instrument = before.instruments.get(fill.symbol);
    if (instrument === undefined) throw new Error("a fill of an unknown symbol");
    const sign = fill.side === "buy" ? 1n : -1n;
    const [price, quantity] = [units(fill.price), units(fill.quantity)];
    const ratio = fill.liquidity === "maker" ? before.settings.makerFeeRatio : before.settings.takerFeeRatio;
    const fee = product(product(price, quantity), units(ratio));
    expect([units(fill.notional), units(fill.fee)]).toEqual([product(price, quantity), fee]);
    write(ledger.moved, instrument.base, sign * quantity);
    write(ledger.moved, instrument.quote, -sign * product(price, quantity) - fee);
    if (fill.orderId === null) {
      const locked = 2n * (units(fill.notional) + units(fill.realisedProfit));
      ledger.hasDebt ||= units(fill.notional) + fee > locked;
    } else write(ledger.filled, fill.orderId, quantity);
  }
  ledger.fills.push(...fills);
  for (const order of changedOrders) {
    expect(ledger.ended.has(order.id)).toBe(false);
    if (order.state.kind !== "open") ledger.ended.set(order.id, order);
  }
}

/** Holds after every act. */
function checkBook(start: PaperBook, book: PaperBook, ledger: Ledger): void {
  const currencies = new Set([...start.balances.keys(), ...book.balances.keys()]);
  for (const currency of currencies) {
    // The sum of the fills is the change of the balance, to the last digit.
    const change = units(balanceOf(book, currency)) - units(balanceOf(start, currency));
    expect(change).toBe(ledger.moved.get(currency) ?? 0n);
    // Nothing is promised twice.
    if (!book.settings.isShortAllowed) expect(isNegative(balanceOf(book, currency))).toBe(false);
    const isMoney = [...book.instruments.values()].some(({ quote }) => quote === currency);
    if (isMoney && !ledger.hasDebt) expect(isNegative(availableOf(book, currency))).toBe(false);
    if (book.orders.length === 0 && !book.settings.isShortAllowed)
      expect(isZero(reservedOf(book, currency))).toBe(true);
  }
  for (const [name, { quantity, cost, realisedProfit, paidFees }] of book.positions) {
    const own = ledger.fills.filter((fill) => fill.symbol === name);
    const sum = (of: (fill: Fill) => bigint) => own.reduce((total, fill) => total + of(fill), 0n);
    const bought = (fill: Fill, amount: bigint) => (fill.side === "buy" ? amount : -amount);
    expect(units(quantity)).toBe(sum((fill) => bought(fill, units(fill.quantity))));
    expect(units(paidFees)).toBe(sum((fill) => units(fill.fee)));
    expect(units(realisedProfit)).toBe(sum((fill) => units(fill.realisedProfit)));
    const openCost = isNegative(quantity) ? -units(cost) : units(cost);
    expect(units(realisedProfit) - openCost).toBe(sum((fill) => -bought(fill, units(fill.notional))));
  }
  for (const order of [...book.orders, ...ledger.ended.values()]) {
    expect(units(filledQuantityOf(order.state))).toBe(ledger.filled.get(order.id) ?? 0n);
  }
}

/** The rules of the README, by numbers of the platform; null for an order that the candle does not fill. */
function expectedPrice(
  { side, type, price }: PaperOrder,
  { open, high, low }: ReturnType<typeof candleOf>,
): number | null {
  if (price === null) return open;
  const own = toNumber(price);
  if (type === "limit") {
    if (side === "buy") return low <= own ? Math.min(open, own) : null;
    return high >= own ? Math.max(open, own) : null;
  }
  if (side === "buy") return high >= own ? Math.max(open, own) : null;
  return low <= own ? Math.min(open, own) : null;
}

/** Holds for every fill, by numbers of the platform: prices here have few enough digits. */
function checkStep(
  before: PaperBook,
  { book, fills, changedOrders }: PaperStep,
  candle: ReturnType<typeof candleOf>,
): void {
  let traded = 0;
  for (const fill of fills) {
    const price = toNumber(fill.price);
    expect(price).toBeGreaterThanOrEqual(candle.low);
    expect(price).toBeLessThanOrEqual(candle.high);
    if (fill.orderId === null) {
      expect(before.settings.isShortAllowed).toBe(true);
      continue;
    }
    traded += toNumber(fill.quantity);
    const order = before.orders.find(({ id }) => id === fill.orderId);
    if (order === undefined) throw new Error("a fill of an order that was not open");
    expect(order.symbol).toBe(candle.symbol);
    expect(order.placedAtMs).toBeLessThanOrEqual(candle.openMs);
    const expected = expectedPrice(order, candle) ?? Number.NaN;
    // A slipped price is worse by at most the ratio and a tick; a limit never slips.
    const slipped = order.type === "limit" ? 0 : expected * toNumber(before.settings.slippageRatio) + 0.01;
    const worse = (price - expected) * (order.side === "buy" ? 1 : -1);
    if (isZero(before.settings.slippageRatio) || order.type === "limit") expect(price).toBe(expected);
    expect(worse).toBeGreaterThanOrEqual(0);
    expect(worse).toBeLessThanOrEqual(slipped + 1e-9);
  }
  const { volumeRatio } = before.settings;
  if (volumeRatio !== null) expect(traded).toBeLessThanOrEqual(candle.volume * toNumber(volumeRatio) + 1e-9);
  for (const order of book.orders) {
    const isWaiting = order.symbol === candle.symbol && order.placedAtMs <= candle.openMs;
    if (isWaiting && volumeRatio === null) expect(expectedPrice(order, candle)).toBeNull();
  }
  const open = new Set(book.orders.map(({ id }) => id));
  const gone = before.orders.filter(({ id }) => !open.has(id)).map(({ id }) => id);
  const ended = changedOrders.filter(({ state }) => state.kind !== "open").map(({ id }) => id);
  expect(ended.toSorted()).toEqual(gone.toSorted());
}

describe("any history of orders, cancels and candles", () => {
  const numRuns = soakRuns(1_500, 100_000);

  it("changes balances by the sum of its fills, promises nothing twice, and fills as the rules say", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyHistory, (history) => {
        const { ledger } = follow(history, false);
        for (const { liquidity, orderId } of ledger.fills) seen.add(orderId === null ? "liquidation" : liquidity);
        for (const { state } of ledger.ended.values()) seen.add("reason" in state ? state.reason : state.kind);
        for (const code of ledger.refusals) seen.add(code);
      }),
      { numRuns },
    );
    // The histories are worth something: each of these happened.
    const refusals = ["TRADING_INSUFFICIENT_BASE", "TRADING_INSUFFICIENT_CASH", "TRADING_TOO_MANY_ORDERS"];
    for (const what of [...Object.keys(CANCEL_REASONS), ...refusals, "filled", "liquidation", "maker", "taker"]) {
      expect(seen).toContain(what);
    }
  });

  it("goes on in the same way from a book that was written and read back", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const live = follow(history, false);
        const stored = follow(history, true);
        expect(stored.book).toEqual(live.book);
        expect(stored.ledger.fills).toEqual(live.ledger.fills);
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    );
  });
});

it("knows a sum that is wrong by one digit", () => {
  expect(units(decimal("0.1"))).not.toBe(units(decimal("0.100000000000000000000000000001")));
  expect(formatDecimal(decimal("-0.5"))).toBe("-0.5");
  expect(units(decimal("-0.5"))).toBe(-units(decimal("0.5")));
});
