import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { exponentialMean } from "./smoothing.ts";

export const emaDefinition: IndicatorDefinition<"value"> = {
  name: "ema",
  title: "Exponential moving average",
  inputs: ["values"],
  parameters: [period("period", 20)],
  outputs: ["value"],
  formula: "ema += (value - ema) * 2 / (period + 1); the first is the mean of `period` values",
  source: "TA-Lib EMA",
  firstIndexFormula: "period - 1",
  firstIndex: (length: number) => [length - 1],
  readsPerCandle: () => 1,
  kernel: (length: number) => {
    const mean = exponentialMean(length);
    return (outputs, value: number) => {
      outputs[0] = mean(value);
    };
  },
};

/** Exponential moving average. Throws `MARKET_INDICATOR_INVALID`. */
export function ema(values: Float64Array, length?: number): Float64Array {
  return runIndicator(emaDefinition, [values], [length]).value;
}
