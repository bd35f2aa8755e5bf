import type { IndicatorParameter } from "./indicator.types.ts";

/** Longest look back. An indicator with a window reads all of it for each candle, so that its work has to have an end. */
const MAX_PERIOD = 5_000;

/** A number of candles. */
export function period(name: string, byDefault: number, min = 1): IndicatorParameter {
  return { name, kind: "integer", default: byDefault, min, max: MAX_PERIOD };
}
