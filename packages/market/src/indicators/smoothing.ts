import { createWindow, windowSum } from "./window.ts";

/** Takes the next value of a series and returns the smoothed one: NaN before the first. */
export type Smoothing = (value: number) => number;

/** Mean of the last `period` values. The first is at value number `period`. */
export function movingMean(period: number): Smoothing {
  const window = createWindow(period);
  return (value) => (window.push(value) ? windowSum(window) / period : Number.NaN);
}

/** Exponential mean with the factor 2 / (period + 1), begun with the mean of the first `period` values. */
export function exponentialMean(period: number): Smoothing {
  const factor = 2 / (period + 1);
  return seeded(period, (previous, value) => (value - previous) * factor + previous);
}

/** Wilder's mean, which moves by 1 / period, begun with the mean of the first `period` values. */
export function wilderMean(period: number): Smoothing {
  return seeded(period, (previous, value) => (previous * (period - 1) + value) / period);
}

function seeded(period: number, following: (previous: number, value: number) => number): Smoothing {
  let count = 0;
  let sum = 0;
  let mean = Number.NaN;
  return (value) => {
    if (count === period) {
      mean = following(mean, value);
      return mean;
    }
    count += 1;
    sum += value;
    if (count === period) mean = sum / period;
    return mean;
  };
}

/** Wilder's sum, of which 1 / period leaves with each value, begun with the plain sum of `period - 1` values. The first is at value number `period`. */
export function wilderSum(period: number): Smoothing {
  let count = 0;
  let sum = 0;
  return (value) => {
    count = count < period ? count + 1 : count;
    sum = count < period ? sum + value : sum - sum / period + value;
    return count < period ? Number.NaN : sum;
  };
}
