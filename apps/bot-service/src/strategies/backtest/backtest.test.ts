import { HOUR_MS } from "@shoal/kernel";
import { formatDecimal } from "@shoal/trading";
import { describe, expect, it } from "vitest";
import { followMean, makeBacktest, makeCandles, makeCode, makeRun, place, START_MS } from "./backtest.test-support.ts";
import { runBacktest, type StepRecord } from "./backtest.ts";
import { figuresOf } from "./figures.ts";
import { planSteps } from "./plan.ts";

const FAILURE = { code: "STRATEGY_THREW" as const, message: "Error: no", line: 4, column: 2 };

describe("a backtest", () => {
  it("fills what was placed at a close at the next open, with slippage against and a fee", async () => {
    const candles = makeCandles(8);
    const run = makeRun(({ nowMs }) => ({ intents: nowMs === START_MS + 5 * HOUR_MS ? [place("buy", "2")] : [] }));
    const { fills, curve } = await runBacktest(makeBacktest({ series: [candles], run }));
    const open = candles.open[5] ?? 0;
    expect(fills).toHaveLength(1);
    expect(fills[0]).toMatchObject({ atMs: START_MS + 5 * HOUR_MS, side: "buy" });
    const price = Number(formatDecimal(fills[0]?.price ?? { digits: 0n, scale: 0 }));
    expect(price).toBeGreaterThanOrEqual(open);
    expect(price).toBeLessThanOrEqual(Math.min(open * 1.0006 + 0.01, candles.high[5] ?? 0));
    // Four instants: the fifth close, where it is placed, and three more; before them the start.
    expect([...curve.atMs].map((atMs) => (atMs - START_MS) / HOUR_MS)).toEqual([4, 5, 6, 7, 8]);
    const held = (index: number) => 10_000 - 2 * price * 1.001 + 2 * (candles.close[index] ?? 0);
    expect([...curve.equity].map((each) => each.toFixed(6))).toEqual(
      [10_000, 10_000, held(5), held(6), held(7)].map((each) => each.toFixed(6)),
    );
  });

  it("gives the strategy as many finished candles as it needs, and nothing later", async () => {
    const candles = makeCandles(9);
    const seen: number[][] = [];
    const run = makeRun((request) => {
      seen.push([...(request.candles[0]?.close ?? [])]);
      return {};
    });
    await runBacktest(makeBacktest({ series: [candles], run }));
    expect(seen).toEqual([5, 6, 7, 8, 9].map((end) => [...candles.close.slice(end - 5, end)]));
  });

  it("keeps state from step to step, forgets what is deleted, and takes nothing from a run that failed", async () => {
    const seen: unknown[] = [];
    const patches = [{ a: 1, b: 2 }, { a: null, c: 3 }, { a: 9 }, {}];
    const run = makeRun(({ state }) => {
      const statePatch = patches[seen.push(state) - 1] ?? {};
      return seen.length === 3
        ? { result: "failed", error: FAILURE, statePatch, intents: [place("buy", "1")] }
        : { statePatch };
    });
    const result = await runBacktest(makeBacktest({ series: [makeCandles(8)], run }));
    expect(seen).toEqual([{}, { a: 1, b: 2 }, { b: 2, c: 3 }, { b: 2, c: 3 }]);
    expect(result).toMatchObject({ failedCount: 1, orderCount: 0, isStopped: false });
    expect(result.firstFailure).toEqual({ atMs: START_MS + 7 * HOUR_MS, error: FAILURE });
  });

  it("counts refused orders by code", async () => {
    const run = makeRun(({ openOrders }) => ({
      intents: [place("sell", "1"), place("buy", "1000000"), { kind: "cancel", orderId: `none ${openOrders.length}` }],
    }));
    const { refusals, orderCount } = await runBacktest(makeBacktest({ series: [makeCandles(6)], run }));
    expect(refusals).toEqual({ TRADING_INSUFFICIENT_BASE: 2, TRADING_INSUFFICIENT_CASH: 2, TRADING_UNKNOWN_ORDER: 2 });
    expect(orderCount).toBe(0);
  });

  it("lets a strategy cancel by the id that it sees", async () => {
    const limit = { ...place("buy", "1"), type: "limit" as const, price: "1" };
    const run = makeRun(({ openOrders: [order] }) => ({
      intents: order ? [{ kind: "cancel", orderId: order.id }] : [limit],
    }));
    const { refusals, orderCount, openOrderCount } = await runBacktest(makeBacktest({ series: [makeCandles(8)], run }));
    expect([refusals, orderCount, openOrderCount]).toEqual([{}, 2, 0]);
  });

  it("ends after ten failures in a row, and not before", async () => {
    const failing = (often: number) => {
      const seen: number[] = [];
      return makeRun(({ nowMs }) => (seen.push(nowMs) % often === 0 ? {} : { result: "failed", error: FAILURE }));
    };
    expect(await runBacktest(makeBacktest({ run: failing(10) }))).toMatchObject({ isStopped: false, stepCount: 96 });
    expect(await runBacktest(makeBacktest({ run: failing(11) }))).toMatchObject({
      ...{ isStopped: true, stepCount: 10, failedCount: 10 },
      curve: { equity: { length: 11 } },
    });
  });

  it("is the same each time, and its parts are those of the whole", async () => {
    const records = async (from: number, to: number) => {
      const all: StepRecord[] = [];
      await runBacktest(makeBacktest({ from, to, onStep: (record) => all.push(record) }));
      return all;
    };
    const whole = await records(0, 96);
    expect(await records(0, 96)).toEqual(whole);
    expect(await records(0, 40)).toEqual(whole.slice(0, 40));
    const later = await records(40, 96);
    expect(later.map(({ atMs }) => atMs)).toEqual(whole.slice(40).map(({ atMs }) => atMs));
    // It begins with the cash of the start.
    expect(later[0]?.equity).toBe("10000");
  });

  it("draws other random numbers at each step, and the same ones when it begins later", async () => {
    const seedsFrom = async (from: number, seed = "1") => {
      const seeds: string[] = [];
      const run = makeRun((request) => {
        seeds.push(request.seed);
        return {};
      });
      await runBacktest(makeBacktest({ run, from, seed }));
      return seeds;
    };
    const seeds = await seedsFrom(0);
    expect(new Set(seeds).size).toBe(96);
    expect(await seedsFrom(40)).toEqual(seeds.slice(40));
    expect(await seedsFrom(0, "2")).not.toContain(seeds[0]);
  });

  it("values two symbols of which one has longer candles from the first step on", async () => {
    const series = [makeCandles(30), makeCandles(3, { symbol: "ETH/USDT", timeframe: "12h", seed: 3 })];
    const run = makeRun(({ nowMs }) => ({
      intents: nowMs === START_MS + 20 * HOUR_MS ? [place("buy", "1", "ETH/USDT")] : [],
    }));
    const { refusals, exposedCount } = await runBacktest(makeBacktest({ series, run, from: 15 }));
    expect(refusals).toEqual({});
    // Bought at the open of the candle that began at hour 24 and closed at 36, after the last step.
    expect(exposedCount).toBe(0);
  });

  it("ends where it is called off", async () => {
    const stop = new AbortController();
    const run = makeRun(({ nowMs }) => {
      if (nowMs > START_MS + 20 * HOUR_MS) stop.abort(new Error("Ctrl-C"));
      return {};
    });
    await expect(runBacktest(makeBacktest({ run, signal: stop.signal }))).rejects.toThrow("Ctrl-C");
  });

  it("has figures that agree with its fills", async () => {
    const result = await runBacktest(makeBacktest({ series: [makeCandles(400)], run: followMean }));
    const { figures, trades } = figuresOf(result, HOUR_MS);
    expect(trades.length).toBeGreaterThan(5);
    expect(figures.tradeCount).toBe(trades.length);
    expect(figures.winRatio).toBe(trades.filter(({ profit }) => Number(profit) > 0).length / trades.length);
    expect(Number(figures.endEquity)).toBeCloseTo(10_000 * (1 + figures.returnRatio), 6);
    const fees = result.fills.reduce((sum, { fee }) => sum + Number(formatDecimal(fee)), 0);
    expect(Number(figures.fees)).toBeCloseTo(fees, 8);
    expect(figures.exposureRatio).toBeGreaterThan(0.2);
    expect(figures.exposureRatio).toBeLessThan(0.8);
    expect(figures).toMatchObject({ startEquity: "10000", fuel: 396_000, mostFuel: 1000 });
  });
});

