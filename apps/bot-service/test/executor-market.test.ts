import { createEmitter, createSystemRuntime, HOUR_MS, MINUTE_MS, type Runtime } from "@shoal/kernel";
import { type CandleQuery, type CandleSource, createCandles, MarketError, sliceCandles } from "@shoal/market";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createCandleArchive } from "../src/strategies/executor/candle-archive.ts";
import type { StrategyEvents } from "../src/strategies/executor/events.ts";
import { createMarketData } from "../src/strategies/executor/market-data.ts";
import { createEndlessMarket } from "../src/strategies/executor/synthetic-market.ts";
import { SYMBOL } from "./executor-support.ts";
import { strategyTests } from "./strategy-support.ts";

const NEEDS = [{ symbol: SYMBOL, timeframe: "1h", count: 5 }] as const;
const never = new AbortController().signal;
const leaks = leakCheck();

const { test } = strategyTests();

function makeData(
  runtime: Runtime,
  answer: (query: CandleQuery, signal?: AbortSignal) => ReturnType<CandleSource["candles"]>,
) {
  const events = createEmitter<StrategyEvents>();
  const told: (readonly [string, unknown])[] = [];
  events.onAny((name, event) => told.push([name, event]));
  const data = createMarketData({ database: test.database, runtime, events, sourceOf: () => ({ candles: answer }) });
  return { data, told };
}

const away = () => Promise.reject(new MarketError("MARKET_EXCHANGE_UNAVAILABLE", "maintenance", { retryable: true }));
const kept = () =>
  test.database.query<{ market: string; count: number }>(
    "select market, symbol, timeframe, count(*)::int as count from shoal.market_candles group by 1, 2, 3 order by 1, 2, 3",
  );

