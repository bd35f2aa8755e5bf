import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { movingMean } from "./smoothing.ts";

export const smaDefinition: IndicatorDefinition<"value"> = {
  name: "sma",
  title: "Simple moving average",
  inputs: ["values"],
  parameters: [period("period", 20)],
  outputs: ["value"],
  formula: "mean of the last `period` values",
  source: "TA-Lib SMA",
  firstIndexFormula: "period - 1",
  firstIndex: (length: number) => [length - 1],
  readsPerCandle: (length: number) => length,
  kernel: (length: number) => {
    const mean = movingMean(length);
    return (outputs, value: number) => {
      outputs[0] = mean(value);
    };
  },
};

/** Simple moving average. Throws `MARKET_INDICATOR_INVALID`. */
export function sma(values: Float64Array, length?: number): Float64Array {
  return runIndicator(smaDefinition, [values], [length]).value;
}
