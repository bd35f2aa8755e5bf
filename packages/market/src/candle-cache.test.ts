import { createSimulatedClock } from "@shoal/testkit";
import { expect, test } from "vitest";
import {
  type CandleQuery,
  type Candles,
  createCandleCache,
  createSyntheticSource,
  type LatestQuery,
  MarketError,
  noCandles,
} from "./index.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const BTC: LatestQuery = { venue: "kraken", symbol: "BTC/USDT", timeframe: "1m", count: 5 };
const AWAY = new MarketError("MARKET_EXCHANGE_UNAVAILABLE", "kraken does not answer", { retryable: true });

interface Request {
  readonly venue: string;
  readonly query: CandleQuery;
  readonly signal: AbortSignal;
  answer(candles?: Candles): void;
  fail(error: Error): void;
}

/** A cache over venues that answer when the test says so. */
function setUp({ maxBytes = 1_000_000 } = {}) {
  const clock = createSimulatedClock(START + 100 * MINUTE);
  const market = createSyntheticSource({ seed: 1, fromMs: START }, clock);
  const requests: Request[] = [];
  let arrived = Promise.withResolvers<void>();
  const cache = createCandleCache({
    runtime: { clock },
    maxBytes,
    source: (venue) => ({
      async candles(query, signal = new AbortController().signal) {
        const complete = await market.candles(query);
        const { promise, resolve, reject } = Promise.withResolvers<Candles>();
        requests.push({ venue, query, signal, answer: (candles = complete) => resolve(candles), fail: reject });
        arrived.resolve();
        arrived = Promise.withResolvers();
        return await promise;
      },
    }),
  });
  const request = async (number: number): Promise<Request> => {
    while (requests[number] === undefined) await arrived.promise;
    return requests[number];
  };
  /** Reads while the venue answers at once. */
  const read = async (query: LatestQuery = BTC) => {
    const answer = cache.latest(query);
    const first = await Promise.race([answer, request(requests.length)]);
    if ("answer" in first) first.answer();
    return await answer;
  };
  return { clock, market, cache, requests, request, read };
}

const minutesOf = (candles: Candles) => [...candles.openMs].map((openMs) => (openMs - START) / MINUTE);

test("answers the newest finished candles, from memory until another one is finished", async () => {
  const { clock, cache, requests, read } = setUp();
  expect(minutesOf((await read()).candles)).toEqual([95, 96, 97, 98, 99]);
  await clock.advance(MINUTE - 1);
  expect(minutesOf((await read()).candles)).toEqual([95, 96, 97, 98, 99]);
  expect(requests.length).toBe(1);
  await clock.advance(1);
  expect(minutesOf((await read()).candles)).toEqual([96, 97, 98, 99, 100]);
  expect(cache.stats).toMatchObject({ hitCount: 1, missCount: 2, seriesCount: 1, flightCount: 0 });
});

test("asks only for what is missing, and for the last one again", async () => {
  const { clock, requests, read } = setUp();
  await read();
  await clock.advance(2 * MINUTE);
  await read();
  const { fromMs, toMs, limit } = (requests[1] as Request).query;
  expect([fromMs, limit]).toEqual([START + 99 * MINUTE, 3]);
  expect(toMs).toBe(START + 101 * MINUTE + 1);
});

test("answers a shorter query from memory, and asks for a longer one", async () => {
  const { requests, read } = setUp();
  await read();
  expect(minutesOf((await read({ ...BTC, count: 2 })).candles)).toEqual([98, 99]);
  expect(requests.length).toBe(1);
  expect((await read({ ...BTC, count: 50 })).candles.length).toBe(50);
  expect(requests.length).toBe(2);
});

test("gives the same candles as the source itself, whatever was asked before", async () => {
  const { clock, market, read } = setUp();
  for (const [minutes, count] of [
    [0, 3],
    [1, 7],
    [0, 2],
    [5, 5],
    [200, 6],
    [0, 60],
  ] as const) {
    await clock.advance(minutes * MINUTE);
    const toMs = clock.now() - MINUTE + 1;
    const expected = await market.candles({ symbol: "BTC/USDT", timeframe: "1m", fromMs: START, toMs, limit: count });
    expect((await read({ ...BTC, count })).candles).toEqual(expected);
  }
});

test("has one flight for all who ask for the same market", async () => {
  const { cache, request, requests } = setUp();
  const waiting = [cache.latest(BTC), cache.latest(BTC), cache.latest({ ...BTC, count: 2 })];
  (await request(0)).answer();
  const answers = await Promise.all(waiting);
  expect(answers.map(({ candles }) => candles.length)).toEqual([5, 5, 2]);
  expect(requests.length).toBe(1);
});

test("who needs more than the flight brings starts another one after it", async () => {
  const { cache, request } = setUp();
  const short = cache.latest(BTC);
  const long = cache.latest({ ...BTC, count: 50 });
  (await request(0)).answer();
  (await request(1)).answer();
  expect([(await short).candles.length, (await long).candles.length]).toEqual([5, 50]);
});

test.each([{ venue: "binance" }, { symbol: "ETH/USDT" }, { timeframe: "5m" }] as const)(
  "other markets fly by themselves: %j",
  async (change) => {
    const { cache, request } = setUp();
    const waiting = [cache.latest(BTC), cache.latest({ ...BTC, ...change })];
    (await request(0)).answer();
    (await request(1)).answer();
    await Promise.all(waiting);
    expect(cache.stats.seriesCount).toBe(2);
  },
);

