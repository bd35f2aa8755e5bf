import { type Rng, seededRng, uniform } from "@shoal/kernel";
import { type Candle, type Candles, columnsOf, createCandles } from "../src/index.ts";

const START_MS = Date.UTC(2026, 0, 1);

/** Candles of an hour that a walk makes, each price rounded by `round`. */
export function walk(seed: number, length: number, step: number, round = (price: number) => price): Candles {
  const rng = seededRng(seed);
  let price = 100;
  const rows = Array.from({ length }, (_, index): Candle => {
    const open = price;
    const close = Math.max(1, round(price * (1 + uniform(rng, -step, step))));
    price = close;
    const high = round(Math.max(open, close) * (1 + uniform(rng, 0, step)));
    const low = Math.max(0.5, round(Math.min(open, close) * (1 - uniform(rng, 0, step))));
    return { openMs: START_MS + index * 3_600_000, open, high, low, close, volume: Math.floor(uniform(rng, 0, 1_000)) };
  });
  return createCandles({ symbol: "BTC/USDT", timeframe: "1h" }, columnsOf(rows));
}

/** Stands still for a while, jumps, and stands still again, on prices whose squares a number holds exactly. */
export function standing(seed: number, length: number): Candles {
  const rng = seededRng(seed);
  let price = 100;
  let left = 0;
  const rows = Array.from({ length }, (_, index): Candle => {
    left -= 1;
    if (left < 0) {
      price = 64 + Math.floor(rng.next() * 256) / 4;
      left = Math.floor(rng.next() * 30);
    }
    const spread = rng.next() < 0.3 ? 0.25 : 0;
    return {
      openMs: START_MS + index * 3_600_000,
      open: price,
      high: price + spread,
      low: price - spread,
      close: price,
      volume: volumeOf(rng),
    };
  });
  return createCandles({ symbol: "BTC/USDT", timeframe: "1h" }, columnsOf(rows));
}

const volumeOf = (rng: Rng) => (rng.next() < 0.2 ? 0 : Math.floor(rng.next() * 50));

/**
 * What indicators are compared on with TA-Lib. Where moves are wild prices are whole 64ths: TA-Lib keeps sums of squares, in which
 * rounding would stay behind after a high price.
 */
export const MARKETS: Readonly<Record<string, Candles>> = {
  calm: walk(1, 600, 0.01),
  wild: walk(2, 600, 0.3, (price) => Math.round(price * 64) / 64),
  trending: walk(3, 600, 0.02, (price) => Math.round(price * 1.004 * 100) / 100),
  standing: standing(4, 600),
  short: walk(5, 40, 0.02),
};
