/**
 * Enters when the price leaves its channel upwards, and leaves when it falls out of a shorter one (the rules of the "turtles"). What it
 * buys depends on how much the price moves, so that each bet can lose about the same.
 */
import type { Ctx, Needs } from "@shoal/strategy";

const SYMBOL = "BTC/USDT";

export const needs = { candles: [{ symbol: SYMBOL, timeframe: "4h", count: 120 }] } satisfies Needs;

export const config = {
  /** Candles of the channel that it enters above, and of the one that it leaves below. */
  entry: 20,
  exit: 10,
  /** Part of the equity that a move of one average range against it may cost. */
  riskRatio: 0.01,
};

export async function run(ctx: Ctx<typeof config>) {
  const { entry, exit, riskRatio } = ctx.config;
  const candles = ctx.market.candles(SYMBOL, "4h");
  const price = candles.close.last;
  const held = ctx.portfolio.position(SYMBOL);
  // The channel of the candles before the newest one: no close lies above a channel that has it in.
  if (held.quantity === 0 && price > ctx.ta.donchian(candles, entry).upper.at(-2)) {
    const byRisk = (ctx.portfolio.equity * riskRatio) / ctx.ta.atr(candles, entry).last;
    const byCash = (ctx.portfolio.cash * 0.95) / price;
    ctx.orders.place({ symbol: SYMBOL, side: "buy", type: "market", quantity: Math.min(byRisk, byCash) });
  } else if (held.quantity > 0 && price < ctx.ta.donchian(candles, exit).lower.at(-2)) {
    ctx.orders.place({ symbol: SYMBOL, side: "sell", type: "market", quantity: held.exactQuantity });
    ctx.notify(`${SYMBOL} fell out of its channel at ${price}: sold`);
  }
}