describe("candles for runs", () => {
  it("are asked for once by all who want them, and kept once", async () => {
    const runtime = createSystemRuntime();
    const market = createEndlessMarket(runtime.clock);
    const asked: CandleQuery[] = [];
    const { data } = makeData(runtime, (query, signal) => {
      asked.push(query);
      return market.candles(query, signal);
    });
    const all = await Promise.all(
      Array.from({ length: 20 }, () => data.candles("m", NEEDS, runtime.clock.now(), never)),
    );
    expect(new Set(all.map(([candles]) => candles?.length))).toEqual(new Set([5]));
    expect(asked.length).toBe(1);
    await data.candles("m", [{ ...NEEDS[0], count: 8 }], runtime.clock.now(), never);
    await data.close();
    expect(await kept()).toEqual([{ market: "m", symbol: SYMBOL, timeframe: "1h", count: 8 }]);
  });

  it("are no later than the run", async () => {
    const runtime = createSystemRuntime();
    const { data } = makeData(runtime, (query, signal) => createEndlessMarket(runtime.clock).candles(query, signal));
    const nowMs = runtime.clock.now() - 3 * HOUR_MS;
    const [candles] = await data.candles("m", NEEDS, nowMs, never);
    expect((candles?.openMs.at(-1) ?? 0) + HOUR_MS).toBeLessThanOrEqual(nowMs);
    await data.close();
  });

  it("are old ones while the market is away, which is told, and none if there were none", async () => {
    const runtime = testRuntime();
    leaks.clock(runtime.clock);
    const market = createEndlessMarket(runtime.clock);
    let isAway = false;
    const { data, told } = makeData(runtime, (query, signal) => (isAway ? away() : market.candles(query, signal)));
    await data.candles("m", NEEDS, runtime.clock.now(), never);
    expect(data.trouble()).toBeUndefined();
    isAway = true;
    await runtime.clock.advance(2 * HOUR_MS);
    const [old] = await data.candles("m", NEEDS, runtime.clock.now(), never);
    expect(old?.length).toBe(5);
    expect(told).toEqual([["market:stale", { market: "m", code: "MARKET_EXCHANGE_UNAVAILABLE" }]]);
    expect(data.trouble()).toBe("m: maintenance");
    await expect(data.candles("other", NEEDS, runtime.clock.now(), never)).rejects.toMatchObject({ retryable: true });
    expect(told.at(-1)).toEqual(["market:failed", { market: "other", code: "MARKET_EXCHANGE_UNAVAILABLE" }]);
    isAway = false;
    await data.candles("m", NEEDS, runtime.clock.now(), never);
    await data.candles("other", NEEDS, runtime.clock.now(), never);
    expect(data.trouble()).toBeUndefined();
    isAway = true;
    await expect(data.candles("third", NEEDS, runtime.clock.now(), never)).rejects.toMatchObject({ retryable: true });
    expect(data.trouble()).toBe("third: maintenance");
    // Nobody asks for it any more: that it was away says nothing of now.
    await runtime.clock.advance(3 * MINUTE_MS + 1);
    expect(data.trouble()).toBeUndefined();
    await data.close();
  });

  it("are waited for no longer than a run may hold its place, or its caller wants", async () => {
    const runtime = testRuntime();
    leaks.clock(runtime.clock);
    const { data } = makeData(runtime, () => new Promise(() => {}));
    const refused = expect(data.candles("m", NEEDS, 0, never)).rejects.toMatchObject({
      code: "MARKET_EXCHANGE_UNAVAILABLE",
    });
    await runtime.clock.advance(10_000);
    await refused;
    const own = new AbortController();
    const stopped = expect(data.candles("m", NEEDS, 0, own.signal)).rejects.toThrow("enough");
    own.abort(new Error("enough"));
    await stopped;
    await data.close();
  });

  it("are waited for by few while a market does not answer: no run holds its place for what others waited for in vain", async () => {
    const runtime = testRuntime();
    leaks.clock(runtime.clock);
    const market = createEndlessMarket(runtime.clock);
    let isSilent = true;
    const { data } = makeData(runtime, (query, signal) =>
      isSilent ? new Promise(() => {}) : market.candles(query, signal),
    );
    const ask = (symbol: string) =>
      data.candles("m", [{ ...NEEDS[0], symbol }], runtime.clock.now(), never).then(
        (found) => found.length,
        (error: { readonly code: string }) => error.code,
      );
    for (const symbol of ["A/USDT", "B/USDT", "C/USDT"]) {
      const waited = ask(symbol);
      await runtime.clock.advance(10_000);
      expect(await waited).toBe("MARKET_EXCHANGE_UNAVAILABLE");
      // The clock stands still: whoever waited would never end.
      expect(await ask(symbol)).toBe("MARKET_EXCHANGE_UNAVAILABLE");
    }
    expect(await ask("D/USDT")).toBe("MARKET_EXCHANGE_UNAVAILABLE");
    expect(data.trouble()).toContain("m: ");
    // A look of these is still under way.
    await runtime.clock.advance(30_000);
    isSilent = false;
    await runtime.clock.advance(2_000);
    await ask("E/USDT");
    await runtime.clock.advance(0);
    expect(await Promise.all(["A/USDT", "E/USDT"].map(ask))).toEqual([1, 1]);
    expect(data.trouble()).toBeUndefined();
    await data.close();
  });

  it("of one series that does not come hold up no other of the market", async () => {
    const runtime = testRuntime();
    leaks.clock(runtime.clock);
    const market = createEndlessMarket(runtime.clock);
    const { data } = makeData(runtime, (query, signal) =>
      query.symbol === "BAD/USDT" ? new Promise(() => {}) : market.candles(query, signal),
    );
    const ask = (symbol: string) => data.candles("m", [{ ...NEEDS[0], symbol }], runtime.clock.now(), never);
    const bad = expect(ask("BAD/USDT")).rejects.toMatchObject({ code: "MARKET_EXCHANGE_UNAVAILABLE" });
    await runtime.clock.advance(10_000);
    await bad;
    expect(await ask("GOOD/USDT")).toHaveLength(1);
    await expect(ask("BAD/USDT")).rejects.toMatchObject({ code: "MARKET_EXCHANGE_UNAVAILABLE" });
    expect(await ask("GOOD/USDT")).toHaveLength(1);
    // Of several series at once it is the one that does not come.
    const both = [
      { ...NEEDS[0], symbol: "BAD/USDT" },
      { ...NEEDS[0], symbol: "NEW/USDT" },
    ];
    await expect(data.candles("m", both, runtime.clock.now(), never)).rejects.toMatchObject({ retryable: true });
    expect(await ask("NEW/USDT")).toHaveLength(1);
    await data.close();
  });

  it("are not waited for any more when a run has spent its time on them", async () => {
    const runtime = testRuntime();
    leaks.clock(runtime.clock);
    const { data } = makeData(runtime, () => new Promise(() => {}));
    const run = new AbortController();
    const call = { number: 1, method: "fetchTicker", symbol: SYMBOL } as const;
    const asked = expect(data.answer("m", 0)(call, run.signal)).rejects.toThrow("its time is over");
    await runtime.clock.advance(3_000);
    run.abort(new Error("its time is over"));
    await asked;
    await expect(data.answer("m", 0)(call, never)).rejects.toMatchObject({ code: "MARKET_EXCHANGE_UNAVAILABLE" });
    await data.close();
  });

  it("answer what a run asks: a price with its time, and candles as numbers", async () => {
    const runtime = createSystemRuntime();
    const market = createEndlessMarket(runtime.clock);
    const { data } = makeData(runtime, (query, signal) => market.candles(query, signal));
    const nowMs = runtime.clock.now();
    const answer = data.answer("m", nowMs);
    const ticker = await answer({ number: 1, method: "fetchTicker", symbol: SYMBOL }, never);
    expect(ticker).toMatchObject({ last: expect.any(Number), bid: expect.any(Number), ask: expect.any(Number) });
    const { timeMs } = ticker as { timeMs: number };
    expect(nowMs - timeMs).toBeGreaterThanOrEqual(0);
    expect(nowMs - timeMs).toBeLessThan(MINUTE_MS);
    const candles = await answer({ number: 2, method: "fetchCandles", need: NEEDS[0] }, never);
    expect(candles).toMatchObject({ close: expect.arrayContaining([expect.any(Number)]) });
    expect((candles as { close: number[] }).close.length).toBe(5);
    // Of needs alone, and none of the market that can be made again: a strategy may ask for candles of any name, without end.
    await data.candles("synthetic", NEEDS, nowMs, never);
    await data.close();
    expect(await kept()).toEqual([]);
  });
});

