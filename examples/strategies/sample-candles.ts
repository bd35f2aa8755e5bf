/**
 * Writes candles of a market that does not exist, made by a seeded generator, so that the examples have something to run on:
 *
 *   bun examples/strategies/sample-candles.ts BTC/USDT 1h 3000 > btc-1h.csv
 *
 * What a strategy earns on them says that it runs, and nothing about any real market.
 */
import { parseTimeframe, syntheticCandles } from "@shoal/market";

const FROM_MS = Date.UTC(2024, 0, 1);
const SEEDS = { BTC: 11, ETH: 5, SOL: 13 } as const;
const START_PRICES = { BTC: 60_000, ETH: 3000, SOL: 150 } as const;

/** Returns `count` candles of a symbol, the same on each machine. */
export function sampleCandles(symbol: string, timeframe: string, count: number) {
  const [base = ""] = symbol.split("/");
  const market = {
    seed: SEEDS[base as keyof typeof SEEDS] ?? 1,
    startPrice: START_PRICES[base as keyof typeof START_PRICES] ?? 100,
    fromMs: FROM_MS,
  };
  return syntheticCandles({ symbol, timeframe: parseTimeframe(timeframe) }, market, count);
}

/** Writes candles as CSV that names its symbol. */
export function candlesAsCsv({
  symbol,
  length,
  openMs,
  open,
  high,
  low,
  close,
  volume,
}: ReturnType<typeof sampleCandles>) {
  const rows = Array.from({ length }, (_, index) =>
    [symbol, ...[openMs, open, high, low, close, volume].map((column) => column[index])].join(","),
  );
  return `symbol,time,open,high,low,close,volume\n${rows.join("\n")}\n`;
}

if (import.meta.main) {
  const [symbol = "BTC/USDT", timeframe = "1h", count = "3000"] = process.argv.slice(2);
  process.stdout.write(candlesAsCsv(sampleCandles(symbol, timeframe, Number(count))));
}
