import type { BacktestRun } from "../../strategies/backtest/backtest.ts";
import type { Figures } from "../../strategies/backtest/figures.ts";
import type { Proof } from "../../strategies/backtest/prove.ts";
import { thinLine } from "../../strategies/backtest/report/thin.ts";
import type { Trade } from "../../strategies/backtest/statistics/trades.ts";
import type { SweepResult, TryFigures } from "../../strategies/backtest/sweep/sweep.ts";
import type { About } from "./figures-view.ts";

/** A line of JSON has at most so many trades and points of equity: the newest trades, and the extremes of the curve. */
const MOST_TRADES = 10_000;
const MOST_POINTS = 2_000;

const timeOf = (atMs: number) => new Date(atMs).toISOString();

/** What was run. */
function aboutBody(about: About) {
  return {
    strategy: about.file,
    series: about.series,
    from: timeOf(about.fromMs),
    to: timeOf(about.toMs),
    steps: about.stepCount,
    currency: about.currency,
    fee: about.fee,
    maker_fee: about.makerFee,
    slippage: about.slippage,
    cash: about.cash,
    seed: about.seed,
  };
}

/** A backtest as JSON. Money is decimal text, exact; ratios are numbers, null where there is none. */
export function backtestBody(about: About, figures: Figures, trades: readonly Trade[], run: BacktestRun) {
  const { curve, firstFailure } = run;
  return {
    ...aboutBody(about),
    figures: {
      start_equity: figures.startEquity,
      end_equity: figures.endEquity,
      return_ratio: figures.returnRatio,
      drawdown_ratio: figures.drawdownRatio,
      longest_drawdown_ms: figures.longestDrawdownMs,
      sharpe: figures.sharpe,
      sortino: figures.sortino,
      trades: figures.tradeCount,
      win_ratio: figures.winRatio,
      exposure_ratio: figures.exposureRatio,
      fees: figures.fees,
      fuel: figures.fuel,
      most_fuel: figures.mostFuel,
    },
    orders: { placed: run.orderCount, open: run.openOrderCount, refused: run.refusals },
    runs: {
      failed: run.failedCount,
      is_stopped: run.isStopped,
      first_failure: firstFailure && { at: timeOf(firstFailure.atMs), ...firstFailure.error },
    },
    equity: thinLine(curve.equity, MOST_POINTS).map((index) => [timeOf(curve.atMs[index] ?? 0), curve.equity[index]]),
    trades_left_out: Math.max(0, trades.length - MOST_TRADES),
    trades: trades.slice(-MOST_TRADES).map((trade) => ({
      symbol: trade.symbol,
      side: trade.side,
      quantity: trade.quantity,
      entry_at: timeOf(trade.entryAtMs),
      entry_price: trade.entryPrice,
      exit_at: timeOf(trade.exitAtMs),
      exit_price: trade.exitPrice,
      fees: trade.fees,
      profit: trade.profit,
      return_ratio: trade.returnRatio,
    })),
  };
}

/** A proof as JSON. */
export function proofBody(about: About, { cuts, comparedCount, failedCount, difference }: Proof) {
  return {
    ...aboutBody(about),
    holds: difference === null,
    cuts,
    compared_steps: comparedCount,
    failed_runs: failedCount,
    difference: difference && {
      future: difference.future,
      cut: difference.cut,
      at: timeOf(difference.atMs),
      fields: difference.fields,
    },
  };
}

/** A sweep as JSON: all tries, the best in sample first. */
export function sweepBody(about: About, result: SweepResult, instantsMs: Float64Array) {
  const time = (index: number) => timeOf(instantsMs[Math.min(index, instantsMs.length - 1)] ?? 0);
  return {
    ...aboutBody(about),
    tries: result.tryCount,
    deflated_sharpe: result.deflatedSharpe,
    walk_forward: result.walkForward && figuresBody(result.walkForward),
    fuel: result.fuel,
    folds: result.folds.map((fold) => ({
      chosen_before: time(fold.cut),
      tried_until: time(fold.end),
      config: fold.config,
      in_sample: figuresBody(fold.inSample),
      deflated_sharpe: fold.deflatedSharpe,
      out_of_sample: figuresBody(fold.outOfSample),
    })),
    rows: result.rows.map(({ config, inSample, outOfSample, failedCount }) => ({
      config,
      in_sample: figuresBody(inSample),
      out_of_sample: outOfSample && figuresBody(outOfSample),
      failed_runs: failedCount,
    })),
  };
}

function figuresBody({ sharpe, returnRatio, drawdownRatio }: TryFigures) {
  return { sharpe, return_ratio: returnRatio, drawdown_ratio: drawdownRatio };
}
