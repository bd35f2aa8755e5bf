import { createCandles } from "@shoal/market";
import type { CheckedCode, RunRequest } from "@shoal/strategy-runner";
import { decide } from "./decide.ts";
import { CLOSES } from "./measure.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 0, 1);

/** The contestants' strategy as Shoal's sandbox gets it: a module, of which each run is a new one. */
const JAVASCRIPT = `const decide = ${decide};
export function run(ctx) {
  const { close } = ctx.market.candles("BTC/USDT", "1h");
  ctx.state.set("decision", decide(close.values));
}`;

const CANDLES = createCandles(
  { symbol: "BTC/USDT", timeframe: "1h" },
  {
    openMs: CLOSES.map((_, index) => NOW_MS - (CLOSES.length - index) * HOUR_MS),
    ...{ open: CLOSES, high: CLOSES, low: CLOSES, close: CLOSES, volume: CLOSES },
  },
);

export const CODE: CheckedCode = {
  ...{ javascript: JAVASCRIPT, sha256: "", fileName: "strategy.js", config: {} },
  needs: { candles: [{ symbol: "BTC/USDT", timeframe: "1h", count: CLOSES.length }] },
};

/** Makes the request of one run. */
export function requestOf(code: CheckedCode, strategyId: string): RunRequest {
  return {
    ...{ strategyId, code, config: {}, state: {}, nowMs: NOW_MS, seed: "1", candles: [CANDLES] },
    ...{ portfolio: { currency: "USDT", cash: "1000", equity: "1000", positions: [] }, openOrders: [] },
  };
}
