import { HOUR_MS, MINUTE_MS } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { type FilterFacts, type StrategyFilter, whySkip } from "./filter.ts";

const NOW = Date.UTC(2026, 10, 30, 12);
const DAY = 24 * HOUR_MS;

const facts = (more: Partial<FilterFacts> = {}): FilterFacts => ({
  ...{ nowMs: NOW, isManual: false, lastRunMs: NOW - 60_000, lastOrderMs: NOW - 60_000, skippedSinceMs: null },
  ...{ nextCandleMs: NOW + 30_000, isFlat: true, fuelLeft: null },
  ...more,
});

const CLOSED = { zone: "UTC", days: [1, 2, 3, 4, 5], from: "13:30", to: "20:00" };
const WIDE = 30 * DAY;

describe("a filter", () => {
  it.each<[string, StrategyFilter, Partial<FilterFacts>, ReturnType<typeof whySkip>]>([
    ["of nothing skips nothing", {}, {}, null],
    ["waits for a candle", { onlyNewCandles: true }, {}, { reason: "no_new_candle", untilMs: NOW + 30_000 }],
    ["runs at the very close of one", { onlyNewCandles: true }, { nextCandleMs: NOW }, null],
    ["runs where no candle is needed or known", { onlyNewCandles: true }, { nextCandleMs: null }, null],
    ["rests after an order", { cooldownMs: 90_000 }, {}, { reason: "cooldown", untilMs: NOW + 30_000 }],
    ["does not rest before the first order", { cooldownMs: 90_000 }, { lastOrderMs: null }, null],
    ["does not rest at the end of it", { cooldownMs: 60_000 }, {}, null],
    ["runs seldom while flat", { lowFrequencyMs: 300_000 }, {}, { reason: "low_frequency", untilMs: NOW + 240_000 }],
    ["runs always while something is held", { lowFrequencyMs: 300_000 }, { isFlat: false }, null],
    ["waits for the market", { marketHours: CLOSED }, {}, { reason: "market_closed", untilMs: NOW + HOUR_MS }],
    [
      "waits for the market as long as it may",
      { marketHours: CLOSED, maxSkipMs: WIDE },
      {},
      { reason: "market_closed", untilMs: NOW + 1.5 * HOUR_MS },
    ],
    [
      "names of several reasons the longest",
      { onlyNewCandles: true, cooldownMs: 90_000, lowFrequencyMs: 300_000, marketHours: CLOSED, maxSkipMs: WIDE },
      {},
      { reason: "market_closed", untilMs: NOW + 1.5 * HOUR_MS },
    ],
    [
      "does not starve",
      { onlyNewCandles: true },
      { nextCandleMs: NOW + DAY },
      { reason: "no_new_candle", untilMs: NOW + HOUR_MS },
    ],
    [
      "counts from the first skip",
      { onlyNewCandles: true },
      { nextCandleMs: NOW + DAY, skippedSinceMs: NOW - HOUR_MS + 1 },
      { reason: "no_new_candle", untilMs: NOW + 1 },
    ],
    [
      "runs when it has starved",
      { onlyNewCandles: true },
      { nextCandleMs: NOW + DAY, skippedSinceMs: NOW - HOUR_MS },
      null,
    ],
    [
      "lets an owner wait for longer than an hour",
      { lowFrequencyMs: 4 * HOUR_MS },
      { skippedSinceMs: NOW - 2 * HOUR_MS },
      { reason: "low_frequency", untilMs: NOW + 2 * HOUR_MS },
    ],
    ["is passed by who asks", { onlyNewCandles: true, marketHours: CLOSED }, { isManual: true }, null],
    [
      "holds an owner without fuel, and looks again in five minutes whether there is more",
      {},
      { fuelLeft: 0 },
      { reason: "fuel_spent", untilMs: NOW + 5 * MINUTE_MS },
    ],
    [
      "holds an owner without fuel no longer than the day",
      {},
      { fuelLeft: 0, nowMs: NOW + 12 * HOUR_MS - 1 },
      { reason: "fuel_spent", untilMs: NOW + 12 * HOUR_MS },
    ],
    [
      "holds one who asks, too, and for as long as it lasts",
      { maxSkipMs: 1 },
      { fuelLeft: -5, isManual: true, skippedSinceMs: NOW - DAY },
      { reason: "fuel_spent", untilMs: NOW + 5 * MINUTE_MS },
    ],
    ["lets the last unit be burned", {}, { fuelLeft: 1 }, null],
  ])("%s", (_, filter, more, expected) => {
    const skip = whySkip(filter, facts(more));
    expect(skip).toEqual(expected);
    if (skip) expect(skip.untilMs).toBeGreaterThan(NOW);
  });
});
