import { createSystemClock, silentLog } from "@shoal/kernel";
import { describe, expect, test } from "vitest";
import { walk } from "../../../test/series.ts";
import { standInExchange } from "../../../test/stand-in-exchange.ts";
import { type Candles, candleAt, columnsOf, createCandles, sliceCandles } from "../../index.ts";
import { createExchangeSource } from "./exchange-source.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const CANDLES = walk(1, 2_600, 0.02);
const QUERY = { symbol: "BTC/USDT", timeframe: "1h", fromMs: START, toMs: START + 2_600 * HOUR, limit: 5 } as const;

/** A clock that stands at the end of the candles, and chance that never waits. */
function setUp(candles = CANDLES, settings: Record<string, unknown> = {}) {
  const exchange = standInExchange(candles);
  const clock = { ...createSystemClock(), now: () => START + 2_600 * HOUR };
  const source = createExchangeSource({
    exchangeId: "binance",
    runtime: { clock, rng: { next: () => 0 }, log: silentLog },
    settings: { ...exchange.settings, ...settings },
  });
  return { ...exchange, source };
}

const only = (candles: Candles, isWanted: (at: number) => boolean) =>
  createCandles(
    candles,
    columnsOf(
      Array.from({ length: candles.length }, (_, at) => candleAt(candles, at)).filter(
        (row, at) => row !== undefined && isWanted(at),
      ) as Parameters<typeof columnsOf>[0],
    ),
  );

describe("candles of an exchange", () => {
  test("are the newest of the range, in one request", async () => {
    const { source, pages } = setUp();
    expect(await source.candles(QUERY)).toEqual(sliceCandles(CANDLES, 2_595));
    expect(pages().map(({ searchParams }) => searchParams.get("limit"))).toEqual(["5"]);
    expect(pages().map(({ searchParams }) => searchParams.get("interval"))).toEqual(["1h"]);
  });

  test("come in pages when they are more than one brings", async () => {
    const { source, pages } = setUp();
    expect(await source.candles({ ...QUERY, limit: 2_500 })).toEqual(sliceCandles(CANDLES, 100));
    expect(pages().map(({ searchParams }) => Number(searchParams.get("limit")))).toEqual([1_000, 1_000, 500]);
  });

  test("are found behind gaps longer than a page", async () => {
    const gappy = only(CANDLES, (at) => at < 100 || at >= 2_400);
    const { source } = setUp(gappy);
    expect(await source.candles({ ...QUERY, limit: 250 })).toEqual(sliceCandles(gappy, 50));
  });

  test("are none where the market was not there yet", async () => {
    const { source } = setUp(only(CANDLES, (at) => at >= 2_000));
    expect((await source.candles({ ...QUERY, toMs: START + 1_000 * HOUR, limit: 1_000 })).length).toBe(0);
  });

  test("are only those that are finished, and each once", async () => {
    const rows = Array.from({ length: 2_601 }, (_, at) => candleAt(CANDLES, Math.min(at, 2_599))).map((row, at) => ({
      ...(row as NonNullable<typeof row>),
      openMs: START + at * HOUR,
    }));
    const { source } = setUp(createCandles(CANDLES, columnsOf(rows)));
    const { openMs } = await source.candles({ ...QUERY, toMs: START + 2_700 * HOUR });
    expect([...openMs]).toEqual(
      [2_595, 2_596, 2_597, 2_598, 2_599].slice(5 - openMs.length).map((hour) => START + hour * HOUR),
    );
    expect(openMs.length).toBeGreaterThan(0);
  });

  test("are asked for at the pace of the exchange, whatever the settings say", async () => {
    // Binance's list of markets has the weight of 4 requests, and what follows waits for them.
    const { source, requests, pages } = setUp(CANDLES, { rateLimit: 60, enableRateLimit: false });
    const startedMs = performance.now();
    await source.candles(QUERY);
    expect(performance.now() - startedMs).toBeGreaterThan(3 * 60);
    expect([requests.length, pages().length]).toEqual([2, 1]);
  });

  test("load the markets once, for all who ask", async () => {
    const { source, requests } = setUp();
    await Promise.all([source.candles(QUERY), source.candles({ ...QUERY, limit: 9 })]);
    expect(requests.filter(({ pathname }) => pathname.endsWith("exchangeInfo")).length).toBe(1);
  });
});

const MAINTENANCE = () => Response.json({ code: -1001, msg: "Internal error" }, { status: 503 });

