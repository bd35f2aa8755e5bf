export type OrderSide = "buy" | "sell";

/**
 * - `market`: at the next known price;
 * - `limit`: at `price` or better;
 * - `stop`: becomes a market order once the market reaches `price`.
 */
export type OrderType = "market" | "limit" | "stop";

/** An order as a strategy asks for it. */
export interface NewOrder {
  /** As the venue writes it: `BTC/USDT`. */
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  /** In the base currency, above 0. A number is taken as JavaScript prints it; text is exact: `"0.015"`. */
  readonly quantity: number | string;
  /** Price of a `limit` or `stop` order, above 0; absent for a `market` order. */
  readonly price?: number | string;
}

/** An order that the venue knows and that is not over. */
export interface OpenOrder {
  readonly id: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly quantity: number;
  readonly filledQuantity: number;
  readonly price?: number;
  /** The same as exact decimal text. */
  readonly exactQuantity: string;
  readonly exactFilledQuantity: string;
  readonly exactPrice?: string;
}

/**
 * What a strategy wants traded. Orders leave only when the run has ended well: a run that fails, or is stopped by a limit, has
 * placed nothing and cancelled nothing.
 */
export interface Orders {
  /**
   * Asks for an order; at most 50 orders and cancellations in a run. Answers the number of the order within this run as text, at once. Whether the venue takes it, and at which
   * price, the next run sees in `open` and in the portfolio. Throws `STRATEGY_ORDER_INVALID`, `STRATEGY_ORDERS_TOO_MANY`.
   */
  place(order: NewOrder): string;
  /** Asks for the cancellation of an order of `open`. Throws `STRATEGY_ORDER_INVALID` if there is none of that id, `STRATEGY_ORDERS_TOO_MANY`. */
  cancel(orderId: string): void;
  /** The orders that were open when the run began, of one symbol or of all; not those placed in this run. */
  open(symbol?: string): readonly OpenOrder[];
}

/** What is held of one symbol. */
export interface Position {
  readonly symbol: string;
  /** In the base currency; 0 where nothing is held. */
  readonly quantity: number;
  /** Mean price paid, in the currency of the portfolio; 0 where nothing is held. */
  readonly averagePrice: number;
  /** The same as exact decimal text. */
  readonly exactQuantity: string;
  readonly exactAveragePrice: string;
}

/** What the strategy owned when the run began. Numbers are for comparing and computing; the `exact…` texts have every digit. */
export interface Portfolio {
  /** `USDT`. */
  readonly currency: string;
  /** Money that is free. */
  readonly cash: number;
  readonly exactCash: string;
  /** Cash and the worth of all positions. */
  readonly equity: number;
  readonly exactEquity: string;
  /** Positions that are not 0. */
  readonly positions: readonly Position[];
  /** The position in a symbol, of quantity 0 where nothing is held. */
  position(symbol: string): Position;
}
