import { describe, expect, it } from "vitest";
import { formatDecimal } from "../decimal.ts";
import { positionOf } from "./book.ts";
import {
  flat,
  holding,
  MINUTE,
  makeBook,
  makeCandle,
  makeInstrument,
  makeOrder,
  money,
  placed,
  shownFills,
  shownMoney,
  shownOrders,
} from "./paper.test-support.ts";
import { cancel, place } from "./place.ts";
import { step } from "./step.ts";

describe("which candle fills an order", () => {
  const known = step(makeBook(), flat(0, 100)).book;

  it("is the one that starts when it is placed, or a later one", () => {
    expect(step(placed(known, {}, 1), flat(1, 100)).fills).toHaveLength(1);
    expect(step(placed(known, {}, 0.5), flat(1, 100)).fills).toHaveLength(1);
  });

  it("is never the candle during which it was placed", () => {
    const during = placed(known, { type: "limit", price: "100" }, 1.5);
    const { book, fills, changedOrders } = step(during, flat(1, 100));
    expect([fills, changedOrders]).toEqual([[], []]);
    expect(book.orders[0]).toMatchObject({ isResting: false });
    expect(shownFills(step(book, flat(2, 100)).fills)).toEqual(["buy 1 at 100"]);
  });

  it("is one of its own symbol", () => {
    const instruments = [makeInstrument("BTC/USDT"), makeInstrument("ETH/USDT")];
    const both = placed(step(makeBook({ instruments }), flat(0, 100)).book, {}, 1);
    expect(step(both, flat(1, 100, "ETH/USDT")).fills).toEqual([]);
  });
});

describe("several orders in one candle", () => {
  const wide = makeCandle(2, [100, 120, 80, 110]);

  it("fills the stop before the limit, and cancels the limit that was to sell the same", () => {
    const target = placed(holding("1"), { side: "sell", type: "limit", price: "110" }, 2);
    const both = placed(target, { side: "sell", type: "stop", price: "90" }, 2);
    expect(money(both, "BTC")).toEqual({ balance: "1", available: "0" });
    const { book, fills, changedOrders } = step(both, wide);
    expect(shownFills(fills)).toEqual(["sell 1 at 90"]);
    expect(shownOrders(changedOrders)).toEqual(["stop filled", "limit cancelled TRADING_HOLDING_GONE"]);
    expect(book.orders).toEqual([]);
    expect(money(book, "BTC")).toEqual({ balance: "0", available: "0" });
  });

  it("fills the limit before the stop where the open has reached it: that was first for certain", () => {
    const target = placed(holding("1"), { side: "sell", type: "limit", price: "110" }, 2);
    const both = placed(target, { side: "sell", type: "stop", price: "90" }, 2);
    const { fills, changedOrders } = step(both, makeCandle(2, [112, 120, 80, 110]));
    expect(shownFills(fills)).toEqual(["sell 1 at 112"]);
    expect(shownOrders(changedOrders)).toEqual(["limit filled", "stop cancelled TRADING_HOLDING_GONE"]);
  });

  it("fills both where each has its own holding, the stop first", () => {
    const target = placed(holding("2"), { side: "sell", type: "limit", price: "110" }, 2);
    const both = placed(target, { side: "sell", type: "stop", price: "90" }, 2);
    expect(shownFills(step(both, wide).fills)).toEqual(["sell 1 at 90", "sell 1 at 110"]);
  });

  it("cuts the youngest of those that shared a holding that was sold in part", () => {
    let book = placed(holding("3"), { side: "sell", type: "stop", price: "90", quantity: "1" }, 2);
    for (const price of ["130", "140"]) book = placed(book, { side: "sell", type: "limit", price, quantity: "1.5" }, 2);
    const { changedOrders } = step(book, wide);
    expect(shownOrders(changedOrders)).toEqual(["stop filled", "limit open 0.5"]);
    expect(changedOrders[1]?.price).toEqual({ digits: 140n, scale: 0 });
  });

  it("fills market orders first, then by the order in which they were placed", () => {
    const limits = placed(holding("3"), { side: "sell", type: "limit", price: "100", quantity: "1" }, 2);
    const more = placed(limits, { side: "sell", type: "limit", price: "99", quantity: "0.5" }, 2);
    const all = placed(more, { side: "sell", quantity: "0.25" }, 2);
    expect(shownFills(step(all, wide).fills)).toEqual(["sell 0.25 at 100", "sell 1 at 100", "sell 0.5 at 100"]);
  });
});

