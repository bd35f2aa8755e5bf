import { describe, expect, it } from "vitest";
import type { PaperBookOptions } from "./book.ts";
import type { NewOrder } from "./order.ts";
import { holding, makeBook, makeCandle, placed, shownFills, shownMoney } from "./paper.test-support.ts";
import { step } from "./step.ts";

type Prices = readonly [open: number | string, high: number | string, low: number | string, close: number | string];

/** What one order does in one candle; the book holds 5 BTC and enough money. */
function fillsOf(order: Partial<NewOrder>, prices: Prices, overrides: Partial<PaperBookOptions> = {}): string[] {
  const book = placed(holding("5", { cash: { USDT: "100000" }, ...overrides }), order, 2);
  return shownFills(step(book, makeCandle(2, prices)).fills);
}

const falling: Prices = [100, 105, 90, 92];
const [gapUp, gapDown]: Prices[] = [
  [120, 125, 118, 119],
  [80, 85, 75, 84],
] as Prices[];

describe("the price of a fill", () => {
  it.each<[what: string, order: Partial<NewOrder>, prices: Prices, fill: string | null]>([
    ["a market buy takes the open", { side: "buy" }, falling, "buy 1 at 100"],
    ["a market sell takes the open", { side: "sell" }, falling, "sell 1 at 100"],
    ["a limit buy waits for its price", { type: "limit", price: "95" }, falling, "buy 1 at 95"],
    ["a limit buy is filled when just touched", { type: "limit", price: "90" }, falling, "buy 1 at 90"],
    ["a limit buy below the low is not filled", { type: "limit", price: "89.99" }, falling, null],
    ["a limit buy takes a better open", { type: "limit", price: "95" }, gapDown as Prices, "buy 1 at 80"],
    ["a limit buy above the candle takes its open", { type: "limit", price: "500" }, falling, "buy 1 at 100"],
    ["a limit sell waits for its price", { side: "sell", type: "limit", price: "103" }, falling, "sell 1 at 103"],
    [
      "a limit sell is filled when just touched",
      { side: "sell", type: "limit", price: "105" },
      falling,
      "sell 1 at 105",
    ],
    ["a limit sell above the high is not filled", { side: "sell", type: "limit", price: "105.01" }, falling, null],
    [
      "a limit sell takes a better open",
      { side: "sell", type: "limit", price: "103" },
      gapUp as Prices,
      "sell 1 at 120",
    ],
    ["a stop buy waits for its price", { type: "stop", price: "104" }, falling, "buy 1 at 104"],
    ["a stop buy is filled when just touched", { type: "stop", price: "105" }, falling, "buy 1 at 105"],
    ["a stop buy above the high is not filled", { type: "stop", price: "105.01" }, falling, null],
    ["a stop buy takes a worse open", { type: "stop", price: "104" }, gapUp as Prices, "buy 1 at 120"],
    ["a stop buy below the market is filled at once", { type: "stop", price: "50" }, falling, "buy 1 at 100"],
    ["a stop sell waits for its price", { side: "sell", type: "stop", price: "94" }, falling, "sell 1 at 94"],
    ["a stop sell is filled when just touched", { side: "sell", type: "stop", price: "90" }, falling, "sell 1 at 90"],
    ["a stop sell below the low is not filled", { side: "sell", type: "stop", price: "89.99" }, falling, null],
    ["a stop sell takes a worse open", { side: "sell", type: "stop", price: "94" }, gapDown as Prices, "sell 1 at 80"],
  ])("%s", (_, order, prices, fill) => {
    expect(fillsOf(order, prices)).toEqual(fill === null ? [] : [fill]);
  });

  it.each<[what: string, order: Partial<NewOrder>, prices: Prices, fill: string]>([
    ["against a buyer, up to the tick", { side: "buy" }, [99.999, 105, 90, 92], "buy 1 at 101"],
    ["against a seller, down to the tick", { side: "sell" }, [100.001, 105, 90, 92], "sell 1 at 99"],
    ["against a stop", { side: "sell", type: "stop", price: "94" }, falling, "sell 1 at 93.06"],
    ["never above the high", { side: "buy" }, [100, 100.5, 90, 92], "buy 1 at 100.5"],
    ["never below the low", { side: "sell", type: "stop", price: "90" }, falling, "sell 1 at 90"],
    ["and never moves a limit", { type: "limit", price: "95" }, falling, "buy 1 at 95"],
  ])("slips %s", (_, order, prices, fill) => {
    expect(fillsOf(order, prices, { slippageRatio: "0.01" })).toEqual([fill]);
  });

  it("is the candle's own price where nothing slips, on the tick or not", () => {
    expect(fillsOf({ side: "buy" }, [100.123456789, 105, 90, 92])).toEqual(["buy 1 at 100.123456789"]);
    expect(fillsOf({ side: "buy" }, ["100.10000000000000000001", 105, 90, 92])).toEqual([
      "buy 1 at 100.10000000000000000001",
    ]);
  });
});

describe("the fee", () => {
  const fees = { makerFeeRatio: "0.001", takerFeeRatio: "0.002", cash: { USDT: "1000" } };

  it.each<[what: string, order: Partial<NewOrder>, left: string]>([
    ["a market order takes", { side: "buy" }, "899.8 USDT"],
    ["a stop order takes", { type: "stop", price: "104" }, "895.792 USDT"],
    ["a limit order that its first open fills takes", { type: "limit", price: "110" }, "899.8 USDT"],
    ["a limit order that waits makes", { type: "limit", price: "95" }, "904.905 USDT"],
  ])("%s", (_, order, left) => {
    const known = step(makeBook(fees), makeCandle(0, [100, 100, 100, 100])).book;
    expect(shownMoney(step(placed(known, order, 1), makeCandle(1, falling)), "USDT")).toEqual([left]);
  });

  it("is the maker's for a limit order that rested before an open filled it", () => {
    const resting = step(placed(makeBook(fees), { type: "limit", price: "85" }, 0), makeCandle(0, falling)).book;
    expect(shownMoney(step(resting, makeCandle(1, gapDown as Prices)), "USDT", "BTC")).toEqual([
      "919.92 USDT",
      "1 BTC",
    ]);
  });

  it("is taken off what a sale brings", () => {
    const book = placed(holding("2", fees), { side: "sell", quantity: "2" }, 2);
    const { fills, book: after } = step(book, makeCandle(2, [110, 110, 110, 110]));
    expect(shownMoney({ book: after, fills, changedOrders: [] }, "USDT", "BTC")).toEqual(["1019.16 USDT", "0 BTC"]);
    expect(fills[0]).toMatchObject({ liquidity: "taker", atMs: 120_000, realisedProfit: { digits: 20n, scale: 0 } });
  });
});
