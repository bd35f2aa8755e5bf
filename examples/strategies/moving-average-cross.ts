/**
 * Follows the trend: holds while a fast average of the closes lies above a slow one, and nothing otherwise. Gains little by little is
 * what it cannot do; it lives of few long moves.
 */
import type { Ctx, Needs } from "@shoal/strategy";

const SYMBOL = "BTC/USDT";

export const needs = { candles: [{ symbol: SYMBOL, timeframe: "1h", count: 100 }] } satisfies Needs;

export const config = {
  /** Hours of the averages. */
  fast: 10,
  slow: 40,
  /** Part of the cash that is put in. The rest pays fees, and a price that rises until the order is filled. */
  share: 0.95,
};

export async function run(ctx: Ctx<typeof config>) {
  const { fast, slow, share } = ctx.config;
  const { close } = ctx.market.candles(SYMBOL, "1h");
  const isRising = ctx.ta.sma(close, fast).last > ctx.ta.sma(close, slow).last;
  const held = ctx.portfolio.position(SYMBOL);
  if (isRising && held.quantity === 0) {
    const quantity = (ctx.portfolio.cash * share) / close.last;
    ctx.orders.place({ symbol: SYMBOL, side: "buy", type: "market", quantity });
  } else if (!isRising && held.quantity > 0) {
    ctx.orders.place({ symbol: SYMBOL, side: "sell", type: "market", quantity: held.exactQuantity });
  }
}
