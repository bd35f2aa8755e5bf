import { HOUR_MS } from "@shoal/kernel";
import type { Report } from "./page.ts";

/** Makes a report of an hourly run that goes up and down. */
export function exampleReport({ stepCount = 400, tradeCount = 5 } = {}): Report {
  const startMs = Date.UTC(2026, 0, 1);
  const atMs = Float64Array.from({ length: stepCount }, (_, index) => startMs + index * HOUR_MS);
  const wave = (scale: number) =>
    atMs.map((_, index) => 100 * scale + scale * index * 0.02 + scale * Math.sin(index / 9));
  const entryAt = (trade: number) => Math.floor((trade / tradeCount) * (stepCount - 1));
  const atStep = (step: number) => atMs[step] ?? startMs;
  const trades = Array.from({ length: tradeCount }, (_, trade) => {
    const ratio = trade % 2 === 0 ? 0.012 : -0.008;
    const [entryAtMs, exitAtMs] = [atStep(entryAt(trade)), atStep(entryAt(trade + 1))];
    const prices = {
      entryPrice: "100.00",
      exitPrice: (100 * (1 + ratio)).toFixed(2),
      profit: (100 * ratio).toFixed(2),
    };
    return { symbol: "BTC/USDT", entryAtMs, exitAtMs, quantity: "1", fees: "0.20", returnRatio: ratio, ...prices };
  });
  const marks = trades.flatMap(({ entryAtMs, exitAtMs }) => [
    { atMs: entryAtMs, price: 100, side: "buy" as const, label: "buy 1 at 100.00" },
    { atMs: exitAtMs, price: 101, side: "sell" as const, label: "sell 1 at 101.00" },
  ]);
  return {
    title: "moving-average-cross.ts",
    subtitle: "BTC/USDT 1h, 2026-01-01 to 2026-01-17, fee 0.1 %, slippage 0.05 %",
    currency: "USDT",
    figures: [
      ["Return", "8.0 %"],
      ["Sharpe", "1.24"],
    ],
    curve: { atMs, equity: wave(10) },
    prices: [{ symbol: "BTC/USDT", atMs, close: wave(1), marks }],
    trades,
  };
}
