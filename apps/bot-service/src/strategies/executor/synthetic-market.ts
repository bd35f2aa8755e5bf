import { type Clock, createBoundedMemory, DAY_MS } from "@shoal/kernel";
import {
  BYTES_PER_CANDLE,
  type CandleSource,
  type Candles,
  type ColumnName,
  createCandles,
  mergeCandles,
  noCandles,
  selectCandles,
  syntheticCandles,
  type Timeframe,
  timeframeMs,
} from "@shoal/market";

/** Candles of an era: whatever is asked of a market of years, no more than a few eras are made. */
const ERA_CANDLES = 5_000;
const MAX_BYTES = 8 * 1024 * 1024;
const START_PRICE = 100;
const TICKS_PER_UNIT = 100;
/** A Monday, so that weeks begin as on exchanges. */
const ORIGIN_MS = 4 * DAY_MS;

/**
 * Returns a made-up market of every symbol and timeframe that has always been there, the same for every daemon. Each era of 5,000 candles begins and
 * ends at one price, so that it is made without those before it.
 */
export function createEndlessMarket(clock: Pick<Clock, "now">): CandleSource {
  const eras = createBoundedMemory<Candles>(MAX_BYTES);
  const eraOf = (symbol: string, timeframe: Timeframe, index: number): Candles => {
    const key = `${symbol} ${timeframe} ${index}`;
    const known = eras.get(key);
    if (known !== undefined) return known;
    const fromMs = ORIGIN_MS + index * ERA_CANDLES * timeframeMs[timeframe];
    const market = { seed: hash(key), fromMs, startPrice: START_PRICE, ticksPerUnit: TICKS_PER_UNIT };
    const era = closed(syntheticCandles({ symbol, timeframe }, market, ERA_CANDLES));
    eras.set(key, era, ERA_CANDLES * BYTES_PER_CANDLE);
    return era;
  };
  return {
    async candles(query, signal) {
      signal?.throwIfAborted();
      const { symbol, timeframe, limit } = query;
      const lengthMs = timeframeMs[timeframe];
      // Only finished ones.
      const toMs = Math.min(query.toMs, clock.now() - lengthMs + 1);
      const fromMs = Math.max(query.fromMs, toMs - limit * lengthMs, ORIGIN_MS);
      let candles = noCandles({ symbol, timeframe });
      const eraAt = (atMs: number) => Math.floor((atMs - ORIGIN_MS) / (ERA_CANDLES * lengthMs));
      for (let index = eraAt(fromMs); fromMs < toMs && index <= eraAt(toMs); index += 1) {
        candles = mergeCandles(candles, eraOf(symbol, timeframe, index));
      }
      return selectCandles(candles, { fromMs, toMs, limit });
    },
  };
}

/** Bends the way of the prices, a little at each candle, so that they end where they began. */
function closed(candles: Candles): Candles {
  const { length } = candles;
  const bend = START_PRICE / (candles.close[length - 1] as number) - 1;
  const bent = (name: ColumnName, delay: number) =>
    candles[name].map((price, at) => {
      const ticks = price * (1 + (bend * (at + delay)) / length) * TICKS_PER_UNIT;
      return Math.max(1, Math.round(ticks)) / TICKS_PER_UNIT;
    });
  const [open, close] = [bent("open", 0), bent("close", 1)];
  const high = bent("high", 1).map((price, at) => Math.max(price, open[at] as number, close[at] as number));
  const low = bent("low", 0).map((price, at) => Math.min(price, open[at] as number, close[at] as number));
  return createCandles(candles, { openMs: candles.openMs, open, high, low, close, volume: candles.volume });
}

/** FNV-1a. @source http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}
