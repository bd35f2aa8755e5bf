import { describe, expect, it } from "vitest";
import { formatDecimal } from "../decimal.ts";
import { flat, holding, makeBook, makeInstrument, placed } from "./paper.test-support.ts";
import { equityOf, orderViews, portfolioView } from "./portfolio.ts";
import { step } from "./step.ts";

describe("what a strategy sees", () => {
  it("of its money: what is free, what all is worth, and what it holds", () => {
    const book = placed(step(holding("3"), flat(2, 110)).book, { type: "limit", price: "90" }, 3);
    expect(portfolioView(book, "USDT")).toEqual({
      currency: "USDT",
      cash: "610",
      equity: "1030",
      positions: [{ symbol: "BTC/USDT", quantity: "3", averagePrice: "100" }],
    });
  });

  it("no position that is closed", () => {
    const sold = step(placed(holding("3"), { side: "sell", quantity: "3" }, 2), flat(2, 110)).book;
    expect(portfolioView(sold, "USDT")).toMatchObject({ equity: "1030", positions: [] });
  });

  it("of its orders: what they ask for, and what they got", () => {
    let book = step(makeBook({ volumeRatio: "0.1" }), flat(0, 100)).book;
    book = placed(placed(book, { id: "a", quantity: "2" }, 1), { id: "b", type: "limit", price: "90" }, 1);
    const own = { symbol: "BTC/USDT", side: "buy" };
    // It has seen them before they were filled.
    expect(orderViews(book)[0]).toEqual({ ...own, id: "a", type: "market", quantity: "2", filledQuantity: "0" });
    book = step(book, { ...flat(1, 100), volume: 15 }).book;
    expect(portfolioView(book, "USDT").positions).toMatchObject([{ quantity: "1.5" }]);
    expect(orderViews(book)).toEqual([
      { ...own, id: "a", type: "market", quantity: "2", filledQuantity: "1.5" },
      { ...own, id: "b", type: "limit", quantity: "1", filledQuantity: "0", price: "90" },
    ]);
    book = step(book, { ...flat(2, 100), volume: 2 }).book;
    expect(portfolioView(book, "USDT").positions).toMatchObject([{ quantity: "1.7" }]);
    expect(orderViews(book)[0]).toMatchObject({ id: "a", quantity: "2", filledQuantity: "1.7" });
  });
});

describe("equity", () => {
  const instruments = ["BTC/USDT", "ETH/BTC", "USDT/EUR", "SOL/JPY"].map((symbol) => makeInstrument(symbol));
  const cash = { USDT: "100", BTC: "1", EUR: "50", ETH: "10", JPY: "0" };
  let book = makeBook({ instruments, cash });
  for (const [symbol, price] of [
    ["BTC/USDT", 200],
    ["ETH/BTC", "0.05"],
    ["USDT/EUR", "0.8"],
  ] as const) {
    book = step(book, flat(0, price, symbol)).book;
  }

  it.each([
    ["USDT", "462.5"],
    ["EUR", "370"],
    ["BTC", "2.3125"],
  ])("in %s goes over as many symbols as it takes, either way round", (currency, expected) => {
    expect(formatDecimal(equityOf(book, currency))).toBe(expected);
  });

  it("is refused where no price leads", () => {
    expect(() => equityOf(book, "JPY")).toThrow(
      expect.objectContaining({ code: "TRADING_NO_PRICE", details: { from: "USDT", to: "JPY" } }),
    );
  });
});
