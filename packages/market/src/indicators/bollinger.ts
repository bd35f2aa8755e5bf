import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { createWindow, windowSum } from "./window.ts";

export type BollingerOutput = "upper" | "middle" | "lower";

export const bollingerDefinition: IndicatorDefinition<BollingerOutput> = {
  name: "bollinger",
  title: "Bollinger bands",
  inputs: ["values"],
  parameters: [period("period", 20, 2), { name: "deviations", kind: "number", default: 2, min: 0, max: 100 }],
  outputs: ["upper", "middle", "lower"],
  formula: "middle = sma(period); upper and lower = middle ± deviations * standard deviation of the population",
  source: "TA-Lib BBANDS",
  firstIndexFormula: "period - 1",
  firstIndex: (length: number) => Array(3).fill(length - 1),
  readsPerCandle: (length: number) => 2 * length,
  kernel: (length: number, deviations: number) => {
    const window = createWindow(length);
    return (outputs, value: number) => {
      outputs.fill(Number.NaN);
      if (!window.push(value)) return;
      const middle = windowSum(window) / length;
      const { values, start } = window;
      let squares = 0;
      for (let at = start; at < start + length; at += 1) {
        const distance = (values[at] as number) - middle;
        squares += distance * distance;
      }
      const width = deviations * Math.sqrt(squares / length);
      outputs[0] = middle + width;
      outputs[1] = middle;
      outputs[2] = middle - width;
    };
  },
};

/** Bollinger bands. Throws `MARKET_INDICATOR_INVALID`. */
export function bollinger(
  values: Float64Array,
  length?: number,
  deviations?: number,
): Record<BollingerOutput, Float64Array> {
  return runIndicator(bollingerDefinition, [values], [length, deviations]);
}