describe("the volume of a candle", () => {
  const options = { volumeRatio: "0.1", cash: { USDT: "10000" } };
  const known = step(makeBook(options), flat(0, 100)).book;
  const candle = (minute: number, volume: number) => makeCandle(minute, [100, 101, 99, 100], { volume });

  it("limits all orders together, in whole lots, and the rest goes on in the next", () => {
    const both = placed(placed(known, { quantity: "2" }, 1), { type: "limit", price: "99.5", quantity: "2" }, 1);
    const first = step(both, candle(1, 25.55));
    expect(shownFills(first.fills)).toEqual(["buy 2 at 100", "buy 0.555 at 99.5"]);
    expect(shownOrders(first.changedOrders)).toEqual(["market filled", "limit open 1.445"]);
    expect(first.changedOrders).toContainEqual(first.book.orders[0]);
    const second = step(first.book, candle(2, 0));
    expect(second.fills).toEqual([]);
    expect(shownFills(step(second.book, candle(3, 1_000)).fills)).toEqual(["buy 1.445 at 99.5"]);
  });

  it("leaves the rest of a market order for the next open", () => {
    const first = step(placed(known, { quantity: "2" }, 1), candle(1, 10));
    expect(money(first.book, "USDT")).toEqual({ balance: "9900", available: "9800" });
    expect(shownFills(step(first.book, flat(2, 90)).fills)).toEqual(["buy 1 at 90"]);
  });
});

describe("money", () => {
  it("is reserved while an order is open, with the fee, and free again when it is cancelled", () => {
    const book = makeBook({ takerFeeRatio: "0.002", makerFeeRatio: "0.001" });
    const result = place(book, makeOrder({ id: "a", type: "limit", price: "50", quantity: "2" }), 0);
    if (result.kind !== "placed") throw new Error(result.code);
    expect(money(result.book, "USDT")).toEqual({ balance: "1000", available: "899.8" });
    const ended = cancel(result.book, "a");
    if (ended.kind !== "cancelled") throw new Error(ended.code);
    expect(money(ended.book, "USDT")).toEqual({ balance: "1000", available: "1000" });
    expect(ended.order.state).toMatchObject({ kind: "cancelled", reason: "TRADING_CANCELLED" });
    expect(cancel(ended.book, "a")).toMatchObject({ kind: "refused", code: "TRADING_UNKNOWN_ORDER" });
  });

  it("buys as much as it can where the open is beyond what was reserved, and cancels the rest", () => {
    const known = step(makeBook(), flat(0, 100)).book;
    const all = placed(known, { quantity: "10" }, 1);
    const { book, fills, changedOrders } = step(all, flat(1, 130));
    expect(shownFills(fills)).toEqual(["buy 7.692 at 130"]);
    expect(shownOrders(changedOrders)).toEqual(["market cancelled TRADING_INSUFFICIENT_CASH"]);
    expect(money(book, "USDT")).toEqual({ balance: "0.04", available: "0.04" });
  });

  it("does not touch what other orders have reserved", () => {
    const known = step(makeBook(), flat(0, 100)).book;
    const resting = placed(known, { type: "limit", price: "50", quantity: "10" }, 1);
    const { fills } = step(placed(resting, { quantity: "5" }, 1), flat(1, 125));
    expect(shownFills(fills)).toEqual(["buy 4 at 125"]);
  });

  it("keeps what the rest of a stop needs when its first part costs more than was reserved", () => {
    const known = step(makeBook({ volumeRatio: "1" }), flat(0, 100)).book;
    const book = placed(known, { type: "stop", price: "110", quantity: "9" }, 1);
    const first = step(book, { ...flat(1, 130), volume: 1 });
    expect(shownFills(first.fills)).toEqual(["buy 0.923 at 130"]);
    expect(shownOrders(first.changedOrders)).toEqual(["stop cancelled TRADING_INSUFFICIENT_CASH"]);
    const roomy = step(placed(known, { type: "stop", price: "110", quantity: "8" }, 1), { ...flat(1, 130), volume: 1 });
    expect(shownOrders(roomy.changedOrders)).toEqual(["stop open 7"]);
    expect(money(roomy.book, "USDT")).toEqual({ balance: "870", available: "100" });
  });

  it("cancels an order that cannot buy even a lot", () => {
    const known = step(makeBook({ instruments: [makeInstrument("BTC/USDT", { lot: "10" })] }), flat(0, 100)).book;
    const { fills, changedOrders } = step(placed(known, { quantity: "10" }, 1), flat(1, 101));
    expect(fills).toEqual([]);
    expect(shownOrders(changedOrders)).toEqual(["market cancelled TRADING_INSUFFICIENT_CASH"]);
  });

  it("of one currency buys what is sold for another: several quotes in one book", () => {
    const instruments = [makeInstrument("BTC/USDT"), makeInstrument("ETH/BTC"), makeInstrument("SOL/EUR")];
    let book = makeBook({ instruments, cash: { USDT: "1000", EUR: "100" } });
    book = step(step(step(book, flat(0, 100)).book, flat(0, "0.5", "ETH/BTC")).book, flat(0, 10, "SOL/EUR")).book;
    book = step(placed(book, { quantity: "4" }, 1), flat(1, 100)).book;
    book = placed(book, { symbol: "ETH/BTC", quantity: "6" }, 2);
    expect(money(book, "BTC")).toEqual({ balance: "4", available: "1" });
    expect(place(book, makeOrder({ side: "sell", quantity: "2" }), 2 * MINUTE)).toMatchObject({
      code: "TRADING_INSUFFICIENT_BASE",
      message: "It sells 2 BTC, and 1 are held and not on sale yet.",
    });
    book = step(placed(book, { symbol: "SOL/EUR", quantity: "10" }, 2), flat(2, "0.5", "ETH/BTC")).book;
    const last = step(book, flat(2, 10, "SOL/EUR"));
    expect(shownMoney(last, "USDT", "BTC", "ETH", "EUR", "SOL")).toEqual([
      "600 USDT",
      "1 BTC",
      "6 ETH",
      "0 EUR",
      "10 SOL",
    ]);
  });
});

