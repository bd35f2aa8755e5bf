import { DAY_MS, HOUR_MS, MINUTE_MS } from "@shoal/kernel";
import { type MarketHours, opensAtMs } from "./market-hours.ts";

/** When a due run may be skipped. What is left out skips nothing. */
export interface StrategyFilter {
  /** Least time between an order and the next run. */
  readonly cooldownMs?: number;
  /** While nothing is held and no order is open, runs are so far apart. */
  readonly lowFrequencyMs?: number;
  /** Skips while no candle of `needs` has closed since the last run. */
  readonly onlyNewCandles?: boolean;
  readonly marketHours?: MarketHours;
  /** Runs anyway after skipping for so long. Default: an hour, or the longest of the times above. */
  readonly maxSkipMs?: number;
}

/** What the decision is made of. All instants are epoch ms; null: never, or not known. */
export interface FilterFacts {
  readonly nowMs: number;
  /** Somebody asked for this run. */
  readonly isManual: boolean;
  readonly lastRunMs: number | null;
  readonly lastOrderMs: number | null;
  /** Since when it has been skipped without a run in between. */
  readonly skippedSinceMs: number | null;
  /** When a candle closes that the last run has not seen. */
  readonly nextCandleMs: number | null;
  /** Nothing is held and no order is open. */
  readonly isFlat: boolean;
  /** Units that the owner's runs may still burn today (UTC); null: any number. */
  readonly fuelLeft: number | null;
}

export type SkipReason = "fuel_spent" | "market_closed" | "cooldown" | "low_frequency" | "no_new_candle";

/** A tick that needs no run, until the first moment at which one could do something. */
export interface Skip {
  readonly reason: SkipReason;
  readonly untilMs: number;
}

/** An operator who grants an owner more fuel is not to wait for midnight to see it burn. */
const FUEL_ASKED_AFTER_MS = 5 * MINUTE_MS;

/**
 * Returns why a due run is skipped, of several reasons the one that lasts longest; null: it runs. Nothing is skipped for longer than `maxSkipMs`
 * but for the owner's limit of fuel, which no filter may pass.
 */
export function whySkip(filter: StrategyFilter, facts: FilterFacts): Skip | null {
  const { nowMs, fuelLeft, isManual, skippedSinceMs } = facts;
  if (fuelLeft !== null && fuelLeft <= 0) {
    const midnightMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
    return { reason: "fuel_spent", untilMs: Math.min(midnightMs, nowMs + FUEL_ASKED_AFTER_MS) };
  }
  if (isManual) return null;
  let longest: Skip | null = null;
  for (const [reason, untilMs] of reasons(filter, facts)) {
    if (untilMs !== null && untilMs > Math.max(nowMs, longest?.untilMs ?? 0)) longest = { reason, untilMs };
  }
  if (longest === null) return null;
  const starvesAtMs = (skippedSinceMs ?? nowMs) + maxSkipMs(filter);
  return starvesAtMs <= nowMs ? null : { ...longest, untilMs: Math.min(longest.untilMs, starvesAtMs) };
}

function reasons(filter: StrategyFilter, facts: FilterFacts): (readonly [SkipReason, number | null])[] {
  const { cooldownMs, lowFrequencyMs, onlyNewCandles, marketHours } = filter;
  const { nowMs, lastOrderMs, lastRunMs, isFlat, nextCandleMs } = facts;
  const after = (atMs: number | null, waitMs: number | undefined) =>
    atMs === null || waitMs === undefined ? null : atMs + waitMs;
  return [
    ["market_closed", marketHours ? opensAtMs(marketHours, nowMs) : null],
    ["cooldown", after(lastOrderMs, cooldownMs)],
    ["low_frequency", isFlat ? after(lastRunMs, lowFrequencyMs) : null],
    ["no_new_candle", onlyNewCandles ? nextCandleMs : null],
  ];
}

/** What an owner asked for may last longer than an hour, and is no starving. */
function maxSkipMs({ maxSkipMs: given, cooldownMs = 0, lowFrequencyMs = 0 }: StrategyFilter): number {
  return given ?? Math.max(HOUR_MS, cooldownMs, lowFrequencyMs);
}