test("ends one's wait by its signal, and the request when nobody waits any more", async () => {
  const { cache, request, read } = setUp();
  const [one, two] = [new AbortController(), new AbortController()];
  const first = cache.latest(BTC, one.signal);
  const second = cache.latest(BTC, two.signal);
  const { signal } = await request(0);
  one.abort(new Error("one is gone"));
  await expect(first).rejects.toThrow("one is gone");
  expect(signal.aborted).toBe(false);
  two.abort(new Error("two is gone"));
  await expect(second).rejects.toThrow("two is gone");
  expect(signal.reason).toMatchObject({ code: "MARKET_REQUEST_ABORTED" });
  expect(cache.stats.flightCount).toBe(0);
  expect((await read()).candles.length).toBe(5);
});

test("a request that was aborted and answers all the same changes nothing", async () => {
  const { cache, request, requests, read } = setUp();
  const one = new AbortController();
  const first = cache.latest(BTC, one.signal);
  const late = await request(0);
  one.abort(new Error("gone"));
  await expect(first).rejects.toThrow("gone");
  const second = cache.latest(BTC);
  const prompt = await request(1);
  prompt.answer();
  expect((await second).candles.length).toBe(5);
  late.answer(noCandles(BTC));
  await new Promise((resolve) => setImmediate(resolve));
  expect((await read()).candles.length).toBe(5);
  expect(requests.length).toBe(2);
});

test("refuses at once by a signal that is aborted already", async () => {
  const { cache, requests } = setUp();
  await expect(cache.latest(BTC, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
  expect(requests).toEqual([]);
});

test("tells everybody who waits of an error, and does not keep it", async () => {
  const { cache, request, read } = setUp();
  const waiting = [cache.latest(BTC), cache.latest(BTC)];
  (await request(0)).fail(AWAY);
  const outcomes = await Promise.allSettled(waiting);
  expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason)).toEqual([AWAY, AWAY]);
  expect((await read()).candles.length).toBe(5);
});

test("answers with what it has while the venue is away, and says since when and why", async () => {
  const { clock, cache, request, read } = setUp();
  await read();
  await clock.advance(10 * MINUTE);
  const waiting = cache.latest(BTC);
  (await request(1)).fail(AWAY);
  const { candles, stale } = await waiting;
  expect(minutesOf(candles)).toEqual([95, 96, 97, 98, 99]);
  expect(stale).toEqual({
    sinceMs: START + 100 * MINUTE,
    code: "MARKET_EXCHANGE_UNAVAILABLE",
    message: "kraken does not answer",
  });
  const again = await read();
  expect(minutesOf(again.candles)).toEqual([105, 106, 107, 108, 109]);
  expect(again.stale).toBeUndefined();
});

test("does not hide an error that will not pass behind old candles", async () => {
  const { clock, cache, request, read } = setUp();
  await read();
  await clock.advance(MINUTE);
  const waiting = cache.latest(BTC);
  (await request(1)).fail(new MarketError("MARKET_SYMBOL_UNKNOWN", "BTC/USDT is no longer traded"));
  await expect(waiting).rejects.toMatchObject({ code: "MARKET_SYMBOL_UNKNOWN" });
});

test("a candle that the venue has not published yet is looked for again after 2 s, not with each call", async () => {
  const { clock, market, cache, request, requests, read } = setUp();
  await read();
  await clock.advance(MINUTE);
  const late = cache.latest(BTC);
  const { query, answer } = await request(1);
  answer(await market.candles({ ...query, toMs: query.fromMs + 1 }));
  expect(minutesOf((await late).candles)).toEqual([96, 97, 98, 99]);
  await clock.advance(1_999);
  await read();
  expect(requests.length).toBe(2);
  await clock.advance(1);
  expect(minutesOf((await read()).candles)).toEqual([96, 97, 98, 99, 100]);
});

test("looks again at once when another candle has ended", async () => {
  const { clock, market, cache, request, requests, read } = setUp();
  await read();
  await clock.advance(2 * MINUTE - 500);
  const late = cache.latest(BTC);
  const { query, answer } = await request(1);
  answer(await market.candles({ ...query, toMs: query.fromMs + 1 }));
  await late;
  await clock.advance(500);
  expect(minutesOf((await read()).candles)).toEqual([97, 98, 99, 100, 101]);
  expect(requests.length).toBe(3);
});

test("keeps no more bytes than it may, and drops what was read longest ago", async () => {
  const { cache, requests, read } = setUp({ maxBytes: 2 * 5 * 48 });
  const of = (symbol: string) => ({ ...BTC, symbol });
  await read(of("A"));
  await read(of("B"));
  await read(of("A"));
  await read(of("C"));
  expect(cache.stats).toMatchObject({ seriesCount: 2, keptBytes: 480 });
  await read(of("A"));
  expect(requests.length).toBe(3);
  await read(of("B"));
  expect(requests.length).toBe(4);
});

test("answers what is too large to be kept, and keeps none of it", async () => {
  const { cache, read } = setUp({ maxBytes: 100 });
  expect((await read()).candles.length).toBe(5);
  expect(cache.stats).toMatchObject({ seriesCount: 0, keptBytes: 0 });
});

test("keeps columns of their own, not views of what the source has", async () => {
  const { read } = setUp();
  const { candles } = await read();
  expect(candles.close.buffer.byteLength).toBe(5 * 8);
});

test.each([{ count: 0 }, { count: 1.5 }, { count: 100_001 }, { timeframe: "7m" as "1m" }])(
  "refuses %j",
  async (change) => {
    const { cache, requests } = setUp();
    await expect(cache.latest({ ...BTC, ...change })).rejects.toHaveProperty(
      "code",
      expect.stringMatching(/^MARKET_(QUERY|TIMEFRAME)_INVALID$/),
    );
    expect(requests).toEqual([]);
  },
);