it("takes what was bought in one symbol and sold in another for no short position", () => {
  const instruments = ["ETH/USDT", "ETH/BTC"].map((symbol) => makeInstrument(symbol));
  let book = step(makeBook({ instruments }), flat(0, 100, "ETH/USDT")).book;
  book = step(placed(book, { symbol: "ETH/USDT" }, 1), flat(1, 100, "ETH/USDT")).book;
  const order = { symbol: "ETH/BTC", side: "sell", type: "limit", price: "2" } as const;
  const sold = step(placed(book, order, 2), flat(2, 2, "ETH/BTC"));
  expect(shownFills(sold.fills)).toEqual(["sell 1 at 2"]);
  expect(money(sold.book, "BTC")).toEqual({ balance: "2", available: "2" });
  expect(step(sold.book, flat(3, 50, "ETH/BTC")).fills).toEqual([]);
});

describe("a short position, where it is allowed", () => {
  const options = { isShortAllowed: true, takerFeeRatio: "0.001" };
  const known = step(makeBook(options), flat(0, 100)).book;
  const short = step(placed(known, { side: "sell", quantity: "4" }, 1), flat(1, 100)).book;

  it("locks what it was sold for and as much again", () => {
    expect(money(short, "USDT")).toEqual({ balance: "1399.6", available: "599.6" });
    expect(money(short, "BTC").balance).toBe("-4");
    expect(formatDecimal(positionOf(short, "BTC/USDT").quantity)).toBe("-4");
  });

  it("is refused beyond the money, and without permission", () => {
    const order = makeOrder({ side: "sell", quantity: "6" });
    expect(place(short, order, 2 * MINUTE)).toMatchObject({ code: "TRADING_INSUFFICIENT_CASH" });
    expect(place(step(makeBook(), flat(0, 100)).book, order, MINUTE)).toMatchObject({
      code: "TRADING_INSUFFICIENT_BASE",
    });
  });

  it("is bought back with what it locked, and goes on as a long one with free money", () => {
    const { book, fills } = step(placed(short, { quantity: "5" }, 2), flat(2, 80));
    expect(shownFills(fills)).toEqual(["buy 5 at 80"]);
    expect(formatDecimal(fills[0]?.realisedProfit ?? { digits: 0n, scale: 0 })).toBe("80");
    expect(money(book, "BTC").balance).toBe("1");
    expect(money(book, "USDT")).toEqual({ balance: "999.2", available: "999.2" });
  });

  it("is closed by a stop or a limit order, whichever comes first", () => {
    const target = placed(short, { type: "limit", price: "80", quantity: "4" }, 2);
    const both = placed(target, { type: "stop", price: "120", quantity: "4" }, 2);
    expect(money(both, "USDT").available).toBe("599.6");
    const { fills, changedOrders } = step(both, makeCandle(2, [100, 130, 70, 90]));
    expect(shownFills(fills)).toEqual(["buy 4 at 120"]);
    expect(shownOrders(changedOrders)).toEqual(["stop filled", "limit cancelled TRADING_HOLDING_GONE"]);
  });

  it("is bought back where its collateral ends, and the orders of its symbol are cancelled", () => {
    const target = placed(short, { type: "limit", price: "80", quantity: "4" }, 2);
    expect(step(target, makeCandle(2, [100, 199.79, 99, 199])).fills).toEqual([]);
    const { book, fills, changedOrders } = step(target, makeCandle(2, [100, 300, 99, 250]));
    expect(shownFills(fills)).toEqual(["buy 4 at 199.8"]);
    expect(fills[0]?.orderId).toBeNull();
    expect(shownOrders(changedOrders)).toEqual(["limit cancelled TRADING_LIQUIDATED"]);
    expect(money(book, "USDT")).toEqual({ balance: "599.6008", available: "599.6008" });
  });

  it("is bought back at an open beyond its collateral, which may leave a debt", () => {
    const { book, fills } = step(short, makeCandle(2, [500, 510, 490, 500]));
    expect(shownFills(fills)).toEqual(["buy 4 at 500"]);
    expect(money(book, "USDT").balance).toBe("-602.4");
    expect(place(book, makeOrder({ quantity: "0.01" }), 3 * MINUTE)).toMatchObject({
      code: "TRADING_INSUFFICIENT_CASH",
    });
  });

  it("that this very candle has opened is bought back as well", () => {
    const book = placed(known, { side: "sell", type: "limit", price: "110", quantity: "4" }, 1);
    const { fills } = step(book, makeCandle(1, [100, 300, 99, 250]));
    expect(shownFills(fills)).toEqual(["sell 4 at 110", "buy 4 at 219.78"]);
  });
});