describe("the plan of a backtest", () => {
  const needs = makeCode(5).needs.candles;
  const hours = (period: object, series = [makeCandles(10)], needed = needs) =>
    [...planSteps(needed, series, period).instantsMs].map((atMs) => (atMs - START_MS) / HOUR_MS);

  it("begins when all is there that the strategy needs", () => {
    expect(hours({})).toEqual([5, 6, 7, 8, 9, 10]);
    const eth = makeCandles(4, { symbol: "ETH/USDT", timeframe: "2h" });
    const both = [...needs, { symbol: "ETH/USDT", timeframe: "2h" as const, count: 4 }];
    expect(hours({}, [makeCandles(10), eth], both)).toEqual([8, 9, 10]);
  });

  it("takes the candles of a period, and what is before it as history", () => {
    expect(hours({ fromMs: START_MS + 7 * HOUR_MS })).toEqual([7, 8, 9, 10]);
    expect(hours({ fromMs: START_MS + 6 * HOUR_MS, toMs: START_MS + 8 * HOUR_MS })).toEqual([6, 7, 8]);
  });

  it("without needs runs at each of the shortest candles that there are", () => {
    expect(hours({}, [makeCandles(2, { timeframe: "2h" }), makeCandles(3)], [])).toEqual([1, 2, 3]);
  });

  it.each([
    ["a series that is missing", {}, [makeCandles(9, { symbol: "ETH/USDT" })], "BACKTEST_CANDLES_MISSING"],
    ["a timeframe that is missing", {}, [makeCandles(9, { timeframe: "5m" })], "BACKTEST_CANDLES_MISSING"],
    ["too few candles", {}, [makeCandles(4)], "BACKTEST_CANDLES_TOO_FEW"],
    ["no candles", {}, [makeCandles(0)], "BACKTEST_CANDLES_TOO_FEW"],
    ["a period without candles", { fromMs: START_MS + 99 * HOUR_MS }, [makeCandles(9)], "BACKTEST_CANDLES_TOO_FEW"],
  ])("is refused for %s", (_, period, series, code) => {
    expect(() => planSteps(needs, series, period)).toThrow(expect.objectContaining({ code }));
  });
});
