import { HOUR_MS } from "@shoal/kernel";
import { decimal, type Fill, ZERO } from "@shoal/trading";
import { expect, it } from "vitest";
import type { BacktestRun } from "./backtest.ts";
import { figuresOf } from "./figures.ts";

const fill = (atMs: number, side: "buy" | "sell", price: string): Fill => ({
  ...{
    orderId: "1",
    symbol: "A/USD",
    side,
    atMs,
    price: decimal(price),
    quantity: decimal("1"),
    notional: decimal(price),
  },
  ...{ fee: ZERO, liquidity: "taker", realisedProfit: ZERO },
});

const RUN: BacktestRun = {
  curve: {
    atMs: Float64Array.of(0, 1, 2, 3, 4).map((hour) => hour * HOUR_MS),
    equity: Float64Array.of(1000, 1020, 999.6, 1029.588, 1039.88388),
  },
  ...{ startEquity: "1000", endEquity: "1039.88388", fees: decimal("1.50"), stepCount: 4, exposedCount: 3 },
  fills: [
    fill(0, "buy", "100"),
    fill(1, "sell", "110"),
    fill(1, "buy", "110"),
    fill(2, "sell", "110"),
    fill(3, "buy", "1"),
  ],
  ...{ orderCount: 5, openOrderCount: 0, refusals: {}, fuel: 40, mostFuel: 20, failedCount: 0 },
  ...{ firstFailure: null, isStopped: false },
};

it("are those calculated by hand", () => {
  // Returns 0.02, -0.02, 0.03, 0.01: mean 0.01, sample deviation sqrt(14e-4 / 3), downside deviation 0.01; 8,760 hours a year.
  const { figures, trades } = figuresOf(RUN, HOUR_MS);
  expect(figures.returnRatio).toBeCloseTo(0.03988388, 12);
  expect(figures.drawdownRatio).toBeCloseTo(0.02, 12);
  expect(figures.longestDrawdownMs).toBe(2 * HOUR_MS);
  expect(figures.sharpe).toBeCloseTo((0.01 / Math.sqrt(14e-4 / 3)) * Math.sqrt(8760), 9);
  expect(figures.sortino).toBeCloseTo(Math.sqrt(8760), 9);
  // A trade that came out even has not won, and what is open is none.
  expect(trades.map(({ profit }) => profit)).toEqual(["10", "0"]);
  expect(figures).toMatchObject({ tradeCount: 2, winRatio: 0.5, exposureRatio: 0.75 });
  expect(figures).toMatchObject({ startEquity: "1000", endEquity: "1039.88388", fees: "1.5", fuel: 40, mostFuel: 20 });
});

it("of nothing are none, and no NaN", () => {
  const nothing = {
    ...RUN,
    curve: { atMs: Float64Array.of(0), equity: Float64Array.of(1000) },
    fills: [],
    stepCount: 0,
    exposedCount: 0,
  };
  expect(figuresOf(nothing, HOUR_MS).figures).toMatchObject({
    ...{ returnRatio: 0, drawdownRatio: 0, longestDrawdownMs: 0, sharpe: null, sortino: null },
    ...{ tradeCount: 0, winRatio: null, exposureRatio: 0 },
  });
});
