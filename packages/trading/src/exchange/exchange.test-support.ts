import { add, decimal, ZERO } from "../decimal.ts";
import type { ExchangeFill, ExchangeOrder } from "./exchange.types.ts";

export function makeFill(overrides: Partial<ExchangeFill>): ExchangeFill {
  const fee = decimal("0.1");
  return {
    id: "1",
    price: decimal("100"),
    quantity: decimal("1"),
    fee,
    feeCurrency: "USDT",
    liquidity: "taker",
    atMs: 0,
    ...overrides,
  };
}

/** An open order without trades, if nothing else is said; what is filled is the sum of its trades. */
export function orderAtExchange({ state = "open", fills = [] }: Partial<ExchangeOrder> = {}): ExchangeOrder {
  const filledQuantity = fills.reduce((sum, { quantity }) => add(sum, quantity), ZERO);
  return { exchangeId: "28", state, fills, filledQuantity };
}
