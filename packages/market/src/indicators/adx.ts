import type { Candles } from "../candles.types.ts";
import type { IndicatorDefinition } from "./indicator.types.ts";
import { period } from "./parameters.ts";
import { runIndicator } from "./run-indicator.ts";
import { wilderSum } from "./smoothing.ts";
import { trueRange } from "./true-range.ts";

export type AdxOutput = "adx" | "plusDi" | "minusDi";

export const adxDefinition: IndicatorDefinition<AdxOutput> = {
  name: "adx",
  title: "Average directional index",
  inputs: ["high", "low", "close"],
  parameters: [period("period", 14, 2)],
  outputs: ["adx", "plusDi", "minusDi"],
  formula:
    "plusDi and minusDi = 100 * Wilder's sum of the rises of the high, of the falls of the low, / that of the true range; adx = Wilder's mean of 100 * |plusDi - minusDi| / (plusDi + minusDi)",
  source: "TA-Lib ADX, PLUS_DI, MINUS_DI",
  firstIndexFormula: "adx: 2 * period - 1; plusDi, minusDi: period",
  firstIndex: (length: number) => [2 * length - 1, length, length],
  readsPerCandle: () => 6,
  kernel: (length: number) => {
    const [rises, falls, ranges] = [wilderSum(length), wilderSum(length), wilderSum(length)];
    const mean = directionalMean(length);
    let previousHigh = Number.NaN;
    let previousLow = Number.NaN;
    let previousClose = Number.NaN;
    return (outputs, high: number, low: number, close: number) => {
      const up = high - previousHigh;
      const down = previousLow - low;
      const isFirst = Number.isNaN(previousClose);
      const range = trueRange(high, low, previousClose);
      previousHigh = high;
      previousLow = low;
      previousClose = close;
      outputs.fill(Number.NaN);
      if (isFirst) return;
      const rise = rises(up > 0 && up > down ? up : 0);
      const fall = falls(down > 0 && down > up ? down : 0);
      const whole = ranges(range);
      if (Number.isNaN(whole)) return;
      const plusDi = whole === 0 ? 0 : 100 * (rise / whole);
      const minusDi = whole === 0 ? 0 : 100 * (fall / whole);
      outputs[0] = mean(plusDi, minusDi);
      outputs[1] = plusDi;
      outputs[2] = minusDi;
    };
  },
};

/**
 * Wilder's mean of the directional index. A candle without any direction has no index: TA-Lib counts it as 0 among the first
 * `period` and leaves it out later.
 */
function directionalMean(length: number): (plusDi: number, minusDi: number) => number {
  let count = 0;
  let sum = 0;
  let adx = Number.NaN;
  return (plusDi, minusDi) => {
    const total = plusDi + minusDi;
    const hasDirection = total !== 0;
    const index = hasDirection ? (100 * Math.abs(plusDi - minusDi)) / total : 0;
    if (count < length) {
      count += 1;
      sum += index;
      if (count === length) adx = sum / length;
    } else if (hasDirection) adx = (adx * (length - 1) + index) / length;
    return adx;
  };
}

/** Average directional index with its two lines, 0 to 100. Throws `MARKET_INDICATOR_INVALID`. */
export function adx({ high, low, close }: Candles, length?: number): Record<AdxOutput, Float64Array> {
  return runIndicator(adxDefinition, [high, low, close], [length]);
}
