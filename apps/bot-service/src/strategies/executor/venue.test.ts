import { formatDecimal, type PaperBook, positionOf, step } from "@shoal/trading";
import { describe, expect, it } from "vitest";
import { paperBook, SYMBOL } from "../../../test/executor-support.ts";
import type { SettledFill } from "./settled-run.types.ts";
import { takeNews, VENUE_RULES } from "./venue.ts";

const priced = step(paperBook(), {
  symbol: SYMBOL,
  openMs: 0,
  open: 100,
  high: 100,
  low: 100,
  close: 100,
  volume: 1,
}).book;

function withOrder(book: PaperBook): PaperBook {
  const order = { id: "o", symbol: SYMBOL, side: "buy", type: "limit", quantity: "2", price: "100" } as const;
  const placed = VENUE_RULES.place(book, order, 1);
  if (placed.kind !== "placed") throw new Error(placed.message);
  return placed.book;
}

const fill = (id: string, quantity: string, more: Partial<SettledFill> = {}): SettledFill => ({
  ...{ id, orderId: "o", symbol: SYMBOL, side: "buy", price: "99", quantity, fee: "0.1", feeCurrency: "USDT" },
  ...{ liquidity: null, realisedProfit: null, filledAtMs: 5 },
  ...more,
});

const held = (book: PaperBook) => formatDecimal(positionOf(book, SYMBOL).quantity);
const money = (book: PaperBook) => formatDecimal(book.balances.get("USDT") ?? { digits: 0n, scale: 0 });

describe("news of an exchange", () => {
  it("are trades, which move money and fill orders", () => {
    const sold = fill("c", "1", { orderId: null, side: "sell", price: "104.5" });
    const { book, booked } = takeNews(withOrder(priced), { fills: [fill("a", "1"), fill("b", "1"), sold], ends: [] });
    expect([held(book), money(book), book.orders]).toEqual(["1", "9906.2", []]);
    expect(booked).toEqual({ bookedFillIds: ["a", "b", "c"], bookedProfits: { a: "0", b: "0", c: "5.5" } });
  });

  it("are ends of orders, of which what was traded counts first", () => {
    const news = { fills: [fill("a", "0.5")], ends: [{ id: "o", reason: "TRADING_CANCELLED" }] };
    const { book } = takeNews(withOrder(priced), news);
    expect([held(book), money(book), book.orders]).toEqual(["0.5", "9950.4", []]);
  });

  it("may be of orders that the book does not have any more", () => {
    const { book } = takeNews(priced, { fills: [fill("a", "0.5")], ends: [{ id: "o", reason: "X" }] });
    expect([held(book), book.orders]).toEqual(["0.5", []]);
  });

  it("are mostly none", () => {
    const before = withOrder(priced);
    expect(takeNews(before, { fills: [], ends: [] })).toEqual({
      book: before,
      booked: { bookedFillIds: [], bookedProfits: {} },
    });
  });

  it("take amounts with as many digits as a row may have", () => {
    const fee = `0.${"0".repeat(40)}1`;
    expect(money(takeNews(priced, { fills: [fill("a", "1", { fee })], ends: [] }).book)).toBe(`9900.${"9".repeat(41)}`);
  });
});
