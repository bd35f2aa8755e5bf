import type { CcxtBase } from "@shoal/market/ccxt";

/** What is used of ccxt. Its numbers are decimal texts here: `number: String`. Everything may be missing: exchanges answer what they like. */
export interface CcxtTrade {
  readonly id?: unknown;
  readonly price?: unknown;
  readonly amount?: unknown;
  readonly timestamp?: unknown;
  readonly takerOrMaker?: unknown;
  readonly fee?: { readonly cost?: unknown; readonly currency?: unknown };
  /** As the exchange has it. */
  readonly info?: Readonly<Record<string, unknown>>;
}

export interface CcxtOrder {
  readonly id?: unknown;
  readonly clientOrderId?: unknown;
  readonly status?: unknown;
  readonly timestamp?: unknown;
  readonly filled?: unknown;
  readonly amount?: unknown;
  readonly trades?: readonly CcxtTrade[];
}

export interface CcxtMarket {
  readonly base?: unknown;
  readonly quote?: unknown;
  readonly spot?: unknown;
  readonly active?: unknown;
  readonly precision?: { readonly price?: unknown; readonly amount?: unknown };
  readonly limits?: { readonly cost?: { readonly min?: unknown }; readonly amount?: { readonly min?: unknown } };
}

export type Params = Readonly<Record<string, unknown>>;

export interface CcxtAccount extends CcxtBase {
  readonly markets?: Readonly<Record<string, CcxtMarket>>;
  amountToPrecision: (symbol: string, amount: unknown) => string;
  priceToPrecision: (symbol: string, price: unknown) => string;
  setMarketsFromExchange(source: CcxtAccount): unknown;
  createOrder(
    symbol: string,
    type: "market" | "limit",
    side: string,
    amount: string,
    price: string | undefined,
    params: Params,
  ): Promise<CcxtOrder>;
  fetchOrder(id: string | undefined, symbol: string, params: Params): Promise<CcxtOrder>;
  fetchOpenOrders(symbol: string, sinceMs: undefined, limit: undefined, params: Params): Promise<readonly CcxtOrder[]>;
  fetchClosedOrders(
    symbol: string,
    sinceMs: undefined,
    limit: undefined,
    params: Params,
  ): Promise<readonly CcxtOrder[]>;
  fetchCanceledAndClosedOrders(
    symbol: string,
    sinceMs: undefined,
    limit: undefined,
    params: Params,
  ): Promise<readonly CcxtOrder[]>;
  fetchOrderTrades(
    id: string,
    symbol: string,
    sinceMs: undefined,
    limit: number | undefined,
    params: Params,
  ): Promise<readonly CcxtTrade[]>;
  cancelOrder(id: string | undefined, symbol: string, params: Params): Promise<unknown>;
  fetchBalance(params: Params): Promise<{ readonly free?: Readonly<Record<string, unknown>> }>;
}
