import type { RunMessage } from "../guest/wire.ts";
import type { RunOne } from "./child-loop.ts";

const CANDLE_COUNT = 200;

/** Uses what most strategies use: candles, an indicator, state, an order, a log line, a failure that is caught. */
const JAVASCRIPT = `
export const config = { fast: 5, slow: 20 };
export async function run(ctx) {
  const candles = ctx.market.candles("BTC/USDT", "1m");
  const fast = ctx.ta.sma(candles.close, ctx.config.fast);
  const slow = ctx.ta.ema(candles.close, ctx.config.slow);
  let above = 0;
  for (let at = -1; at > -50; at -= 1) if (fast.at(at) > slow.at(at)) above += 1;
  const seen = Object.entries({ above, runs: (ctx.state.get("runs") ?? 0) + 1 }).map(([key, value]) => key + "=" + value).join(" ");
  ctx.state.set("runs", JSON.parse(JSON.stringify({ runs: 1 })).runs);
  ctx.log.info(seen.replace(/=/g, ": "));
  ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "market", quantity: "0.01" });
  try { ctx.orders.place({}); } catch (error) { ctx.log.warn(String(error)); }
  await null;
}`;

/** Does a fixed strategy so often: the engine's code is compiled in steps as it is used. */
export function warmUp(runOne: RunOne, runCount: number): void {
  const column = Float64Array.from({ length: CANDLE_COUNT }, (_, index) => 100 + Math.sin(index));
  const request: RunMessage = {
    entry: "run",
    javascript: JAVASCRIPT,
    fileName: "strategy.js",
    fuel: 10_000_000,
    config: { fast: 5, slow: 20 },
    state: {},
    nowMs: 0,
    seed: "warm-up",
    markets: [{ symbol: "BTC/USDT", timeframe: "1m" }],
    portfolio: { currency: "USDT", cash: "1000", equity: "1000", positions: [] },
    openOrders: [],
    canAsk: false,
    keepJournal: false,
  };
  const ports = { exchange: () => "stop" as const };
  for (let count = 0; count < runCount; count += 1) runOne(request, Array<Float64Array>(6).fill(column), ports);
}
