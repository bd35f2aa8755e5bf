import { HOUR_MS } from "@shoal/kernel";
import type { RunRequest } from "@shoal/strategy-runner";
import { describe, expect, it } from "vitest";
import { makeBacktest, makeCandles, makeCode, makeRun, place, START_MS } from "./backtest/backtest.test-support.ts";
import { cutCandles, finestSeries, type StepRequest, settleCandles, stepStrategy } from "./step.ts";

const series = [
  makeCandles(20),
  makeCandles(5, { timeframe: "4h" }),
  makeCandles(3, { symbol: "ETH/USDT", timeframe: "4h" }),
];
const { book } = makeBacktest({ series });
const NOW_MS = START_MS + 10 * HOUR_MS;

function makeStep(overrides: Partial<StepRequest> = {}): StepRequest {
  const account = { book: settleCandles(book, finestSeries(series), START_MS, NOW_MS).book, state: { kept: 1 } };
  return {
    ...{ strategyId: "s", code: makeCode(5), config: { size: 2 }, account, currency: "USDT", series, nowMs: NOW_MS },
    ...{ seed: "seed", orderId: (number) => `order ${number}` },
    ...overrides,
  };
}

describe("a step", () => {
  it("gives the run what is known at its time, and the caller's answers", async () => {
    const seen: RunRequest[] = [];
    const answer = async () => null;
    const run = makeRun((request) => {
      seen.push(request);
      return {};
    });
    await stepStrategy(run, makeStep({ answer, keepJournal: true }));
    expect(seen[0]).toMatchObject({
      ...{
        strategyId: "s",
        config: { size: 2 },
        state: { kept: 1 },
        nowMs: NOW_MS,
        seed: "seed",
        answer,
        keepJournal: true,
      },
      ...{ portfolio: { currency: "USDT", cash: "10000" }, openOrders: [] },
    });
    expect(seen[0]?.candles.map(({ symbol, timeframe, openMs }) => [symbol, timeframe, openMs.at(-1)])).toEqual([
      ["BTC/USDT", "1h", NOW_MS - HOUR_MS],
    ]);
  });

  it("places with the caller's ids, and shows the next run what is open", async () => {
    const limit = { ...place("buy", "1"), number: 3, type: "limit" as const, price: "1" };
    const first = await stepStrategy(
      makeRun(() => ({ intents: [limit], statePatch: { kept: null, added: 2 } })),
      makeStep(),
    );
    expect(first.placed.map(({ id }) => id)).toEqual(["order 3"]);
    expect(first.account.state).toEqual({ added: 2 });
    let open: unknown;
    const second = makeRun(({ openOrders }) => {
      open = openOrders;
      return { intents: [{ kind: "cancel", orderId: "order 3" }] };
    });
    const { cancelled, account } = await stepStrategy(second, makeStep({ account: first.account }));
    expect(open).toMatchObject([{ id: "order 3", price: "1" }]);
    expect([cancelled.length, account.book.orders.length]).toEqual([1, 0]);
  });

  it("carries out what the book takes, and says what it refuses", async () => {
    const intents = [place("sell", "1"), { ...place("buy", "0.5"), number: 2 }];
    const { placed, refused } = await stepStrategy(
      makeRun(() => ({ intents })),
      makeStep(),
    );
    expect(placed.map(({ id }) => id)).toEqual(["order 2"]);
    expect(refused).toMatchObject([{ intent: { number: 1 }, refusal: { code: "TRADING_INSUFFICIENT_BASE" } }]);
  });

  it("says in the log which order could not be cancelled, and why", async () => {
    const limit = { ...place("buy", "1"), type: "limit" as const, price: "1" };
    const first = await stepStrategy(
      makeRun(() => ({ intents: [limit] })),
      makeStep(),
    );
    const twice = { kind: "cancel", orderId: first.placed[0]?.id ?? "" } as const;
    const { cancelled, refused, outcome } = await stepStrategy(
      makeRun(() => ({ intents: [twice, twice], logs: [{ level: "info", text: "own" }] })),
      makeStep({ account: first.account }),
    );
    expect([cancelled.length, refused.length]).toEqual([1, 1]);
    expect(outcome.logs).toEqual([
      { level: "info", text: "own" },
      { level: "warn", text: expect.stringMatching(/^not cancelled: order order 1: TRADING_UNKNOWN_ORDER: /) },
    ]);
  });

  it("changes nothing after a run that failed", async () => {
    const run = makeRun(() => ({ result: "failed", intents: [place("buy", "1")], statePatch: { kept: 9 } }));
    const request = makeStep();
    expect(await stepStrategy(run, request)).toMatchObject({ account: request.account, placed: [], refused: [] });
  });
});

describe("what is known", () => {
  it.each([
    [5, "1h", 3, [2, 3, 4]],
    [2, "1h", 3, [0, 1]],
    [0, "1h", 3, []],
    [9, "4h", 5, [0, 4]],
    [99, "1h", 2, [18, 19]],
    [9, "1d", 5, []],
  ] as const)("at hour %s, of %s candles the newest %s, begins at", (hour, timeframe, count, expected) => {
    const need = { symbol: "BTC/USDT", timeframe, count };
    const { openMs } = cutCandles(series, need, START_MS + hour * HOUR_MS);
    expect([...openMs].map((atMs) => (atMs - START_MS) / HOUR_MS)).toEqual([...expected]);
  });

  it("has not the candle that closes a millisecond later", () => {
    const need = { symbol: "BTC/USDT", timeframe: "1h" as const, count: 20 };
    expect(cutCandles(series, need, NOW_MS - 1).length).toBe(9);
    expect(cutCandles(series, need, NOW_MS).length).toBe(10);
  });

  it("prices each symbol by its shortest candles, each candle once", () => {
    const finest = finestSeries(series);
    expect(finest.map(({ symbol, timeframe }) => `${symbol} ${timeframe}`)).toEqual(["BTC/USDT 1h", "ETH/USDT 4h"]);
    const half = settleCandles(book, finest, 0, START_MS + 5 * HOUR_MS).book;
    const whole = settleCandles(half, finest, START_MS + 5 * HOUR_MS, NOW_MS).book;
    expect(whole).toEqual(settleCandles(book, finest, 0, NOW_MS).book);
    expect([...whole.prices].map(([symbol, { openMs }]) => [symbol, (openMs - START_MS) / HOUR_MS])).toEqual([
      ["BTC/USDT", 9],
      ["ETH/USDT", 4],
    ]);
  });

  it("happens in the order in which candles began, whatever their length", async () => {
    const eth = { ...place("buy", "1", "ETH/USDT"), type: "limit" as const, price: "200" };
    const at = async (
      account: StepRequest["account"],
      nowMs: number,
      intent: typeof eth | ReturnType<typeof place>,
    ) => {
      const run = makeRun(() => ({ intents: [intent] }));
      return (await stepStrategy(run, makeStep({ account, nowMs, orderId: () => intent.symbol }))).account;
    };
    const placed = await at({ book, state: {} }, START_MS, eth);
    const priced = settleCandles(placed.book, finestSeries(series), START_MS, START_MS + 2 * HOUR_MS).book;
    const both = await at({ book: priced, state: {} }, START_MS + 2 * HOUR_MS, place("buy", "1"));
    const { fills } = settleCandles(both.book, finestSeries(series), START_MS + 2 * HOUR_MS, START_MS + 4 * HOUR_MS);
    expect(fills.map(({ symbol, atMs }) => [symbol, (atMs - START_MS) / HOUR_MS])).toEqual([
      ["ETH/USDT", 0],
      ["BTC/USDT", 2],
    ]);
  });
});
