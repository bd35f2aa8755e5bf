import { HOUR_MS, printable } from "@shoal/kernel";
import type { BacktestRun } from "../../strategies/backtest/backtest.ts";
import type { Figures } from "../../strategies/backtest/figures.ts";
import { percentText, timeText } from "../../strategies/backtest/report/page.ts";
import { row } from "../drawing.ts";
import { errorLines } from "./source-frame.ts";

/** What was run, for the first line and the report. */
export interface About {
  readonly file: string;
  /** `BTC/USDT 1h, ETH/USDT 1h`. */
  readonly series: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepCount: number;
  readonly currency: string;
  readonly fee: string;
  readonly makerFee: string;
  readonly slippage: string;
  readonly cash: string;
  readonly seed: number;
}

/** Returns what was run, in one line. */
export function aboutText({ series, fromMs, toMs, stepCount, fee, makerFee, slippage }: About): string {
  const maker = Number(makerFee) === Number(fee) ? "" : `maker ${percentText(Number(makerFee), 3)}, `;
  const costs = `fee ${percentText(Number(fee), 3)}, ${maker}slippage ${percentText(Number(slippage), 3)}`;
  return `${series}, ${timeText(fromMs)} to ${timeText(toMs)}, ${countText(stepCount, "step")}, ${costs}`;
}

/** Returns the figures as label and text, for a terminal and a page alike. */
export function figureRows(figures: Figures, currency: string): (readonly [label: string, text: string])[] {
  return [
    ["return", `${percentText(figures.returnRatio)}`],
    ["equity", `${moneyText(figures.startEquity)} to ${moneyText(figures.endEquity)} ${currency}`],
    ["drawdown", `${percentText(figures.drawdownRatio)}, the longest ${spanText(figures.longestDrawdownMs)}`],
    ["Sharpe", ratioText(figures.sharpe)],
    ["Sortino", ratioText(figures.sortino)],
    ["trades", String(figures.tradeCount)],
    ["win rate", figures.winRatio === null ? "none" : percentText(figures.winRatio)],
    ["exposure", percentText(figures.exposureRatio)],
    ["fees", `${moneyText(figures.fees)} ${currency}`],
    ["fuel", `${fuelText(figures.fuel)}, at most ${fuelText(figures.mostFuel)} a run`],
  ];
}

/** Draws the figures of a backtest, and what went wrong in it. */
export function drawFigures(about: About, figures: Figures, run: BacktestRun, source: string): string {
  const lines = [
    printable(about.file),
    `  ${printable(aboutText(about))}`,
    ...figureRows(figures, printable(about.currency)).map(([label, text]) => row(label, text)),
  ];
  const refused = Object.entries(run.refusals);
  if (refused.length > 0) {
    lines.push(row("refused", refused.map(([code, count]) => `${code} ${count}`).join("   ")));
  }
  return [...lines, ...failureLines(about, run, source), ""].join("\n");
}

/** Says how many runs failed, and shows the place of the first failure. */
function failureLines(about: About, run: BacktestRun, source: string): string[] {
  if (!run.firstFailure) return [];
  const { atMs, error } = run.firstFailure;
  const end = run.isStopped ? "; they failed one after the other, so the backtest ended early" : "";
  return [
    `${run.failedCount} of ${countText(run.stepCount, "run")} failed and did nothing${end}. The first, at ${timeText(atMs)}:`,
    ...errorLines(about.file, source, error),
  ];
}

export function ratioText(ratio: number | null): string {
  return ratio === null ? "none" : ratio.toFixed(2);
}

export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Writes fuel as `1.2 million`, of which a run may have 500. */
export function fuelText(fuel: number): string {
  return fuel < 1_000_000 ? String(fuel) : `${(fuel / 1_000_000).toFixed(1)} million`;
}

/** Money is exact inside and in JSON; people read two digits, or six of a small amount. */
export function moneyText(text: string): string {
  return Number(text).toFixed(Math.abs(Number(text)) < 1 ? 6 : 2);
}

function spanText(spanMs: number): string {
  const hours = spanMs / HOUR_MS;
  return hours < 48 ? `${Number(hours.toFixed(1))} h` : `${Number((hours / 24).toFixed(1))} days`;
}
