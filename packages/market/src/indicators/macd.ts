import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { exponentialMean } from "./smoothing.ts";

export type MacdOutput = "macd" | "signal" | "histogram";

export const macdDefinition: IndicatorDefinition<MacdOutput> = {
  name: "macd",
  title: "Moving average convergence/divergence",
  inputs: ["values"],
  parameters: [period("fast", 12), period("slow", 26, 2), period("signal", 9)],
  outputs: ["macd", "signal", "histogram"],
  formula: "macd = ema(fast) - ema(slow), both begun at index slow - 1; signal = ema(macd); histogram = macd - signal",
  source: "TA-Lib MACD",
  firstIndexFormula: "slow + signal - 2",
  firstIndex: (_fast: number, slow: number, signal: number) => Array(3).fill(slow + signal - 2),
  readsPerCandle: () => 3,
  problem: (fast: number, slow: number) =>
    fast < slow ? undefined : `fast is ${fast}, and must be less than slow, ${slow}`,
  kernel: (fast: number, slow: number, signal: number) => {
    const fastMean = exponentialMean(fast);
    const slowMean = exponentialMean(slow);
    const signalMean = exponentialMean(signal);
    // The fast mean waits, so that both are begun with a plain mean at the same value.
    let waiting = slow - fast;
    return (outputs, value: number) => {
      outputs.fill(Number.NaN);
      const slowValue = slowMean(value);
      if (waiting > 0) {
        waiting -= 1;
        return;
      }
      const line = fastMean(value) - slowValue;
      if (Number.isNaN(line)) return;
      const signalValue = signalMean(line);
      if (Number.isNaN(signalValue)) return;
      outputs[0] = line;
      outputs[1] = signalValue;
      outputs[2] = line - signalValue;
    };
  },
};

/** Moving average convergence/divergence. Throws `MARKET_INDICATOR_INVALID`. */
export function macd(
  values: Float64Array,
  fast?: number,
  slow?: number,
  signal?: number,
): Record<MacdOutput, Float64Array> {
  return runIndicator(macdDefinition, [values], [fast, slow, signal]);
}
