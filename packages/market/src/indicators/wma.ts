import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { createWindow } from "./window.ts";

export const wmaDefinition: IndicatorDefinition<"value"> = {
  name: "wma",
  title: "Weighted moving average",
  inputs: ["values"],
  parameters: [period("period", 20)],
  outputs: ["value"],
  formula: "mean of the last `period` values with weights 1 (oldest) to `period` (newest)",
  source: "TA-Lib WMA",
  firstIndexFormula: "period - 1",
  firstIndex: (length: number) => [length - 1],
  readsPerCandle: (length: number) => length,
  kernel: (length: number) => {
    const window = createWindow(length);
    const weights = (length * (length + 1)) / 2;
    return (outputs, value: number) => {
      outputs[0] = Number.NaN;
      if (!window.push(value)) return;
      const { values, start } = window;
      let sum = 0;
      for (let at = 0; at < length; at += 1) sum += (at + 1) * (values[start + at] as number);
      outputs[0] = sum / weights;
    };
  },
};

/** Weighted moving average. Throws `MARKET_INDICATOR_INVALID`. */
export function wma(values: Float64Array, length?: number): Float64Array {
  return runIndicator(wmaDefinition, [values], [length]).value;
}