describe("the archive of candles", () => {
  const all = async (runtime: Runtime) =>
    createEndlessMarket(runtime.clock).candles({
      symbol: SYMBOL,
      timeframe: "1m",
      fromMs: 0,
      toMs: runtime.clock.now(),
      limit: 100,
    });

  it("writes what it does not have, whatever part it is given first", async () => {
    const runtime = createSystemRuntime();
    const archive = createCandleArchive({ database: test.database, runtime });
    const candles = await all(runtime);
    for (const [from, to] of [
      [40, 60],
      [50, 70],
      [30, 45],
      [0, 10],
      [0, 100],
      [20, 30],
    ] as const) {
      archive.note("m", sliceCandles(candles, from, to));
    }
    await archive.close();
    expect(await kept()).toMatchObject([{ count: 100 }]);
    const [row] = await test.database.query<{ open: number }>(
      "select close as open from shoal.market_candles order by open_at desc limit 1",
    );
    expect(row?.open).toBe(candles.close.at(-1));
  });

  it("writes nothing for what it has", async () => {
    const runtime = createSystemRuntime();
    let count = 0;
    const database = {
      async query() {
        count += 1;
        return [];
      },
    };
    const archive = createCandleArchive({ database, runtime });
    const candles = await all(runtime);
    archive.note("m", candles);
    await archive.flush();
    archive.note("m", sliceCandles(candles, 10, 90));
    archive.note("m", candles);
    expect(archive.waitingCount).toBe(0);
    await archive.close();
    archive.note("other", candles);
    expect([count, archive.waitingCount]).toEqual([1, 0]);
  });

  it("writes a candle that the market has revised as it is now, beside what it was, up to a bound", async () => {
    const runtime = createSystemRuntime();
    const archives = [1, 2].map(() => createCandleArchive({ database: test.database, runtime }));
    const candles = await all(runtime);
    const revised = (by: number) =>
      createCandles(candles, { ...candles, close: candles.close.map((close, at) => (at === 98 ? close + by : close)) });
    for (const archive of archives) {
      for (const by of [0, 1, 1, 2, 0, 1]) {
        archive.note("m", revised(by));
        await archive.flush();
      }
    }
    const rows = async () =>
      (
        await test.database.query<{ by: number }>(
          `select round((r.close - m.close)::numeric, 6)::float8 as by from shoal.market_candle_revisions r
         join shoal.market_candles m using (market, symbol, timeframe, open_at) order by 1`,
        )
      ).map(({ by }) => by);
    expect([await kept(), await rows()]).toMatchObject([[{ count: 100 }], [1, 2]]);
    for (let by = 3; by < 40; by += 1) archives[0]?.note("m", revised(by));
    await Promise.all(archives.map((archive) => archive.close()));
    expect(await rows()).toHaveLength(16);
    await test.database.query("delete from shoal.market_candles");
    expect(await rows()).toEqual([]);
  });

  it("notes again what could not be written", async () => {
    const runtime = testRuntime();
    leaks.clock(runtime.clock);
    let isAway = true;
    const database = {
      query: (...args: Parameters<typeof test.database.query>) =>
        isAway ? Promise.reject(new Error("away")) : test.database.query(...args),
    };
    const archive = createCandleArchive({ database: database as typeof test.database, runtime });
    const candles = await all(runtime);
    archive.note("m", candles);
    await runtime.clock.advance(1_000);
    await archive.flush();
    isAway = false;
    archive.note("m", candles);
    await archive.close();
    expect(await kept()).toMatchObject([{ count: 100 }]);
  });
});