describe("errors of an exchange", () => {
  test("that pass are tried again, also while the markets are loaded", async () => {
    const { source, faults, requests } = setUp();
    faults.push(MAINTENANCE, MAINTENANCE);
    expect((await source.candles(QUERY)).length).toBe(5);
    expect(requests.length).toBe(4);
    faults.push(MAINTENANCE, () => new Response("<html>too many</html>", { status: 429 }));
    expect((await source.candles(QUERY)).length).toBe(5);
  });

  test("that look like an answer without markets are tried again, too", async () => {
    const { source, faults, requests } = setUp();
    faults.push(() => new Response("<html>down for a moment</html>"));
    expect((await source.candles(QUERY)).length).toBe(5);
    expect(requests.length).toBe(3);
  });

  test("that do not pass end the query after 4 attempts, and the next query tries anew", async () => {
    const { source, faults, requests } = setUp();
    faults.push(MAINTENANCE, MAINTENANCE, MAINTENANCE, MAINTENANCE);
    await expect(source.candles(QUERY)).rejects.toMatchObject({ code: "MARKET_EXCHANGE_UNAVAILABLE", retryable: true });
    expect(requests.length).toBe(4);
    expect((await source.candles(QUERY)).length).toBe(5);
  });

  test("a server that does not answer is unavailable", async () => {
    const { source, faults } = setUp(CANDLES, { timeout: 20 });
    const silent = () => new Promise<Response>(() => {});
    faults.push(silent, silent, silent, silent);
    await expect(source.candles(QUERY)).rejects.toMatchObject({
      code: "MARKET_EXCHANGE_UNAVAILABLE",
      details: { kind: "RequestTimeout" },
    });
  });

  test("a server that goes silent in the middle of its list of markets is unavailable, and asked again by the next query", async () => {
    const { source, faults } = setUp(CANDLES, { timeout: 400 });
    const half = () =>
      new Response(new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"sym')) }));
    faults.push(half, half, half, half);
    await expect(source.candles(QUERY)).rejects.toMatchObject({ code: "MARKET_EXCHANGE_UNAVAILABLE" });
    expect((await source.candles(QUERY)).length).toBe(5);
  });

  test("a port on which nobody listens is unavailable", async () => {
    const { source } = setUp(CANDLES, { urls: { api: { public: "http://127.0.0.1:1/api/v3" } } });
    await expect(source.candles(QUERY)).rejects.toMatchObject({ code: "MARKET_EXCHANGE_UNAVAILABLE" });
  });

  test("a symbol that it does not have is unknown, at once", async () => {
    const { source, requests } = setUp();
    await expect(source.candles({ ...QUERY, symbol: "DOGE/EUR" })).rejects.toMatchObject({
      code: "MARKET_SYMBOL_UNKNOWN",
    });
    expect(requests.length).toBe(1);
  });

  test("a refusal is not tried again", async () => {
    const { source, faults, pages } = setUp();
    await source.candles(QUERY);
    faults.push(() => Response.json({ code: -1022, msg: "Signature for this request is not valid." }, { status: 400 }));
    await expect(source.candles(QUERY)).rejects.toMatchObject({ code: "MARKET_EXCHANGE_REFUSED", retryable: false });
    expect(pages().length).toBe(2);
  });

  test.each(["nobodyknowsit", "../ccxt", "base/Exchange", "", "Binance"])(
    "an exchange %j is unknown",
    async (exchangeId) => {
      const source = createExchangeSource({
        exchangeId,
        runtime: { clock: createSystemClock(), rng: { next: () => 0 }, log: silentLog },
      });
      await expect(source.candles(QUERY)).rejects.toMatchObject({ code: "MARKET_EXCHANGE_UNKNOWN", retryable: false });
    },
  );

  test("a wait ends with its signal, and the source goes on", async () => {
    const { source, faults } = setUp();
    const one = new AbortController();
    const asked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<Response>();
    faults.push(() => {
      asked.resolve();
      return released.promise;
    });
    const waiting = source.candles(QUERY, one.signal);
    await asked.promise;
    one.abort(new Error("no longer needed"));
    await expect(waiting).rejects.toThrow("no longer needed");
    released.resolve(MAINTENANCE());
    expect((await source.candles(QUERY)).length).toBe(5);
  });
});

describe("messages of an exchange", () => {
  test("hold no key, no signature and no query", async () => {
    const apiKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
    const { source, faults } = setUp(CANDLES, {
      apiKey,
      secret: "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
    });
    await source.candles(QUERY);
    faults.push((url) =>
      Response.json(
        { code: -2014, msg: `API-key ${apiKey} format invalid: ${url.href}&signature=cd4b61b8` },
        { status: 400 },
      ),
    );
    const error = await source.candles(QUERY).catch((thrown: unknown) => thrown);
    const told = Bun.inspect(error, { depth: 10 });
    expect(error).toMatchObject({ code: "MARKET_EXCHANGE_REFUSED" });
    expect(error).toHaveProperty("message", expect.stringContaining("-2014"));
    for (const secret of [apiKey, "NhqPtmd", "cd4b61b8", "startTime"]) expect(told).not.toContain(secret);
  });
});
