import { createSimulatedClock } from "@shoal/testkit";
import { expect, test } from "vitest";
import {
  type Candles,
  checkCandles,
  createSyntheticSource,
  type SyntheticMarket,
  sliceCandles,
  syntheticCandles,
} from "./index.ts";

const HOUR = 3_600_000;
const BTC = { symbol: "BTC/USDT", timeframe: "1h" } as const;
const MARKET: SyntheticMarket = { seed: 7, fromMs: 0 };

const returnsOf = ({ close }: Candles) => [...close].slice(1).map((price, at) => price / (close[at] as number) - 1);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function autocorrelation(values: readonly number[]): number {
  const middle = mean(values);
  const product = mean(values.slice(1).map((value, at) => (value - middle) * ((values[at] as number) - middle)));
  return product / mean(values.map((value) => (value - middle) ** 2));
}

test("makes candles that can be, without gaps, each opening where the last closed", () => {
  for (const seed of [1, 2, 3, 4_294_967_295]) {
    const candles = syntheticCandles(BTC, { seed, fromMs: 12_345 }, 3_000);
    checkCandles(candles);
    expect(candles.openMs).toEqual(Float64Array.from({ length: 3_000 }, (_, at) => at * HOUR));
    expect(candles.open.slice(1)).toEqual(candles.close.slice(0, -1));
    expect(candles.close.every((price) => Math.round(price * 100) / 100 === price)).toBe(true);
  }
});

test("makes the same candles of the same seed, on every machine, and others of another", () => {
  const candles = syntheticCandles(BTC, MARKET, 500);
  expect(syntheticCandles(BTC, MARKET, 500)).toEqual(candles);
  expect(syntheticCandles(BTC, MARKET, 200)).toEqual(sliceCandles(candles, 0, 200));
  expect(syntheticCandles(BTC, { ...MARKET, seed: 8 }, 500).close).not.toEqual(candles.close);
  expect(
    new Bun.CryptoHasher("sha256").update(candles.close).update(candles.volume).digest("hex"),
  ).toMatchInlineSnapshot(`"68dabf91da179b8a01d2a092079c71302f4e06e5172733c1430d90d8dea1b239"`);
});

test("has trends both ways, and times of excitement with more volume", () => {
  const candles = syntheticCandles(BTC, MARKET, 20_000);
  const returns = returnsOf(candles);
  const sizes = returns.map(Math.abs);
  // Sizes of moves hang together, moves themselves hardly: what is known of markets.
  expect(autocorrelation(sizes)).toBeGreaterThan(0.1);
  expect(Math.abs(autocorrelation(returns))).toBeLessThan(0.1);
  const median = sizes.toSorted((a, b) => a - b)[10_000] as number;
  const volumes = (isWanted: (size: number) => boolean) =>
    mean([...candles.volume.slice(1)].filter((_, at) => isWanted(sizes[at] as number)));
  expect(volumes((size) => size > median)).toBeGreaterThan(1.3 * volumes((size) => size <= median));
  expect(Math.max(...candles.high) / Math.min(...candles.low)).toBeGreaterThan(1.5);
});

test("comes back to its first price in the long run", () => {
  const { close } = syntheticCandles(BTC, { ...MARKET, startPrice: 40_000 }, 100_000);
  expect(mean([...close])).toBeGreaterThan(10_000);
  expect(mean([...close])).toBeLessThan(160_000);
});

test.each<[what: string, change: Partial<SyntheticMarket>, count: number]>([
  ["a negative count", {}, -1],
  ["half a candle", {}, 1.5],
  ["more candles than memory is for", {}, 5_000_001],
  ["a price below its step", { startPrice: 0.001 }, 1],
  ["no price", { startPrice: Number.NaN }, 1],
  ["half a step", { ticksPerUnit: 0.5 }, 1],
  ["no beginning", { fromMs: Number.NaN }, 1],
])("%s is refused", (_, change, count) => {
  expect(() => syntheticCandles(BTC, { ...MARKET, ...change }, count)).toThrow(
    expect.objectContaining({ code: "MARKET_QUERY_INVALID" }),
  );
});

test("a source answers the same candles whatever it was asked before, and none that are not finished", async () => {
  const clock = createSimulatedClock(100 * HOUR + 1);
  const query = { ...BTC, fromMs: 0, toMs: 1_000 * HOUR, limit: 1_000 };
  const source = createSyntheticSource(MARKET, clock);
  await source.candles({ ...query, toMs: 10 * HOUR, limit: 3 });
  const all = await source.candles(query);
  expect(all.length).toBe(100);
  checkCandles(all, clock.now());
  expect(await createSyntheticSource(MARKET, clock).candles(query)).toEqual(all);
  expect(await source.candles({ ...query, fromMs: 5 * HOUR, toMs: 10 * HOUR, limit: 3 })).toEqual(
    sliceCandles(all, 7, 10),
  );
  expect((await source.candles({ ...query, symbol: "ETH/USDT" })).close).not.toEqual(all.close);
});

test.each([{ fromMs: 5, toMs: 5 }, { fromMs: Number.NaN }, { limit: 0 }, { limit: 1.5 }, { toMs: Infinity }])(
  "a source refuses %j",
  async (change) => {
    const source = createSyntheticSource(MARKET, createSimulatedClock());
    const asked = source.candles({ ...BTC, fromMs: 0, toMs: HOUR, limit: 1, ...change });
    await expect(asked).rejects.toMatchObject({ code: "MARKET_QUERY_INVALID" });
  },
);
