import type { Candles } from "../candles.types.ts";
import type { IndicatorDefinition } from "./indicator.types.ts";
import { runIndicator } from "./run-indicator.ts";

export const obvDefinition: IndicatorDefinition<"value"> = {
  name: "obv",
  title: "On-balance volume",
  inputs: ["close", "volume"],
  parameters: [],
  outputs: ["value"],
  formula:
    "plus the volume of each candle that closes higher than the one before, minus that of each that closes lower; begins with the first volume",
  source: "TA-Lib OBV",
  firstIndexFormula: "0",
  firstIndex: () => [0],
  readsPerCandle: () => 2,
  kernel: () => {
    let total = 0;
    let previous = -Infinity;
    return (outputs, close: number, volume: number) => {
      if (close > previous) total += volume;
      else if (close < previous) total -= volume;
      previous = close;
      outputs[0] = total;
    };
  },
};

/** On-balance volume, counted from the first candle given. */
export function obv({ close, volume }: Candles): Float64Array {
  return runIndicator(obvDefinition, [close, volume]).value;
}
