import type { Decimal } from "../decimal.ts";
import type { Side } from "../position.ts";
import type { PaperBook } from "./book.ts";
import type { PaperOrder } from "./order.ts";

/** What was traded at one price. Base and quote of the instrument change by exactly this. */
export interface Fill {
  /** Null for a liquidation, which nobody ordered. */
  readonly orderId: string | null;
  readonly symbol: string;
  readonly side: Side;
  /** Start of the candle, epoch ms. */
  readonly atMs: number;
  readonly price: Decimal;
  readonly quantity: Decimal;
  /** Price times quantity, in the quote currency. */
  readonly notional: Decimal;
  /** In the quote currency, on top of what is paid and off what is received. */
  readonly fee: Decimal;
  readonly liquidity: "maker" | "taker";
  /** Of what this fill closed, before fees. */
  readonly realisedProfit: Decimal;
}

/** What one candle did. */
export interface PaperStep {
  readonly book: PaperBook;
  /** In the order they happened. */
  readonly fills: readonly Fill[];
  /** Every order that was filled, cut or cancelled, as it is now. */
  readonly changedOrders: readonly PaperOrder[];
}
