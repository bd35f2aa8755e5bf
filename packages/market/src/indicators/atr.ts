import type { Candles } from "../candles.types.ts";
import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { wilderMean } from "./smoothing.ts";
import { trueRange } from "./true-range.ts";

export const atrDefinition: IndicatorDefinition<"value"> = {
  name: "atr",
  title: "Average true range",
  inputs: ["high", "low", "close"],
  parameters: [period("period", 14)],
  outputs: ["value"],
  formula: "Wilder's mean of max(high - low, |high - previous close|, |low - previous close|)",
  source: "TA-Lib ATR",
  firstIndexFormula: "period",
  firstIndex: (length: number) => [length],
  readsPerCandle: () => 3,
  kernel: (length: number) => {
    const mean = wilderMean(length);
    let previousClose = Number.NaN;
    return (outputs, high: number, low: number, close: number) => {
      outputs[0] = Number.isNaN(previousClose) ? Number.NaN : mean(trueRange(high, low, previousClose));
      previousClose = close;
    };
  },
};

/** Average true range. Throws `MARKET_INDICATOR_INVALID`. */
export function atr({ high, low, close }: Candles, length?: number): Float64Array {
  return runIndicator(atrDefinition, [high, low, close], [length]).value;
}
