/**
 * Keeps a portfolio at fixed parts of its worth: what has grown beyond its part is cut, what has fallen behind is filled up. It trades only what is
 * off by more than a band, because each trade costs a fee.
 */
import type { Ctx, Needs } from "@shoal/strategy";

const SYMBOLS = ["BTC/USDT", "ETH/USDT", "SOL/USDT"] as const;

export const needs = {
  candles: SYMBOLS.map((symbol) => ({ symbol, timeframe: "1d" as const, count: 1 })),
} satisfies Needs;

export const config = {
  /** Part of the equity in each symbol; what is left of 1 stays cash. */
  parts: { "BTC/USDT": 0.4, "ETH/USDT": 0.3, "SOL/USDT": 0.2 },
  /** It trades what is off by more than this part of the equity. */
  band: 0.02,
};

export async function run(ctx: Ctx<typeof config>) {
  const { equity } = ctx.portfolio;
  for (const symbol of SYMBOLS) {
    const price = ctx.market.candles(symbol, "1d").close.last;
    const drift = ctx.config.parts[symbol] * equity - ctx.portfolio.position(symbol).quantity * price;
    if (Math.abs(drift) < ctx.config.band * equity) continue;
    ctx.orders.place({
      symbol,
      side: drift > 0 ? "buy" : "sell",
      type: "market",
      quantity: Math.abs(drift) / price,
    });
  }
}
