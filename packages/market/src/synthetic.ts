import { type Clock, integer, type Rng, seededRng, uniform } from "@shoal/kernel";
import { type CandleBuffer, createCandleBuffer } from "./candle-buffer.ts";
import { type CandleIdentity, createCandles, selectCandles } from "./candles.ts";
import type { Candles } from "./candles.types.ts";
import { checkQuery } from "./check-query.ts";
import { MarketError } from "./errors.ts";
import type { CandleSource } from "./source.types.ts";
import { candleStartMs, timeframeMs } from "./timeframes.ts";

/** A market that does not exist. */
export interface SyntheticMarket {
  /** A 32-bit whole number. */
  readonly seed: number;
  /** Start of the first candle in epoch ms, moved back to where a candle starts. */
  readonly fromMs: number;
  /** Price before the first candle, to which prices come back in the long run. Default: 100. */
  readonly startPrice?: number;
  /** Prices are whole multiples of 1 / `ticksPerUnit`. Default: 100. */
  readonly ticksPerUnit?: number;
}

/** Most candles of one series: 240 MB. */
const MAX_COUNT = 5_000_000;

/** Steps of the price within a candle, from which its high and low come. */
const STEPS = 8;
/** Standard deviation of the change of a candle in a calm market. */
const CALM_RATIO = 0.004;
/** How much of the excitement is left a candle later, and how much a surprise adds to it: so volatility clusters, as in GARCH(1, 1). */
const PERSISTENCE = 0.9;
const SURPRISE = 0.08;
/** A trend lasts up to so many candles, and moves a candle by up to so much of its standard deviation. */
const MAX_TREND_CANDLES = 300;
const MAX_TREND_DEVIATIONS = 0.15;
/** The way back to the first price that is made in a candle. */
const PULL_RATIO = 0.000_3;

/**
 * Makes `count` candles of a synthetic market: trends that change, calm and excited times, more volume in the latter, no gaps. The same
 * arguments give the same bits on every machine, and a smaller `count` the beginning of a larger one. Throws `MARKET_QUERY_INVALID`.
 */
export function syntheticCandles(identity: CandleIdentity, market: SyntheticMarket, count: number): Candles {
  const series = createSeries(identity, market, market.seed);
  series.growTo(count);
  return createCandles(identity, series.buffer.columns());
}

/** Returns a source of synthetic candles of every symbol and timeframe, from `fromMs` until now. Each has a seed of its own, made of `seed` and its name. */
export function createSyntheticSource(market: SyntheticMarket, clock: Clock): CandleSource {
  const all = new Map<string, ReturnType<typeof createSeries>>();
  return {
    async candles(query, signal) {
      signal?.throwIfAborted();
      checkQuery(query);
      const { symbol, timeframe } = query;
      const name = `${symbol} ${timeframe}`;
      const series = all.get(name) ?? createSeries({ symbol, timeframe }, market, hash(name, market.seed));
      all.set(name, series);
      const untilMs = candleStartMs(timeframe, Math.min(query.toMs + timeframeMs[timeframe] - 1, clock.now()));
      series.growTo(Math.max(0, (untilMs - series.firstMs) / timeframeMs[timeframe]));
      return selectCandles(createCandles({ symbol, timeframe }, series.buffer.columns()), query);
    },
  };
}

interface Series {
  readonly firstMs: number;
  readonly buffer: CandleBuffer;
  growTo(count: number): void;
}

function createSeries({ timeframe }: CandleIdentity, market: SyntheticMarket, seed: number): Series {
  const { startPrice = 100, ticksPerUnit = 100 } = market;
  const startTicks = startPrice * ticksPerUnit;
  if (!Number.isInteger(ticksPerUnit) || ticksPerUnit < 1 || !(startTicks >= 1 && startTicks < 1e12)) {
    throw invalid(`price ${startPrice} in steps of 1 / ${ticksPerUnit} is not from 1 to 1e12 steps`);
  }
  if (!Number.isFinite(market.fromMs)) throw invalid(`it begins at ${market.fromMs}`);
  const rng = seededRng(seed);
  const walk = createWalk(rng, startTicks);
  const buffer = createCandleBuffer();
  const firstMs = candleStartMs(timeframe, market.fromMs);
  const price = (ticks: number) => Math.max(1, Math.round(ticks)) / ticksPerUnit;
  return {
    firstMs,
    buffer,
    growTo(count) {
      if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT) {
        throw invalid(`${count} candles are not a whole number up to ${MAX_COUNT}`);
      }
      while (buffer.length < count) {
        const { open, high, low, close, excitement } = walk();
        const volume = Math.round(uniform(rng, 20, 60) * excitement * 1_000) / 1_000;
        const openMs = firstMs + buffer.length * timeframeMs[timeframe];
        buffer.push(openMs, price(open), price(high), price(low), price(close), volume);
      }
    },
  };
}

/** Returns what makes the next candle, in ticks that are not rounded yet; `excitement` is 1 in a calm market. */
function createWalk(rng: Rng, startTicks: number) {
  const calm = CALM_RATIO * CALM_RATIO;
  let variance = calm;
  let trend = 0;
  let trendLeft = 0;
  let price = startTicks;
  return () => {
    if (trendLeft === 0) {
      trend = uniform(rng, -MAX_TREND_DEVIATIONS, MAX_TREND_DEVIATIONS);
      trendLeft = integer(rng, 1, MAX_TREND_CANDLES);
    }
    trendLeft -= 1;
    const deviation = Math.sqrt(variance);
    const drift = trend * deviation + PULL_RATIO * Math.min(1, startTicks / price - 1);
    const open = price;
    let high = price;
    let low = price;
    for (let step = 0; step < STEPS; step += 1) {
      price *= 1 + drift / STEPS + (bell(rng) * deviation) / Math.sqrt(STEPS);
      high = Math.max(high, price);
      low = Math.min(low, price);
    }
    const change = price / open - 1;
    variance = calm * (1 - PERSISTENCE - SURPRISE) + PERSISTENCE * variance + SURPRISE * change * change;
    return { open, high, low, close: price, excitement: (deviation + Math.abs(change)) / CALM_RATIO };
  };
}

/** About normal with mean 0 and deviation 1, from sums alone: a logarithm may differ from machine to machine. */
function bell(rng: Rng): number {
  return (rng.next() + rng.next() + rng.next() + rng.next() - 2) * Math.sqrt(3);
}

/** FNV-1a of the text, from the seed on. @source http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string, seed: number): number {
  let value = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}

function invalid(what: string): MarketError {
  return new MarketError("MARKET_QUERY_INVALID", `no synthetic market can be made so: ${what}`);
}
