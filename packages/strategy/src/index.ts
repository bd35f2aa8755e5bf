/**
 * What a strategy of Shoal is written against: types only, nothing of it is there at run time. Import it with `import type`.
 *
 * ```ts
 * import type { Ctx, Needs } from "@shoal/strategy";
 *
 * export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "5m", count: 200 }] } satisfies Needs;
 * export const config = { fast: 12, slow: 26, quantity: 0.01 };
 *
 * export async function run(ctx: Ctx<typeof config>) {
 *   const { close } = ctx.market.candles("BTC/USDT", "5m");
 *   const isRising = ctx.ta.ema(close, ctx.config.fast).last > ctx.ta.ema(close, ctx.config.slow).last;
 *   const held = ctx.portfolio.position("BTC/USDT").quantity;
 *   if (isRising && held === 0) {
 *     ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "market", quantity: ctx.config.quantity });
 *   }
 * }
 * ```
 */
export type { Candles, CandlesNeed, Needs, Series, Timeframe } from "./candles.ts";
export type { Ctx, JsonValue, Log, Market, Settings, State, Ticker } from "./ctx.ts";
export type { NewOrder, OpenOrder, OrderSide, Orders, OrderType, Portfolio, Position } from "./orders.ts";
export type {
  AdxSeries,
  BollingerSeries,
  DonchianSeries,
  MacdSeries,
  StochasticSeries,
  Ta,
  Values,
} from "./ta.ts";
