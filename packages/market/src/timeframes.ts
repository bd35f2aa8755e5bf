import { DAY_MS, HOUR_MS, MINUTE_MS } from "@shoal/kernel";
import { MarketError } from "./errors.ts";

export type Timeframe = "1m" | "3m" | "5m" | "15m" | "30m" | "1h" | "2h" | "4h" | "6h" | "12h" | "1d" | "1w";

const WEEK_MS = 7 * DAY_MS;

/** Length of a candle in ms. */
export const timeframeMs: Readonly<Record<Timeframe, number>> = {
  "1m": MINUTE_MS,
  "3m": 3 * MINUTE_MS,
  "5m": 5 * MINUTE_MS,
  "15m": 15 * MINUTE_MS,
  "30m": 30 * MINUTE_MS,
  "1h": HOUR_MS,
  "2h": 2 * HOUR_MS,
  "4h": 4 * HOUR_MS,
  "6h": 6 * HOUR_MS,
  "12h": 12 * HOUR_MS,
  "1d": DAY_MS,
  "1w": WEEK_MS,
};

/** All timeframes, shortest first. */
export const TIMEFRAMES = Object.keys(timeframeMs) as readonly Timeframe[];

/** Returns whether a text is one of `TIMEFRAMES`. */
export function isTimeframe(text: string): text is Timeframe {
  return Object.hasOwn(timeframeMs, text);
}

/** Returns the text as a timeframe, or throws `MARKET_TIMEFRAME_INVALID`. */
export function parseTimeframe(text: string): Timeframe {
  if (isTimeframe(text)) return text;
  throw new MarketError(
    "MARKET_TIMEFRAME_INVALID",
    `no timeframe is called ${JSON.stringify(text)}: use one of ${TIMEFRAMES.join(", ")}`,
  );
}

/** The first Monday since 1970, at which weeks begin as on exchanges; everything shorter divides a day and begins at midnight, UTC. */
const FIRST_WEEK_MS = 4 * DAY_MS;

/** Returns the start in epoch ms of the candle that `atMs` lies in. */
export function candleStartMs(timeframe: Timeframe, atMs: number): number {
  const lengthMs = timeframeMs[timeframe];
  const originMs = timeframe === "1w" ? FIRST_WEEK_MS : 0;
  return Math.floor((atMs - originMs) / lengthMs) * lengthMs + originMs;
}
