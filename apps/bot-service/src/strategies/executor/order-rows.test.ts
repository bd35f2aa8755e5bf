import { add, type Fill, formatDecimal, type PaperOrder, place, step, ZERO } from "@shoal/trading";
import { describe, expect, it } from "vitest";
import { paperBook, SYMBOL } from "../../../test/executor-support.ts";
import { figuresOf, fillRows, type OrderFigures, orderRows, refusedRows } from "./order-rows.ts";

const candle = (openMs: number, low: number) => ({
  ...{ symbol: SYMBOL, openMs, open: 100, high: 101, low, close: 100, volume: 1 },
});

/** A book with a limit order that two candles fill, half each. */
function filledTwice() {
  const first = step(paperBook("1000"), candle(0, 99)).book;
  const halves = { ...first, settings: { ...first.settings, volumeRatio: { digits: 1n, scale: 0 } } };
  const placed = place(
    halves,
    { id: "o", symbol: SYMBOL, side: "buy", type: "limit", quantity: "2", price: "98" },
    60_000,
  );
  if (placed.kind !== "placed") throw new Error(placed.message);
  const one = step(placed.book, candle(60_000, 97));
  const two = step(one.book, candle(120_000, 97));
  return { placed: placed.order, one, two };
}

const traded = (more: Partial<Parameters<typeof orderRows>[0]> = {}) => ({
  ...{
    runId: "r2",
    fills: [],
    orders: [],
    figures: new Map<string, OrderFigures>(),
    numbers: new Map<string, number>(),
  },
  ...more,
});

describe("the row of an order", () => {
  it("begins with the run that placed it, and keeps it", () => {
    const { placed, one, two } = filledTwice();
    const begun = orderRows(traded({ runId: "r1", orders: [placed], numbers: new Map([["o", 3]]) }));
    expect(begun.rows).toEqual([
      expect.objectContaining({
        ...{ id: "o", runId: "r1", number: 3, status: "open", quantity: "2", price: "98", filled: "0" },
        ...{ average: null, fee: "0", reason: null, placedAtMs: 60_000 },
      }),
    ]);
    const half = orderRows(traded({ figures: begun.figures, fills: one.fills, orders: one.changedOrders }));
    expect(half.rows).toMatchObject([
      { runId: "r1", number: 3, status: "open", filled: "1", average: "98", fee: "0.098" },
    ]);
    const whole = orderRows(traded({ figures: half.figures, fills: two.fills, orders: two.changedOrders }));
    expect(whole.rows).toMatchObject([{ runId: "r1", status: "filled", filled: "2", average: "98", fee: "0.196" }]);
    expect([half.figures.size, whole.figures.size]).toEqual([1, 0]);
  });

  it("goes on from what the database has of it", () => {
    const { one, two } = filledTwice();
    const [row] = orderRows(
      traded({ runId: "r1", fills: one.fills, orders: one.changedOrders, numbers: new Map([["o", 3]]) }),
    ).rows;
    if (!row) throw new Error("no row");
    const figures = new Map([["o", figuresOf(row)]]);
    const whole = orderRows(traded({ figures, fills: two.fills, orders: two.changedOrders }));
    expect(whole.rows).toMatchObject([{ runId: "r1", number: 3, filled: "2", average: "98", fee: "0.196" }]);
  });

  it("has the last state of an order that changed more than once, with why it ended", () => {
    const { placed } = filledTwice();
    const state = { kind: "cancelled", filledQuantity: ZERO, reason: "TRADING_CANCELLED" } as const;
    const cancelled: PaperOrder = { ...placed, state };
    const { rows } = orderRows(traded({ orders: [placed, cancelled], numbers: new Map([["o", 1]]) }));
    expect(rows).toMatchObject([{ status: "cancelled", reason: "TRADING_CANCELLED: Cancelled by its owner." }]);
  });

  it("is not written of an order that nobody knows", () => {
    expect(orderRows(traded({ orders: [filledTwice().placed] })).rows).toEqual([]);
  });

  it("of a refused order says why", () => {
    const refusal = { kind: "refused", code: "TRADING_NO_PRICE", message: "No price." } as const;
    const intent = { kind: "place", number: 2, symbol: SYMBOL, side: "buy", type: "market", quantity: "1" } as const;
    const refused = [
      { intent, refusal },
      { intent: { kind: "cancel", orderId: "x" } as const, refusal },
    ];
    expect(refusedRows(refused, { runId: "r", nowMs: 5, orderId: (number) => `id ${number}` })).toEqual([
      {
        ...{
          id: "id 2",
          runId: "r",
          number: 2,
          symbol: SYMBOL,
          side: "buy",
          type: "market",
          quantity: "1",
          price: null,
        },
        ...{
          placedAtMs: 5,
          status: "rejected",
          reason: "TRADING_NO_PRICE: No price.",
          filled: "0",
          average: null,
          fee: "0",
        },
      },
    ]);
  });
});

it("fills are numbered within their epoch, and add up to what the orders say", () => {
  const { one, two } = filledTwice();
  const fills: readonly Fill[] = [...one.fills, ...two.fills];
  const rows = fillRows(fills, 9, () => "USDT");
  expect(rows.map(({ id, orderId, feeCurrency, liquidity }) => [id, orderId, feeCurrency, liquidity])).toEqual([
    ["9-1", "o", "USDT", "maker"],
    ["9-2", "o", "USDT", "maker"],
  ]);
  expect(formatDecimal(fills.reduce((sum, { quantity }) => add(sum, quantity), ZERO))).toBe("2");
});
