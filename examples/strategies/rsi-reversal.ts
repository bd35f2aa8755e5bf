/**
 * Bets on a return: buys when the RSI comes back from below, sells when it has come far enough. A stop order, placed as soon as the buy is
 * filled, limits what one bet can lose.
 */
import type { Ctx, Needs } from "@shoal/strategy";

const SYMBOL = "ETH/USDT";

export const needs = { candles: [{ symbol: SYMBOL, timeframe: "1h", count: 150 }] } satisfies Needs;

export const config = {
  period: 14,
  /** It buys when the RSI rises above this. */
  oversold: 30,
  /** It sells when the RSI rises above this. */
  recovered: 55,
  /** Part of the cash in one bet. */
  share: 0.5,
  /** The stop lies this far below the price paid. */
  stopRatio: 0.04,
};

export async function run(ctx: Ctx<typeof config>) {
  const { period, oversold, recovered, share, stopRatio } = ctx.config;
  const { close } = ctx.market.candles(SYMBOL, "1h");
  const rsi = ctx.ta.rsi(close, period);
  const held = ctx.portfolio.position(SYMBOL);
  const open = ctx.orders.open(SYMBOL);
  if (held.quantity === 0) {
    const isTurning = rsi.at(-2) <= oversold && rsi.last > oversold;
    const quantity = (ctx.portfolio.cash * share) / close.last;
    if (isTurning) ctx.orders.place({ symbol: SYMBOL, side: "buy", type: "market", quantity });
  } else if (rsi.last > recovered) {
    // The stop holds the coins; without it they are free to be sold.
    for (const order of open) ctx.orders.cancel(order.id);
    ctx.orders.place({ symbol: SYMBOL, side: "sell", type: "market", quantity: held.exactQuantity });
  } else if (open.length === 0) {
    const price = held.averagePrice * (1 - stopRatio);
    ctx.orders.place({ symbol: SYMBOL, side: "sell", type: "stop", quantity: held.exactQuantity, price });
  }
}
