import { type Candles, candleStartMs, indexFrom, sliceCandles, type Timeframe, timeframeMs } from "@shoal/market";
import { type CandlesNeed, LIMITS } from "@shoal/strategy-runner";
import { isZero, type PaperBook } from "@shoal/trading";
import { finestSeries, settleCandles, withPrices } from "../step.ts";

/** Of symbols that the strategy trades and asks for no candles of. */
const OTHER_TIMEFRAME: Timeframe = "1m";

/**
 * Returns what candles a run needs: those that the code names, and of each symbol that is traded enough of the shortest ones to catch up since
 * `settledUntilMs`, if something of it is open or has no price yet.
 */
export function candlesWanted(
  needs: readonly CandlesNeed[],
  book: PaperBook,
  settledUntilMs: number,
  nowMs: number,
): CandlesNeed[] {
  const wanted = new Map(needs.map((need) => [`${need.symbol} ${need.timeframe}`, need]));
  for (const symbol of book.instruments.keys()) {
    const own = needs.filter((need) => need.symbol === symbol).map(({ timeframe }) => timeframe);
    const isOpen = isTraded(book, symbol);
    if (own.length === 0 && !isOpen && needs.length > 0) continue;
    const timeframe = own.toSorted((left, right) => timeframeMs[left] - timeframeMs[right])[0] ?? OTHER_TIMEFRAME;
    const passedCount = Math.ceil(Math.max(0, nowMs - settledUntilMs) / timeframeMs[timeframe]);
    const count = isOpen || !book.prices.has(symbol) ? Math.min(LIMITS.candlesPerNeed, passedCount + 1) : 1;
    const known = wanted.get(`${symbol} ${timeframe}`);
    if (known === undefined || known.count < count) wanted.set(`${symbol} ${timeframe}`, { symbol, timeframe, count });
  }
  return [...wanted.values()];
}

function isTraded({ positions, orders }: PaperBook, symbol: string): boolean {
  const position = positions.get(symbol);
  return (position !== undefined && !isZero(position.quantity)) || orders.some((order) => order.symbol === symbol);
}

/** Lets what has closed since `settledUntilMs` happen to the book: on paper all of it, of a book of an exchange only the prices. */
export function settleSince(
  book: PaperBook,
  series: readonly Candles[],
  { settledUntilMs, nowMs, isPaper }: { settledUntilMs: number; nowMs: number; isPaper: boolean },
): ReturnType<typeof settleCandles> {
  const finest = finestSeries(series).filter(({ symbol }) => book.instruments.has(symbol));
  const unpriced = finest.filter(({ symbol }) => !book.prices.has(symbol));
  const begun = withPrices(book, unpriced, settledUntilMs);
  // After another choice of candles some may have begun before those that have happened already.
  const later = finest.map((candles) => {
    const last = begun.prices.get(candles.symbol);
    return last ? sliceCandles(candles, indexFrom(candles, last.openMs + 1)) : candles;
  });
  if (isPaper) return settleCandles(begun, later, settledUntilMs, nowMs);
  const quiet = { ...begun, orders: [], settings: { ...begun.settings, isShortAllowed: false } };
  const { prices } = settleCandles(quiet, later, settledUntilMs, nowMs).book;
  const isSame = prices === begun.prices;
  return { book: isSame ? begun : { ...begun, prices }, fills: [], changedOrders: [] };
}

/** Returns when the first candle closes that is newer than these; null where the code names none. */
export function nextCandleMs(needs: readonly CandlesNeed[], series: readonly Candles[], nowMs: number): number | null {
  const closes = needs.map(({ symbol, timeframe }) => {
    const known = series.find((each) => each.symbol === symbol && each.timeframe === timeframe);
    const newestMs = known?.openMs.at(-1);
    return newestMs === undefined ? closeOf(timeframe, nowMs) : newestMs + 2 * timeframeMs[timeframe];
  });
  return closes.length === 0 ? null : Math.min(...closes);
}

/** The same where what the last run saw is not known: the first close after it. */
export function nextCloseMs(needs: readonly CandlesNeed[], lastRunMs: number): number | null {
  return needs.length === 0 ? null : Math.min(...needs.map(({ timeframe }) => closeOf(timeframe, lastRunMs)));
}

const closeOf = (timeframe: Timeframe, atMs: number) => candleStartMs(timeframe, atMs) + timeframeMs[timeframe];
