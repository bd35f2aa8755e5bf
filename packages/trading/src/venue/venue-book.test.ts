import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, formatDecimal, isNegative, ZERO } from "../decimal.ts";
import { balanceOf, type PaperBook, positionOf } from "../paper/book.ts";
import { bookFromJson, bookToJson } from "../paper/codec.ts";
import type { NewOrder } from "../paper/order.ts";
import { flat, makeBook, makeInstrument, makeOrder, product, units } from "../paper/paper.test-support.ts";
import { orderViews, portfolioView } from "../paper/portfolio.ts";
import { availableOf } from "../paper/reserve.ts";
import { step } from "../paper/step.ts";
import { averagePrice } from "../position.ts";
import { applyVenueFill, cancelForVenue, closeVenueOrder, placeForVenue, type VenueFill } from "./venue-book.ts";

/** 1,000 USDT, and a last price of 100. */
const start = step(makeBook({ takerFeeRatio: "0.001", slippageRatio: "0.01" }), flat(0, 100)).book;

function placed(book: PaperBook, order: Partial<NewOrder>): PaperBook {
  const result = placeForVenue(book, makeOrder(order), 60_000);
  if (result.kind === "placed") return result.book;
  throw new Error(`refused: ${result.code}`);
}

function makeVenueFill(overrides: Partial<VenueFill> = {}): VenueFill {
  const trade = {
    orderId: "a",
    fillId: "1",
    symbol: "BTC/USDT",
    side: "buy",
    liquidity: "taker",
    atMs: 61_000,
  } as const;
  return { ...trade, price: decimal("100"), quantity: decimal("1"), fee: ZERO, feeCurrency: "USDT", ...overrides };
}

/** A book that has bought 2 at 100 and has no open order. */
const holding = applyVenueFill(
  placed(start, { id: "a", quantity: "2" }),
  makeVenueFill({ quantity: decimal("2") }),
).book;
const balances = (book: PaperBook) =>
  [...book.balances].map(([currency, held]) => `${formatDecimal(held)} ${currency}`);

describe("an order for an exchange", () => {
  it("reserves as on paper, stays open, and is seen by the strategy", () => {
    const book = placed(start, { id: "a" });
    expect(formatDecimal(availableOf(book, "USDT"))).toBe("898.899");
    expect(orderViews(book)).toMatchObject([{ id: "a", quantity: "1", filledQuantity: "0" }]);
    expect(portfolioView(book, "USDT")).toMatchObject({ cash: "898.899", equity: "1000", positions: [] });
    expect(bookFromJson(JSON.parse(JSON.stringify(bookToJson(book))))).toEqual(book);
  });

  it.each<[string, PaperBook, Partial<NewOrder>, string]>([
    ["of a symbol that the book does not have", start, { symbol: "ETH/USDT" }, "TRADING_UNKNOWN_SYMBOL"],
    ["that costs too much", start, { quantity: "10" }, "TRADING_INSUFFICIENT_CASH"],
    ["that sells what is not held", start, { side: "sell" }, "TRADING_INSUFFICIENT_BASE"],
    [
      "that would share a holding, as a stop and its target may on paper",
      placed(holding, { side: "sell", type: "stop", price: "90", quantity: "1.5" }),
      { side: "sell", type: "limit", price: "110", quantity: "1" },
      "TRADING_INSUFFICIENT_BASE",
    ],
  ])("%s is refused, and nothing changes", (_, book, order, code) => {
    expect(placeForVenue(book, makeOrder(order), 60_000)).toMatchObject({ kind: "refused", code });
  });

  it("does not spend what another symbol's orders sell", () => {
    const instruments = [makeInstrument("BTC/USDT"), makeInstrument("ETH/BTC")];
    const two = step(makeBook({ instruments, cash: { BTC: "2" } }), flat(0, 100)).book;
    const stopped = placed(two, { side: "sell", type: "stop", price: "90", quantity: "1" });
    const both = placed(stopped, { side: "sell", type: "limit", price: "110", quantity: "1" });
    const eth: Partial<NewOrder> = { symbol: "ETH/BTC", type: "limit", price: "1", quantity: "1" };
    expect(placeForVenue(both, makeOrder(eth), 60_000)).toMatchObject({ code: "TRADING_INSUFFICIENT_CASH" });
    expect(placeForVenue(stopped, makeOrder(eth), 60_000).kind).toBe("placed");
  });

  it("stays in the book while its cancellation is asked for, and frees what it reserved when it is over", () => {
    const book = placed(start, { id: "a" });
    expect(cancelForVenue(book, "a")).toEqual({ kind: "cancelled", book, order: book.orders[0] });
    expect(cancelForVenue(book, "b")).toMatchObject({ kind: "refused", code: "TRADING_UNKNOWN_ORDER" });
    const over = closeVenueOrder(book, "a", "TRADING_CANCELLED");
    expect([over.orders, formatDecimal(availableOf(over, "USDT"))]).toEqual([[], "1000"]);
    expect(closeVenueOrder(over, "a", "TRADING_CANCELLED")).toBe(over);
    expect(book.orders.length).toBe(1);
  });
});

