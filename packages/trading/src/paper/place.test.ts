import { describe, expect, it } from "vitest";
import { formatDecimal } from "../decimal.ts";
import { createPaperBook, type PaperBookOptions } from "./book.ts";
import { bookToJson } from "./codec.ts";
import type { NewOrder } from "./order.ts";
import { flat, holding, MINUTE, makeBook, makeInstrument, makeOrder, money, placed } from "./paper.test-support.ts";
import { cancel, place } from "./place.ts";
import { step } from "./step.ts";

const known = step(makeBook(), flat(0, 100)).book;

describe("a refusal", () => {
  it.each<[code: string, order: Record<string, unknown>]>([
    ["TRADING_INVALID_ORDER", { id: "" }],
    ["TRADING_INVALID_ORDER", { id: "x".repeat(65) }],
    ["TRADING_INVALID_ORDER", { id: "a\0b" }],
    ["TRADING_INVALID_ORDER", { id: 7 }],
    ["TRADING_INVALID_ORDER", { side: "hold" }],
    ["TRADING_INVALID_ORDER", { side: undefined }],
    ["TRADING_INVALID_ORDER", { type: "iceberg" }],
    ["TRADING_UNKNOWN_SYMBOL", { symbol: "DOGE/USDT" }],
    ["TRADING_UNKNOWN_SYMBOL", { symbol: "__proto__" }],
    ["TRADING_UNKNOWN_SYMBOL", { symbol: "btc/usdt" }],
    ["TRADING_UNKNOWN_SYMBOL", { symbol: 7 }],
    ["TRADING_INVALID_QUANTITY", { quantity: "0" }],
    ["TRADING_INVALID_QUANTITY", { quantity: "-1" }],
    ["TRADING_INVALID_QUANTITY", { quantity: "NaN" }],
    ["TRADING_INVALID_QUANTITY", { quantity: "" }],
    ["TRADING_INVALID_QUANTITY", { quantity: 1 }],
    ["TRADING_INVALID_QUANTITY", { quantity: "1e31" }],
    ["TRADING_INVALID_QUANTITY", { quantity: "9".repeat(100_000) }],
    ["TRADING_QUANTITY_TOO_SMALL", { quantity: "0.0009" }],
    ["TRADING_QUANTITY_TOO_SMALL", { quantity: "1e-30" }],
    ["TRADING_NOTIONAL_TOO_SMALL", { quantity: "0.009" }],
    ["TRADING_NOTIONAL_TOO_SMALL", { type: "limit", price: "0.99" }],
    ["TRADING_INVALID_PRICE", { price: "100" }],
    ["TRADING_INVALID_PRICE", { type: "limit" }],
    ["TRADING_INVALID_PRICE", { type: "limit", price: "0" }],
    ["TRADING_INVALID_PRICE", { type: "limit", price: "-100" }],
    ["TRADING_INVALID_PRICE", { type: "limit", price: "0.009" }],
    ["TRADING_INVALID_PRICE", { type: "stop", price: "a" }],
    ["TRADING_INVALID_PRICE", { type: "stop", price: 100 }],
    ["TRADING_INSUFFICIENT_CASH", { quantity: "10.001" }],
    ["TRADING_INSUFFICIENT_CASH", { quantity: "9".repeat(30) }],
    ["TRADING_INSUFFICIENT_CASH", { type: "limit", price: "1000.01" }],
    ["TRADING_INSUFFICIENT_CASH", { type: "stop", price: "1000.01" }],
    ["TRADING_INSUFFICIENT_BASE", { side: "sell" }],
    ["TRADING_INSUFFICIENT_BASE", { side: "sell", type: "limit", price: "100" }],
    ["TRADING_INSUFFICIENT_BASE", { side: "sell", type: "stop", price: "100" }],
  ])("has the code %s for %j, and words", (code, order) => {
    const result = place(known, makeOrder(order as Partial<NewOrder>), MINUTE);
    expect(result).toMatchObject({ kind: "refused", code });
    expect("message" in result && result.message).toMatch(/^[A-Z].{20,200}\.$/);
  });

  it("comes for a market order before the first candle, but not for one with a price", () => {
    expect(place(makeBook(), makeOrder({}), 0)).toMatchObject({ code: "TRADING_NO_PRICE" });
    expect(place(makeBook(), makeOrder({ type: "limit", price: "100" }), 0)).toMatchObject({ kind: "placed" });
  });

  it("comes for the id of an open order, and not for that of one that ended", () => {
    const open = placed(known, { id: "a", type: "limit", price: "50" }, 1);
    expect(place(open, makeOrder({ id: "a" }), MINUTE)).toMatchObject({ code: "TRADING_DUPLICATE_ORDER" });
    const ended = cancel(open, "a");
    if (ended.kind !== "cancelled") throw new Error(ended.code);
    expect(place(ended.book, makeOrder({ id: "a" }), MINUTE)).toMatchObject({ kind: "placed" });
  });

  it("comes when as many orders are open as may be", () => {
    let book = makeBook({ maxOpenOrderCount: 2 });
    for (const _ of [1, 2]) book = placed(book, { type: "limit", price: "10" }, 0);
    expect(place(book, makeOrder({ type: "limit", price: "10" }), 0)).toMatchObject({
      code: "TRADING_TOO_MANY_ORDERS",
    });
  });

  it("comes for a holding that is on sale already, by an order of the same type or of market", () => {
    const onSale = placed(holding("2"), { side: "sell", type: "limit", price: "110", quantity: "1.5" }, 2);
    const more = (order: Partial<NewOrder>) => place(onSale, makeOrder({ side: "sell", ...order }), 2 * MINUTE);
    expect(more({ type: "limit", price: "120" })).toMatchObject({ code: "TRADING_INSUFFICIENT_BASE" });
    expect(more({ type: "market" })).toMatchObject({ code: "TRADING_INSUFFICIENT_BASE" });
    expect(more({ type: "market", quantity: "0.5" })).toMatchObject({ kind: "placed" });
    expect(more({ type: "stop", price: "90", quantity: "2" })).toMatchObject({ kind: "placed" });
  });

  it("has no sign in it that could control a terminal", () => {
    const refusal = place(known, makeOrder({ symbol: `\u001b[2J${"x".repeat(1_000)}` }), MINUTE);
    expect(refusal).toMatchObject({ message: `There is no \\u{1b}[2J${"x".repeat(60)} here.` });
    expect(cancel(known, "\u202e")).toMatchObject({ message: expect.stringContaining("\\u{202e}") });
  });
});

