import { basename } from "node:path";
import type { Candles } from "@shoal/market";
import { formatDecimal } from "@shoal/trading";
import type { BacktestRun } from "../../strategies/backtest/backtest.ts";
import type { Figures } from "../../strategies/backtest/figures.ts";
import type { Report } from "../../strategies/backtest/report/page.ts";
import type { Trade } from "../../strategies/backtest/statistics/trades.ts";
import { finestSeries } from "../../strategies/step.ts";
import { type About, aboutText, figureRows, moneyText } from "./figures-view.ts";

interface Backtest {
  readonly about: About;
  readonly figures: Figures;
  readonly trades: readonly Trade[];
  readonly run: BacktestRun;
  readonly series: readonly Candles[];
}

/** Makes the report of a backtest. Prices are those of the candles that the broker traded on. */
export function reportOf({ about, figures, trades, run, series }: Backtest): Report {
  return {
    title: basename(about.file),
    subtitle: aboutText(about),
    currency: about.currency,
    figures: figureRows(figures, about.currency),
    curve: run.curve,
    prices: finestSeries(series).map((candles) => ({
      symbol: candles.symbol,
      ...within(candles, about),
      marks: marksOf(run, candles.symbol),
    })),
    trades: trades.map((trade) => ({ ...trade, fees: moneyText(trade.fees), profit: moneyText(trade.profit) })),
  };
}

function within({ openMs, close }: Candles, { fromMs, toMs }: About) {
  const from = openMs.findIndex((atMs) => atMs >= fromMs);
  const end = openMs.findIndex((atMs) => atMs > toMs);
  const part = [from < 0 ? openMs.length : from, end < 0 ? openMs.length : end] as const;
  return { atMs: openMs.subarray(...part), close: close.subarray(...part) };
}

function marksOf({ fills }: BacktestRun, symbol: string) {
  return fills
    .filter((fill) => fill.symbol === symbol)
    .map(({ atMs, side, price, quantity }) => {
      const [exactPrice, exactQuantity] = [formatDecimal(price), formatDecimal(quantity)];
      return { atMs, side, price: Number(exactPrice), label: `${side} ${exactQuantity} at ${exactPrice}` };
    });
}