describe("a fill of an exchange", () => {
  const bought = placed(start, { id: "a", quantity: "2" });

  it("moves money, holding and position, and the order by what it filled", () => {
    const applied = applyVenueFill(bought, makeVenueFill({ price: decimal("99"), fee: decimal("0.099") }));
    expect(balances(applied.book)).toEqual(["900.901 USDT", "1 BTC"]);
    expect(applied.order?.state).toMatchObject({
      kind: "open",
      openQuantity: decimal("1"),
      filledQuantity: decimal("1"),
    });
    expect(applied.book.orders).toEqual([applied.order]);
    const last = applyVenueFill(applied.book, makeVenueFill({ fillId: "2", price: decimal("101") }));
    expect([last.order?.state.kind, last.book.orders]).toEqual(["filled", []]);
    expect(formatDecimal(averagePrice(positionOf(last.book, "BTC/USDT")))).toBe("100");
    expect(balances(bought)).toEqual(["1000 USDT"]);
  });

  it("realises profit on what it closes, before fees", () => {
    const sold = makeVenueFill({ side: "sell", orderId: "s", price: decimal("130"), fee: decimal("1") });
    const { book, realisedProfit } = applyVenueFill(placed(holding, { id: "s", side: "sell" }), sold);
    expect([formatDecimal(realisedProfit), ...balances(book)]).toEqual(["30", "929 USDT", "1 BTC"]);
    expect(formatDecimal(positionOf(book, "BTC/USDT").paidFees)).toBe("1");
  });

  it("takes a fee in the base currency out of the position, so that all that is left can be sold", () => {
    const fill = makeVenueFill({ quantity: decimal("2"), fee: decimal("0.002"), feeCurrency: "BTC" });
    const { book, isFeeBooked } = applyVenueFill(bought, fill);
    expect([isFeeBooked, ...balances(book)]).toEqual([true, "800 USDT", "1.998 BTC"]);
    const position = positionOf(book, "BTC/USDT");
    expect([formatDecimal(position.quantity), formatDecimal(position.cost)]).toEqual(["1.998", "200"]);
    expect(placeForVenue(book, makeOrder({ side: "sell", quantity: "1.998" }), 60_000).kind).toBe("placed");
  });

  it("leaves a fee in a currency that the book does not have to the account", () => {
    const { book, isFeeBooked } = applyVenueFill(bought, makeVenueFill({ fee: decimal("0.0001"), feeCurrency: "BNB" }));
    expect([isFeeBooked, ...balances(book)]).toEqual([false, "900 USDT", "1 BTC"]);
    expect(portfolioView(book, "USDT").equity).toBe("1000");
  });

  it("takes a fee in the currency of another instrument from there", () => {
    const instruments = [makeInstrument("BTC/USDT"), makeInstrument("BNB/USDT")];
    const two = step(makeBook({ instruments, cash: { USDT: "1000", BNB: "1" } }), flat(0, 100)).book;
    const fill = makeVenueFill({ fee: decimal("0.25"), feeCurrency: "BNB" });
    expect(balances(applyVenueFill(placed(two, { id: "a" }), fill).book)).toEqual(["900 USDT", "0.75 BNB", "1 BTC"]);
  });

  it("counts also when it costs more than was reserved, or comes after the order's end", () => {
    const all = placed(start, { id: "a", quantity: "9.8" });
    const dear = applyVenueFill(all, makeVenueFill({ quantity: decimal("9.8"), price: decimal("110") })).book;
    expect([portfolioView(dear, "USDT").cash, balances(dear)[0]]).toEqual(["-78", "-78 USDT"]);
    expect(placeForVenue(dear, makeOrder({}), 60_000)).toMatchObject({ code: "TRADING_INSUFFICIENT_CASH" });
    const late = applyVenueFill(closeVenueOrder(bought, "a", "TRADING_CANCELLED"), makeVenueFill());
    expect([late.order, ...balances(late.book)]).toEqual([null, "900 USDT", "1 BTC"]);
  });

  it("is booked in full when the exchange filled more than was asked", () => {
    const { book, order } = applyVenueFill(bought, makeVenueFill({ quantity: decimal("2.0001") }));
    expect([order?.state.kind, balances(book)[1]]).toEqual(["filled", "2.0001 BTC"]);
  });

  it.each<[string, Partial<VenueFill>, string]>([
    ["of an unknown symbol", { symbol: "ETH/USDT" }, "TRADING_UNKNOWN_SYMBOL"],
    ["of the other side", { side: "sell" }, "TRADING_INVALID_FILL"],
    ["of nothing", { quantity: ZERO }, "TRADING_INVALID_FILL"],
    ["without a price", { price: ZERO }, "TRADING_INVALID_FILL"],
  ])("%s is refused", (_, overrides, code) => {
    expect(() => applyVenueFill(bought, makeVenueFill(overrides))).toThrow(expect.objectContaining({ code }));
  });
});

