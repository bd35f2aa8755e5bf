import { normalProbability, normalQuantile } from "./normal.ts";

/** What returns look like. All figures are of one period (one step of the backtest), none is annualised. */
export interface ReturnMoments {
  readonly count: number;
  readonly mean: number;
  /** Sample deviation: divided by count - 1. */
  readonly deviation: number;
  /** Root of the mean square of what is below 0, over all periods. */
  readonly downsideDeviation: number;
  /** 0 for a normal distribution. */
  readonly skewness: number;
  /** 3 for a normal distribution. */
  readonly kurtosis: number;
}

const EULER_MASCHERONI = 0.577_215_664_901_532_9;

/** Returns the moments of returns. Without any all are 0; without spread, the shape is that of a normal distribution. */
export function returnMoments(returns: Float64Array): ReturnMoments {
  const count = returns.length;
  const meanOf = (value: (each: number) => number) => {
    let sum = 0;
    for (const each of returns) sum += value(each);
    return count === 0 ? 0 : sum / count;
  };
  const mean = meanOf((each) => each);
  const square = meanOf((each) => (each - mean) ** 2);
  const downside = meanOf((each) => Math.min(each, 0) ** 2);
  // Equal returns differ from their mean by rounding: that is no spread.
  const isFlat = square <= (mean * 1e-12) ** 2;
  return {
    count,
    mean,
    deviation: isFlat || count < 2 ? 0 : Math.sqrt((square * count) / (count - 1)),
    downsideDeviation: Math.sqrt(downside),
    skewness: isFlat ? 0 : meanOf((each) => (each - mean) ** 3) / square ** 1.5,
    kurtosis: isFlat ? 3 : meanOf((each) => (each - mean) ** 4) / square ** 2,
  };
}

/**
 * Returns the mean return by its deviation, of one period; null where there is no spread.
 * @source W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21(1), 1994; without a rate free of risk
 */
export function sharpeRatio({ mean, deviation }: ReturnMoments): number | null {
  return deviation === 0 ? null : mean / deviation;
}

/**
 * Returns the mean return by its downside deviation about 0, of one period; null where no period lost.
 * @source F. A. Sortino and L. N. Price, "Performance Measurement in a Downside Risk Framework", Journal of Investing 3(3), 1994
 */
export function sortinoRatio({ mean, downsideDeviation }: ReturnMoments): number | null {
  return downsideDeviation === 0 ? null : mean / downsideDeviation;
}

/** Returns the Sharpe ratio that the best of `tryCount` useless strategies is expected to show, all ratios of one period. */
export function expectedBestSharpe(variance: number, tryCount: number): number {
  if (tryCount < 2) return 0;
  const likely = (1 - EULER_MASCHERONI) * normalQuantile(1 - 1 / tryCount);
  return Math.sqrt(variance) * (likely + EULER_MASCHERONI * normalQuantile(1 - 1 / (tryCount * Math.E)));
}

/**
 * Returns the probability that the true Sharpe ratio of the chosen try is above what the best of so many useless tries would show:
 * 0.95 and more is the usual bar. `sharpes` are those of all tries, of one period; null where the chosen one has no spread.
 * @source D. H. Bailey and M. López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40(5), 2014
 */
export function deflatedSharpe(chosen: ReturnMoments, sharpes: readonly number[]): number | null {
  const sharpe = sharpeRatio(chosen);
  if (sharpe === null) return null;
  return deflate(chosen, sharpe, expectedBestSharpe(sampleVariance(sharpes), sharpes.length));
}

/** The formula itself: how far `sharpe` lies above `bar`, in errors of its estimate. */
export function deflate({ count, skewness, kurtosis }: ReturnMoments, sharpe: number, bar: number): number {
  const error = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2;
  // The estimate of the error is of the second order and may fall below 0 for extreme shapes, about which it says nothing.
  return normalProbability(((sharpe - bar) * Math.sqrt(count - 1)) / Math.sqrt(Math.max(error, Number.EPSILON)));
}

function sampleVariance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length < 2 ? 0 : squares / (values.length - 1);
}
