import { HOUR_MS, MINUTE_MS } from "@shoal/kernel";
import { createCandles, noCandles, type Timeframe, timeframeMs } from "@shoal/market";
import { formatDecimal, type PaperBook, place, step } from "@shoal/trading";
import { describe, expect, it } from "vitest";
import { paperBook, SYMBOL } from "../../../test/executor-support.ts";
import { candlesWanted, nextCandleMs, nextCloseMs, settleSince } from "./market-needs.ts";

const START = Date.UTC(2026, 10, 30);
const need = (timeframe: Timeframe, count = 3) => ({ symbol: SYMBOL, timeframe, count });

function candles(timeframe: Timeframe, fromMs: number, closes: readonly number[]) {
  const column = Float64Array.from(closes);
  const openMs = column.map((_, at) => fromMs + at * timeframeMs[timeframe]);
  const columns = { openMs, open: column, high: column, low: column, close: column, volume: column };
  return createCandles({ symbol: SYMBOL, timeframe }, columns);
}

const priced = (book: PaperBook, openMs = START) =>
  step(book, { symbol: SYMBOL, openMs, open: 100, high: 100, low: 100, close: 100, volume: 1 }).book;

function withOrder(book: PaperBook, atMs: number): PaperBook {
  const order = { id: "o", symbol: SYMBOL, side: "buy", type: "market", quantity: "1" } as const;
  const placed = place(book, order, atMs);
  if (placed.kind !== "placed") throw new Error(placed.message);
  return placed.book;
}

describe("the candles that a run needs", () => {
  it.each([
    [
      "are those of its code, where nothing is open",
      [need("1h"), need("5m")],
      priced(paperBook()),
      5,
      [
        ["1h", 3],
        ["5m", 3],
      ],
    ],
    [
      "are enough of the shortest ones to catch up, where something is",
      [need("1h"), need("5m")],
      withOrder(priced(paperBook()), START),
      5,
      [
        ["1h", 3],
        ["5m", 61],
      ],
    ],
    [
      "or where there is no price yet",
      [need("1h"), need("5m")],
      paperBook(),
      5,
      [
        ["1h", 3],
        ["5m", 61],
      ],
    ],
    ["are minutes of what is traded and not asked for", [], priced(paperBook()), 5, [["1m", 1]]],
    ["are no more than there may be", [need("1h")], paperBook(), 24 * 365, [["1h", 5000]]],
  ] as const)("%s", (_, needs, book, hours, expected) => {
    const wanted = candlesWanted(needs, book, START, START + hours * HOUR_MS);
    expect(wanted.map(({ timeframe, count }) => [timeframe, count])).toEqual(expected);
  });

  it("are not those of a symbol that is held no more and asked for no more", () => {
    const other = { symbol: "ETH/USDT", timeframe: "1h", count: 3 } as const;
    expect(candlesWanted([other], priced(paperBook()), START, START + HOUR_MS)).toEqual([other]);
    const held = withOrder(priced(paperBook()), START);
    expect(candlesWanted([other], held, START, START + HOUR_MS)).toMatchObject([other, { symbol: SYMBOL, count: 61 }]);
  });
});

describe("a book that catches up", () => {
  const times = (nowMs: number, isPaper = true) => ({ settledUntilMs: START, nowMs, isPaper });

  it("has the price of the last candle before, and fills nothing by it", () => {
    const series = [candles("1h", START - 2 * HOUR_MS, [90, 95])];
    const { book, fills } = settleSince(paperBook(), series, times(START + MINUTE_MS));
    expect([formatDecimal(book.prices.get(SYMBOL)?.price ?? { digits: 0n, scale: 0 }), fills]).toEqual(["95", []]);
  });

  it("fills by what has closed since, and says which orders have changed", () => {
    const book = withOrder(priced(paperBook(), START - HOUR_MS), START);
    const series = [candles("1h", START - HOUR_MS, [100, 110, 120])];
    const done = settleSince(book, series, times(START + HOUR_MS));
    expect(done.fills.map(({ price }) => formatDecimal(price))).toEqual(["110"]);
    expect(done.changedOrders).toMatchObject([{ id: "o", state: { kind: "filled" } }]);
    expect(
      settleSince(done.book, series, { ...times(START + HOUR_MS), settledUntilMs: START + HOUR_MS }).fills,
    ).toEqual([]);
  });

  it("goes by the shortest candles, and leaves out those that began before what has happened", () => {
    // Settled by candles of 5 minutes until 11:30; those of an hour that began at 11:00 are of the past then.
    const half = START + 30 * MINUTE_MS;
    const book = priced(paperBook(), START + 25 * MINUTE_MS);
    const hours = candles("1h", START, [100, 101]);
    const done = settleSince(book, [hours], { settledUntilMs: half, nowMs: START + 2 * HOUR_MS, isPaper: true });
    expect(done.book.prices.get(SYMBOL)?.openMs).toBe(START + HOUR_MS);
  });

  it("of an exchange learns prices alone", () => {
    const book = withOrder(priced(paperBook(), START - HOUR_MS), START);
    const series = [candles("1h", START - HOUR_MS, [100, 110])];
    const done = settleSince(book, series, times(START + HOUR_MS, false));
    expect([done.fills, done.changedOrders, done.book.orders.length]).toEqual([[], [], 1]);
    expect(done.book.settings).toEqual(book.settings);
    expect(done.book.prices.get(SYMBOL)?.openMs).toBe(START);
    expect(settleSince(book, [noCandles({ symbol: SYMBOL, timeframe: "1h" })], times(START + 1, false)).book).toBe(
      book,
    );
  });
});

describe("the next candle", () => {
  it("is the one after the newest that was seen", () => {
    const seen = candles("1h", START, [1, 2]);
    expect(nextCandleMs([need("1h")], [seen], START + 2.5 * HOUR_MS)).toBe(START + 3 * HOUR_MS);
    expect(nextCandleMs([need("1h"), need("5m")], [seen], START + 2.5 * HOUR_MS)).toBe(
      START + 2.5 * HOUR_MS + 5 * MINUTE_MS,
    );
    expect(nextCandleMs([], [seen], START)).toBeNull();
  });

  it("is the first close after the last run, where what that saw is not known", () => {
    expect(nextCloseMs([need("1h"), need("4h")], START + 1)).toBe(START + HOUR_MS);
    expect(nextCloseMs([need("1d")], START)).toBe(START + 24 * HOUR_MS);
    expect(nextCloseMs([], START)).toBeNull();
  });
});
