/**
 * Earns on a price that goes up and down: lines lie at equal steps below an anchor, the price of the first run. It buys a lot at each line that the
 * price falls to, and sells it a line higher. When the price leaves the grid, it waits with what it holds until the price comes back.
 */
import type { Ctx, Needs } from "@shoal/strategy";

const SYMBOL = "ETH/USDT";

export const needs = { candles: [{ symbol: SYMBOL, timeframe: "15m", count: 1 }] } satisfies Needs;

export const config = {
  /** Distance of two lines, as a part of the price. More than both fees, or each round costs money. */
  stepRatio: 0.01,
  /** Lots that it holds at most: as many as there are lines. */
  lotCount: 8,
  /** Money in one lot. */
  lotCash: 1000,
};

export async function run(ctx: Ctx<typeof config>) {
  const { stepRatio, lotCount, lotCash } = ctx.config;
  const anchor = ctx.state.get("anchor", ctx.market.candles(SYMBOL, "15m").close.last);
  ctx.state.set("anchor", anchor);
  const quantity = lotCash / anchor;
  const held = Math.round(ctx.portfolio.position(SYMBOL).quantity / quantity);
  // Asks anew in each run: it costs nothing, and an order that was filled needs no special care.
  for (const order of ctx.orders.open(SYMBOL)) ctx.orders.cancel(order.id);
  /** Line 0 is the anchor, and line 1 the first one below it. The lots that it holds were bought at lines 1 to `held`. */
  const priceAt = (line: number) => anchor / (1 + stepRatio) ** line;
  if (held < lotCount) {
    ctx.orders.place({ symbol: SYMBOL, side: "buy", type: "limit", quantity, price: priceAt(held + 1) });
  }
  if (held > 0) {
    ctx.orders.place({ symbol: SYMBOL, side: "sell", type: "limit", quantity, price: priceAt(held - 1) });
  }
}