describe("an order that is taken", () => {
  it.each<[what: string, order: Partial<NewOrder>, quantity: string, price: string | null]>([
    ["whole lots", { quantity: "1.2349" }, "1.234", null],
    ["a buy's limit down to the tick", { type: "limit", price: "99.999" }, "1", "99.99"],
    ["a sell's limit up to the tick", { side: "sell", type: "limit", price: "99.991" }, "1", "100"],
    ["a buy's stop down to the tick", { type: "stop", price: "100.019" }, "1", "100.01"],
    ["a sell's stop up to the tick", { side: "sell", type: "stop", price: "90.001" }, "1", "90.01"],
    ["a number as JavaScript writes it", { type: "limit", price: "1e2", quantity: "15e-1" }, "1.5", "100"],
  ])("has %s", (_, order, quantity, price) => {
    const result = place(holding("2"), makeOrder(order), 2 * MINUTE);
    if (result.kind !== "placed") throw new Error(result.code);
    expect(formatDecimal(result.order.quantity)).toBe(quantity);
    expect(result.order.price && formatDecimal(result.order.price)).toBe(price);
    expect(result.book.orders.at(-1)).toBe(result.order);
  });

  it("reserves a market buy at the last close, with slippage and fee", () => {
    const options = { slippageRatio: "0.01", takerFeeRatio: "0.1" };
    const book = placed(step(makeBook(options), flat(0, 100)).book, { quantity: "2" }, 1);
    expect(money(book, "USDT")).toEqual({ balance: "1000", available: "777.8" });
  });

  it("may cost all there is, to the last digit", () => {
    const book = placed(known, { type: "limit", price: "1000" }, 1);
    expect(money(book, "USDT").available).toBe("0");
  });

  it("is placed at a whole ms, and anything else is a bug of the caller", () => {
    for (const nowMs of [0.5, Number.NaN]) expect(() => place(known, makeOrder({}), nowMs)).toThrow("at a whole ms");
  });

  it("leaves the book it was given as it was", () => {
    const before = JSON.stringify(bookToJson(known));
    step(placed(known, { quantity: "2" }, 1), flat(1, 100));
    expect(JSON.stringify(bookToJson(known))).toBe(before);
  });
});

describe("a paper book", () => {
  it("has the documented defaults", () => {
    const { settings } = createPaperBook({ instruments: [makeInstrument("BTC/USDT")], cash: {} });
    expect(settings).toEqual({
      makerFeeRatio: { digits: 1n, scale: 3 },
      takerFeeRatio: { digits: 1n, scale: 3 },
      slippageRatio: { digits: 5n, scale: 4 },
      volumeRatio: null,
      isShortAllowed: false,
      maxOpenOrderCount: 200,
    });
  });

  const shorts = { isShortAllowed: true };
  const [btc, eth, cross, btcEuro] = ["BTC/USDT", "ETH/USDT", "ETH/BTC", "BTC/EUR"].map((symbol) =>
    makeInstrument(symbol),
  );
  if (!btc || !eth || !cross || !btcEuro) throw new Error("four instruments");

  it.each<[field: string, overrides: Partial<PaperBookOptions> | Record<string, unknown>]>([
    ["instruments", { instruments: [] }],
    ["instruments", { instruments: [btc, btc] }],
    ["cash", { cash: { USDT: "-1" } }],
    ["cash", { cash: { USDT: 1000 } }],
    ["cash", { cash: { USDT: "much" } }],
    ["cash", { cash: { EUR: "1" } }],
    ["makerFeeRatio", { makerFeeRatio: "-0.001" }],
    ["takerFeeRatio", { takerFeeRatio: "0.11" }],
    ["takerFeeRatio", { takerFeeRatio: 0.001 }],
    ["slippageRatio", { slippageRatio: "0.2" }],
    ["slippageRatio", { slippageRatio: "1e-13" }],
    ["volumeRatio", { volumeRatio: "0" }],
    ["volumeRatio", { volumeRatio: "1.1" }],
    ["maxOpenOrderCount", { maxOpenOrderCount: 0 }],
    ["maxOpenOrderCount", { maxOpenOrderCount: 1.5 }],
    ["maxOpenOrderCount", { maxOpenOrderCount: 1_001 }],
    ["isShortAllowed", { ...shorts, cash: { USDT: "1", BTC: "1" } }],
    ["isShortAllowed", { ...shorts, instruments: [btc, cross] }],
    ["isShortAllowed", { ...shorts, instruments: [btc, btcEuro] }],
  ])("is refused for its %s, case %#", (field, overrides) => {
    expect(() => makeBook(overrides)).toThrow(
      expect.objectContaining({ code: "TRADING_INVALID_SETTINGS", details: { field } }),
    );
  });

  it("may be short of several symbols of one quote", () => {
    expect(makeBook({ ...shorts, instruments: [btc, eth] }).settings.isShortAllowed).toBe(true);
  });
});
