import { type Candles, timeframeMs } from "@shoal/market";
import type { CandlesNeed } from "@shoal/strategy-runner";
import { findSeries } from "../step.ts";
import { BacktestError } from "./errors.ts";

/** When the strategy runs. */
export interface Plan {
  /** Epoch ms of each step: the close of a candle. */
  readonly instantsMs: Float64Array;
  /** Length of the candles at whose close it runs, in ms. */
  readonly stepMs: number;
}

/** Part of the candles on which the strategy runs. Candles before it are history that it sees. */
export interface Period {
  /** Epoch ms, included. */
  readonly fromMs?: number;
  /** Epoch ms, not included. */
  readonly toMs?: number;
}

/**
 * Plans a step at the close of each candle of the shortest timeframe that the strategy needs, from where all that it needs is there.
 * @throws BACKTEST_PERIOD_EMPTY for a period that ends before it begins
 * @throws BACKTEST_CANDLES_MISSING for a need that no series answers
 * @throws BACKTEST_CANDLES_TOO_FEW where there is no step
 */
export function planSteps(needs: readonly CandlesNeed[], series: readonly Candles[], period: Period): Plan {
  if ((period.fromMs ?? 0) >= (period.toMs ?? Number.POSITIVE_INFINITY)) {
    throw new BacktestError(
      "BACKTEST_PERIOD_EMPTY",
      "--from does not lie before --to, so that there is no candle between",
    );
  }
  const needed = needs.map((need) => ({ need, candles: seriesOf(series, need) }));
  const used = needed.length > 0 ? needed.map(({ candles }) => candles) : series;
  const stepMs = Math.min(...used.map(({ timeframe }) => timeframeMs[timeframe]));
  const closesMs = new Set<number>();
  for (const { timeframe, openMs } of used) {
    if (timeframeMs[timeframe] === stepMs) for (const each of openMs) closesMs.add(each + stepMs);
  }
  const readyMs = Math.max(period.fromMs ?? 0, ...needed.map(({ need, candles }) => readyAtMs(need, candles)));
  const untilMs = period.toMs ?? Number.POSITIVE_INFINITY;
  const instantsMs = Float64Array.from(closesMs)
    .filter((closeMs) => closeMs >= readyMs && closeMs - stepMs < untilMs)
    .sort();
  if (instantsMs.length > 0) return { instantsMs, stepMs };
  const wanted = needs.map(({ symbol, timeframe, count }) => `${count} of ${symbol} ${timeframe}`).join(", ");
  const known = series.map(({ symbol, timeframe, length }) => `${length} of ${symbol} ${timeframe}`).join(", ");
  const message = `there is no candle to run on: the strategy needs ${wanted || "nothing"} before its first run, and the files have ${known}; give more candles, or another --from and --to`;
  throw new BacktestError("BACKTEST_CANDLES_TOO_FEW", message);
}

function seriesOf(series: readonly Candles[], need: CandlesNeed): Candles {
  const found = findSeries(series, need);
  if (found) return found;
  const known = series.map(({ symbol, timeframe }) => `${symbol} ${timeframe}`).join(", ");
  const message = `the strategy needs candles of ${need.symbol} ${need.timeframe}, and the files have ${known}; give a file of them with --candles`;
  throw new BacktestError("BACKTEST_CANDLES_MISSING", message, { details: { ...need } });
}

/** When as many candles as needed are finished. */
function readyAtMs({ count, timeframe }: CandlesNeed, { openMs }: Candles): number {
  return (openMs[count - 1] ?? Number.POSITIVE_INFINITY) + timeframeMs[timeframe];
}