const anyFill = fc.record({
  symbol: fc.constantFrom("BTC/USDT", "ETH/BTC"),
  side: fc.constantFrom("buy" as const, "sell" as const),
  price: fc.integer({ min: 1, max: 200_000 }).map((cents) => decimal(`${cents}e-2`)),
  quantity: fc.integer({ min: 1, max: 1_000_000 }).map((small) => decimal(`${small}e-7`)),
  fee: fc.integer({ min: -1_000, max: 1_000_000 }).map((small) => decimal(`${small}e-9`)),
  feeCurrency: fc.constantFrom("USDT", "BTC", "ETH", "BNB"),
});

describe("any history of fills", () => {
  it("changes each balance by their sum, and keeps profit and cost equal to what was received and paid", () => {
    const instruments = [makeInstrument("BTC/USDT"), makeInstrument("ETH/BTC")];
    const empty = makeBook({ instruments, cash: { USDT: "1000", BTC: "3" } });
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 40 }), (fills) => {
        let book = empty;
        const moved = new Map<string, bigint>();
        const move = (currency: string, amount: bigint) => moved.set(currency, (moved.get(currency) ?? 0n) + amount);
        const paid = new Map<string, bigint>();
        let profit = 0n;
        for (const fill of fills) {
          const applied = applyVenueFill(book, makeVenueFill(fill));
          book = applied.book;
          const sign = fill.side === "buy" ? 1n : -1n;
          const [base = "", quote = ""] = fill.symbol.split("/");
          const notional = sign * product(units(fill.price), units(fill.quantity));
          move(base, sign * units(fill.quantity));
          move(quote, -notional);
          if (applied.isFeeBooked) move(fill.feeCurrency, -units(fill.fee));
          expect(applied.isFeeBooked).toBe(fill.feeCurrency !== "BNB");
          paid.set(fill.symbol, (paid.get(fill.symbol) ?? 0n) + notional);
          profit += units(applied.realisedProfit);
        }
        for (const currency of ["USDT", "BTC", "ETH", "BNB"]) {
          expect(units(balanceOf(book, currency)) - units(balanceOf(empty, currency))).toBe(moved.get(currency) ?? 0n);
        }
        let realised = 0n;
        for (const [symbol, { quantity, cost, realisedProfit }] of book.positions) {
          realised += units(realisedProfit);
          const openCost = isNegative(quantity) ? -units(cost) : units(cost);
          expect(units(realisedProfit) - openCost).toBe(-(paid.get(symbol) ?? 0n));
        }
        expect(realised).toBe(profit);
      }),
      { numRuns: soakRuns(500, 50_000) },
    );
  });
});
