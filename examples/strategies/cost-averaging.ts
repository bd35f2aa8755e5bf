/**
 * Buys for the same amount of money again and again, whatever the price is (dollar cost averaging), and for more when the price lies below
 * its long mean. It never sells.
 */
import type { Ctx, Needs } from "@shoal/strategy";

const SYMBOL = "BTC/USDT";
const DAY_MS = 86_400_000;

export const needs = { candles: [{ symbol: SYMBOL, timeframe: "1d", count: 200 }] } satisfies Needs;

export const config = {
  everyDays: 7,
  amount: 100,
  /** How many times the amount while the price lies below its mean of 200 days. */
  dipFactor: 2,
};

export async function run(ctx: Ctx<typeof config>) {
  const { everyDays, amount, dipFactor } = ctx.config;
  const boughtAtMs = ctx.state.get("boughtAtMs", 0);
  if (ctx.now - boughtAtMs < everyDays * DAY_MS) return;
  const { close } = ctx.market.candles(SYMBOL, "1d");
  const isDip = close.last < ctx.ta.sma(close, 200).last;
  const money = Math.min(isDip ? amount * dipFactor : amount, ctx.portfolio.cash * 0.99);
  if (money < 10) {
    ctx.log.warn("not enough cash for another buy:", ctx.portfolio.exactCash);
    return;
  }
  ctx.orders.place({ symbol: SYMBOL, side: "buy", type: "market", quantity: money / close.last });
  ctx.state.set("boughtAtMs", ctx.now);
}
