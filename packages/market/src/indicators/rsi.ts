import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { wilderMean } from "./smoothing.ts";

export const rsiDefinition: IndicatorDefinition<"value"> = {
  name: "rsi",
  title: "Relative strength index",
  inputs: ["values"],
  parameters: [period("period", 14, 2)],
  outputs: ["value"],
  formula:
    "100 * gain / (gain + loss), Wilder's means of the rises and falls from value to value; 0 where nothing has moved",
  source: "TA-Lib RSI",
  firstIndexFormula: "period",
  firstIndex: (length: number) => [length],
  readsPerCandle: () => 1,
  kernel: (length: number) => {
    const gains = wilderMean(length);
    const losses = wilderMean(length);
    let previous = Number.NaN;
    return (outputs, value: number) => {
      const change = value - previous;
      previous = value;
      outputs[0] = Number.NaN;
      if (Number.isNaN(change)) return;
      const gain = gains(Math.max(change, 0));
      const loss = losses(Math.max(-change, 0));
      // TA-Lib takes a sum below 1e-14 for nothing, by which its index depends on the unit of the price.
      outputs[0] = gain + loss === 0 ? 0 : (100 * gain) / (gain + loss);
    };
  },
};

/** Relative strength index, 0 to 100. Throws `MARKET_INDICATOR_INVALID`. */
export function rsi(values: Float64Array, length?: number): Float64Array {
  return runIndicator(rsiDefinition, [values], [length]).value;
}
