import { formatDecimal } from "@shoal/trading";
import type { BacktestRun } from "./backtest.ts";
import { stepReturns, stepsPerYear, totalReturn, worstDrawdown } from "./statistics/equity.ts";
import { returnMoments, sharpeRatio, sortinoRatio } from "./statistics/sharpe.ts";
import { matchTrades, type Trade } from "./statistics/trades.ts";

/** The figures of a backtest; docs/backtest.md has the formulas. Money is exact decimal text. */
export interface Figures {
  readonly startEquity: string;
  readonly endEquity: string;
  readonly returnRatio: number;
  readonly drawdownRatio: number;
  readonly longestDrawdownMs: number;
  /** Yearly; null where nothing moved. */
  readonly sharpe: number | null;
  /** Yearly; null where no step lost. */
  readonly sortino: number | null;
  readonly tradeCount: number;
  /** Trades that gained, after fees; null without trades. */
  readonly winRatio: number | null;
  /** Steps with something held. */
  readonly exposureRatio: number;
  readonly fees: string;
  readonly fuel: number;
  readonly mostFuel: number;
}

/** Returns the figures of a backtest, and its trades. */
export function figuresOf(run: BacktestRun, stepMs: number): { readonly figures: Figures; readonly trades: Trade[] } {
  const trades = matchTrades(run.fills);
  const moments = returnMoments(stepReturns(run.curve.equity));
  const yearly = (ratio: number | null) => (ratio === null ? null : ratio * Math.sqrt(stepsPerYear(stepMs)));
  const drawdown = worstDrawdown(run.curve);
  const wonCount = trades.filter(({ returnRatio }) => returnRatio > 0).length;
  const figures = {
    startEquity: run.startEquity,
    endEquity: run.endEquity,
    returnRatio: totalReturn(run.curve.equity),
    drawdownRatio: drawdown.ratio,
    longestDrawdownMs: drawdown.longestMs,
    sharpe: yearly(sharpeRatio(moments)),
    sortino: yearly(sortinoRatio(moments)),
    tradeCount: trades.length,
    winRatio: trades.length === 0 ? null : wonCount / trades.length,
    exposureRatio: run.stepCount === 0 ? 0 : run.exposedCount / run.stepCount,
    fees: formatDecimal(run.fees),
    fuel: run.fuel,
    mostFuel: run.mostFuel,
  };
  return { figures, trades };
}
