import type { Candles } from "../candles.types.ts";
import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { createWindow, windowMax, windowMin } from "./window.ts";

export type DonchianOutput = "upper" | "middle" | "lower";

export const donchianDefinition: IndicatorDefinition<DonchianOutput> = {
  name: "donchian",
  title: "Donchian channel",
  inputs: ["high", "low"],
  parameters: [period("period", 20)],
  outputs: ["upper", "middle", "lower"],
  formula:
    "upper = highest high, lower = lowest low of the last `period` candles, this one included; middle = their mean",
  source: "TA-Lib MAX of high, MIN of low",
  firstIndexFormula: "period - 1",
  firstIndex: (length: number) => Array(3).fill(length - 1),
  readsPerCandle: (length: number) => 2 * length,
  kernel: (length: number) => {
    const [highs, lows] = [createWindow(length), createWindow(length)];
    return (outputs, high: number, low: number) => {
      outputs.fill(Number.NaN);
      highs.push(high);
      if (!lows.push(low)) return;
      const upper = windowMax(highs);
      const lower = windowMin(lows);
      outputs[0] = upper;
      outputs[1] = (upper + lower) / 2;
      outputs[2] = lower;
    };
  },
};

/** Donchian channel. Throws `MARKET_INDICATOR_INVALID`. */
export function donchian({ high, low }: Candles, length?: number): Record<DonchianOutput, Float64Array> {
  return runIndicator(donchianDefinition, [high, low], [length]);
}
