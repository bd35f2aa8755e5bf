import { checkCandles, TIMEFRAMES, timeframeMs } from "@shoal/market";
import { createSimulatedClock } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEndlessMarket } from "./synthetic-market.ts";

const NOW = Date.UTC(2026, 10, 30, 12, 34, 56);
const open = () => createEndlessMarket(createSimulatedClock(NOW));

describe("the synthetic market", () => {
  it.each(TIMEFRAMES)("has candles that a market may have, without a gap, up to now: %s", async (timeframe) => {
    const query = { symbol: "BTC/USDT", timeframe, fromMs: 0, toMs: NOW + 1, limit: 300 };
    const candles = await open().candles(query);
    checkCandles(candles, NOW);
    expect(candles.length).toBe(300);
    const lengthMs = timeframeMs[timeframe];
    expect(NOW - (candles.openMs[299] as number)).toBeLessThan(2 * lengthMs);
    for (let at = 1; at < 300; at += 1)
      expect((candles.openMs[at] as number) - (candles.openMs[at - 1] as number)).toBe(lengthMs);
  });

  it("is the same for everybody, however it is asked", async () => {
    const lengthMs = timeframeMs["15m"];
    const whole = { symbol: "ETH/USDT", timeframe: "15m", fromMs: 0, toMs: NOW, limit: 12_000 } as const;
    const all = await open().candles(whole);
    const other = open();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 11_000 }), fc.integer({ min: 1, max: 700 }), async (from, count) => {
        const fromMs = all.openMs[from] as number;
        const part = await other.candles({ ...whole, fromMs, toMs: fromMs + count * lengthMs, limit: 1_000 });
        expect([...part.close]).toEqual([...all.close.subarray(from, from + count)]);
      }),
      { numRuns: 20 },
    );
  });

  it("goes on from one era to the next as from candle to candle", async () => {
    const { close, open: opens } = await open().candles({
      symbol: "A/B",
      timeframe: "1h",
      fromMs: 0,
      toMs: NOW,
      limit: 11_000,
    });
    for (let at = 1; at < close.length; at += 1) {
      expect(Math.abs((opens[at] as number) / (close[at - 1] as number) - 1)).toBeLessThan(0.001);
    }
  });

  it("has symbols that go their own ways, and a volume", async () => {
    const market = open();
    const query = { timeframe: "1h", fromMs: 0, toMs: NOW, limit: 50 } as const;
    const [one, two] = [
      await market.candles({ ...query, symbol: "A/B" }),
      await market.candles({ ...query, symbol: "C/D" }),
    ];
    expect([...one.close]).not.toEqual([...two.close]);
    expect(Math.min(...one.volume)).toBeGreaterThan(0);
  });
});
