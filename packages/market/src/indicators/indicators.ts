import { adxDefinition } from "./adx.ts";
import { atrDefinition } from "./atr.ts";
import { bollingerDefinition } from "./bollinger.ts";
import { donchianDefinition } from "./donchian.ts";
import { emaDefinition } from "./ema.ts";
import type { IndicatorDefinition } from "./indicator.types.ts";
import { macdDefinition } from "./macd.ts";
import { obvDefinition } from "./obv.ts";
import { rsiDefinition } from "./rsi.ts";
import { smaDefinition } from "./sma.ts";
import { stochasticDefinition } from "./stochastic.ts";
import { vwapDefinition } from "./vwap.ts";
import { wmaDefinition } from "./wma.ts";

/** All indicators. `ctx.ta` of a strategy and the table in the package's README are made from this list. */
export const INDICATORS: readonly IndicatorDefinition[] = [
  smaDefinition,
  emaDefinition,
  wmaDefinition,
  rsiDefinition,
  macdDefinition,
  bollingerDefinition,
  atrDefinition,
  adxDefinition,
  stochasticDefinition,
  obvDefinition,
  vwapDefinition,
  donchianDefinition,
];
