import type { Candles } from "../candles.types.ts";
import { candleStartMs } from "../timeframes.ts";
import type { IndicatorDefinition } from "./indicator.types.ts";
import { runIndicator } from "./run-indicator.ts";

export const vwapDefinition: IndicatorDefinition<"value"> = {
  name: "vwap",
  title: "Volume-weighted average price of the UTC day",
  inputs: ["openMs", "high", "low", "close", "volume"],
  parameters: [],
  outputs: ["value"],
  formula:
    "sum of volume * (high + low + close) / 3, / sum of volume, since the day began or since the first candle given; NaN until there is volume",
  source: "the usual definition; TA-Lib has none",
  firstIndexFormula: "0",
  firstIndex: () => [0],
  readsPerCandle: () => 5,
  kernel: () => {
    let dayMs = Number.NaN;
    let money = 0;
    let traded = 0;
    return (outputs, openMs: number, high: number, low: number, close: number, volume: number) => {
      const ofMs = candleStartMs("1d", openMs);
      if (ofMs !== dayMs) {
        dayMs = ofMs;
        money = 0;
        traded = 0;
      }
      money += volume * ((high + low + close) / 3);
      traded += volume;
      outputs[0] = traded === 0 ? Number.NaN : money / traded;
    };
  },
};

/** Volume-weighted average price since the UTC day began, or since the first candle given. */
export function vwap({ openMs, high, low, close, volume }: Candles): Float64Array {
  return runIndicator(vwapDefinition, [openMs, high, low, close, volume]).value;
}