describe("a candle that is none", () => {
  it.each<[field: string, value: unknown]>([
    ["open", Number.NaN],
    ["open", 0],
    ["open", -1],
    ["open", "1,5"],
    ["open", undefined],
    ["high", Number.POSITIVE_INFINITY],
    ["high", 99],
    ["low", 101],
    ["low", 1e-40],
    ["close", 130],
    ["volume", -1],
    ["volume", Number.NaN],
    ["openMs", 0.5],
    ["openMs", Number.NaN],
  ])("is refused for its %s of %s", (field, value) => {
    const candle = { ...makeCandle(1, [100, 120, 80, 110]), [field]: value };
    // A close above the high is the high's fault: it is not the highest price.
    const named = field === "close" ? "high" : field;
    expect(() => step(makeBook(), candle)).toThrow(
      expect.objectContaining({ code: "TRADING_INVALID_CANDLE", details: { field: named } }),
    );
  });

  it("is refused when it is not later than the one before it", () => {
    const { book } = step(makeBook(), flat(1, 100));
    for (const minute of [0, 1]) {
      expect(() => step(book, flat(minute, 100))).toThrow(
        expect.objectContaining({ code: "TRADING_CANDLE_OUT_OF_ORDER" }),
      );
    }
  });

  it.each(["DOGE/USDT", "constructor", "\u001b[2J"])(
    "is refused when it is of %j, which the book does not have",
    (symbol) => {
      expect(() => step(makeBook(), flat(1, 100, symbol))).toThrow(
        expect.objectContaining({ code: "TRADING_UNKNOWN_SYMBOL" }),
      );
    },
  );
});
