import type { Candles } from "../candles.types.ts";
import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { movingMean } from "./smoothing.ts";
import { createWindow, windowMax, windowMin } from "./window.ts";

export type StochasticOutput = "k" | "d";

export const stochasticDefinition: IndicatorDefinition<StochasticOutput> = {
  name: "stochastic",
  title: "Slow stochastic oscillator",
  inputs: ["high", "low", "close"],
  parameters: [period("period", 14), period("smoothing", 3), period("signal", 3)],
  outputs: ["k", "d"],
  formula:
    "k = sma(smoothing) of 100 * (close - lowest low) / (highest high - lowest low) of `period` candles, 0 where they are one price; d = sma(signal) of k",
  source: "TA-Lib STOCH with simple averages",
  firstIndexFormula: "period + smoothing + signal - 3",
  firstIndex: (length: number, smoothing: number, signal: number) => Array(2).fill(length + smoothing + signal - 3),
  readsPerCandle: (length: number, smoothing: number, signal: number) => 2 * length + smoothing + signal,
  kernel: (length: number, smoothing: number, signal: number) => {
    const [highs, lows] = [createWindow(length), createWindow(length)];
    const [smooth, mean] = [movingMean(smoothing), movingMean(signal)];
    return (outputs, high: number, low: number, close: number) => {
      outputs.fill(Number.NaN);
      highs.push(high);
      if (!lows.push(low)) return;
      const lowest = windowMin(lows);
      const range = windowMax(highs) - lowest;
      const k = smooth(range === 0 ? 0 : (100 * (close - lowest)) / range);
      if (Number.isNaN(k)) return;
      const d = mean(k);
      if (Number.isNaN(d)) return;
      outputs[0] = k;
      outputs[1] = d;
    };
  },
};

/** Slow stochastic oscillator, 0 to 100. Throws `MARKET_INDICATOR_INVALID`. */
export function stochastic(
  { high, low, close }: Candles,
  length?: number,
  smoothing?: number,
  signal?: number,
): Record<StochasticOutput, Float64Array> {
  return runIndicator(stochasticDefinition, [high, low, close], [length, smoothing, signal]);
}
