/** Money and quantities as whole numbers of 1e-8, which is as fine as Binance is. */
const SCALE = 100_000_000n;

export function toUnits(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole) * SCALE + BigInt(fraction.padEnd(8, "0").slice(0, 8));
}

export function fromUnits(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(9, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

export function times(price: bigint, quantity: bigint): bigint {
  return (price * quantity) / SCALE;
}

export interface StandInTrade {
  readonly id: number;
  readonly price: bigint;
  readonly quantity: bigint;
  readonly commission: bigint;
  readonly commissionAsset: string;
  readonly isMaker: boolean;
  readonly atMs: number;
}

/** An order that the stand-in has taken. */
export interface StandInOrder {
  readonly id: number;
  readonly clientId: string;
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly type: string;
  readonly quantity: bigint;
  readonly price: bigint;
  readonly stopPrice: bigint;
  readonly atMs: number;
  readonly trades: StandInTrade[];
  status: "NEW" | "PARTIALLY_FILLED" | "FILLED" | "CANCELED" | "EXPIRED";
}

export interface SpotSymbol {
  readonly base: string;
  readonly quote: string;
  readonly tick: string;
  readonly lot: string;
  readonly smallestNotional: string;
}

/** What Binance refuses an order or a look with. @source https://developers.binance.com/docs/binance-spot-api-docs/errors */
export interface SpotError {
  readonly status: number;
  readonly code: number;
  readonly msg: string;
}

const refusal = (code: number, msg: string, status = 400): SpotError => ({ status, code, msg });
const COMMISSION_DIVISOR = 1_000n;

/** The part of Binance's spot market that orders of one account need: balances, filters, immediate and later trades. */
export class SpotMarket {
  readonly orders: StandInOrder[] = [];
  readonly symbols = new Map<string, SpotSymbol>();
  /** Free and locked together, by asset. */
  readonly balances: Map<string, bigint>;
  /** At which market orders are filled, by symbol. */
  readonly prices = new Map<string, bigint>();
  /** In which trades pay; null: in what is received. */
  commissionAsset: string | null = null;
  /** Into how many trades a market order is cut. */
  tradesPerOrder = 1;
  #lastTradeId = 0;

  constructor(balances: ReadonlyMap<string, string>) {
    this.balances = new Map([...balances].map(([asset, amount]) => [asset, toUnits(amount)]));
  }

  /** Trades a symbol from now on, at 100. */
  list(symbol: SpotSymbol): void {
    this.symbols.set(symbol.base + symbol.quote, symbol);
    this.prices.set(symbol.base + symbol.quote, toUnits("100"));
  }

  /** Takes an order as `POST /api/v3/order` asks for it, or says why not. */
  take(query: URLSearchParams, nowMs: number): StandInOrder | SpotError {
    const text = (name: string) => query.get(name) ?? "";
    const [symbol, type, side] = [text("symbol"), text("type"), text("side")];
    const traded = this.symbols.get(symbol);
    if (traded === undefined) return refusal(-1121, "Invalid symbol.");
    if (side !== "BUY" && side !== "SELL") return refusal(-1117, "Invalid side.");
    const [quantity, price, stopPrice] = [
      toUnits(text("quantity")),
      toUnits(text("price")),
      toUnits(text("stopPrice")),
    ];
    const isMarket = type === "MARKET";
    if (!isMarket && type !== "LIMIT" && type !== "STOP_LOSS") return refusal(-1116, "Invalid orderType.");
    const clientId = text("newClientOrderId");
    if (!/^[.A-Z:/a-z0-9_-]{1,36}$/.test(clientId))
      return refusal(-1100, "Illegal characters found in parameter 'newClientOrderId'.");
    const order: StandInOrder = {
      ...{ id: this.orders.length + 28, clientId, symbol, side, type, quantity, price, stopPrice, atMs: nowMs },
      ...{ trades: [], status: "NEW" },
    };
    const wrong = this.#checkFilters(order, traded) ?? this.#checkAccount(order, traded);
    if (wrong !== null) return wrong;
    this.orders.push(order);
    const parts = BigInt(this.tradesPerOrder);
    for (let left = parts; isMarket && left > 0n; left -= 1n) this.trade(order, openOf(order) / left, false);
    return order;
  }

  /** The order that is open under this id, else the last one that was: as Binance answers. */
  find(query: URLSearchParams): StandInOrder | undefined {
    const [clientId, id] = [query.get("origClientOrderId"), query.get("orderId")];
    const own = this.orders.filter(({ symbol }) => symbol === query.get("symbol"));
    return own.findLast((order) => (clientId === null ? String(order.id) === id : order.clientId === clientId));
  }

  /** Trades a part of an open order, at its price or that of the market. */
  trade(order: StandInOrder, quantity: bigint, isMaker = true): void {
    const { base, quote } = this.#symbol(order);
    const price = order.price === 0n ? (this.prices.get(order.symbol) ?? 0n) : order.price;
    const [received, amount] = order.side === "BUY" ? [base, quantity] : [quote, times(price, quantity)];
    const [spent, cost] = order.side === "BUY" ? [quote, times(price, quantity)] : [base, quantity];
    this.#change(received, amount);
    this.#change(spent, -cost);
    const commissionAsset = this.commissionAsset ?? received;
    const commission = amount / COMMISSION_DIVISOR;
    this.#change(commissionAsset, -commission);
    this.#lastTradeId += 1;
    order.trades.push({
      id: this.#lastTradeId,
      price,
      quantity,
      commission,
      commissionAsset,
      isMaker,
      atMs: order.atMs,
    });
    order.status = openOf(order) === 0n ? "FILLED" : "PARTIALLY_FILLED";
  }

  #checkFilters({ quantity, price, type, symbol }: StandInOrder, traded: SpotSymbol): SpotError | null {
    if (quantity <= 0n || quantity % toUnits(traded.lot) !== 0n) return refusal(-1013, "Filter failure: LOT_SIZE");
    if (type === "LIMIT" && (price <= 0n || price % toUnits(traded.tick) !== 0n)) {
      return refusal(-1013, "Filter failure: PRICE_FILTER");
    }
    const notional = times(price === 0n ? (this.prices.get(symbol) ?? 0n) : price, quantity);
    return notional < toUnits(traded.smallestNotional) ? refusal(-1013, "Filter failure: NOTIONAL") : null;
  }

  #checkAccount(
    { clientId, side, price, quantity, symbol }: StandInOrder,
    { base, quote }: SpotSymbol,
  ): SpotError | null {
    if (this.orders.some((order) => order.clientId === clientId && isOpen(order))) {
      return refusal(-2010, "Duplicate order sent.");
    }
    const cost = times(price === 0n ? (this.prices.get(symbol) ?? 0n) : price, quantity);
    const [asset, needed] = side === "BUY" ? [quote, cost] : [base, quantity];
    return this.free(asset) < needed ? refusal(-2010, "Account has insufficient balance for requested action.") : null;
  }

  /** What no open order holds back. */
  free(asset: string): bigint {
    let free = this.balances.get(asset) ?? 0n;
    for (const order of this.orders.filter(isOpen)) {
      const { base, quote } = this.#symbol(order);
      if (order.side === "BUY" && quote === asset) free -= times(order.price, openOf(order));
      if (order.side === "SELL" && base === asset) free -= openOf(order);
    }
    return free;
  }

  #symbol({ symbol }: StandInOrder): SpotSymbol {
    const traded = this.symbols.get(symbol);
    if (traded === undefined) throw new Error("orders of unknown symbols are refused");
    return traded;
  }

  #change(asset: string, change: bigint): void {
    this.balances.set(asset, (this.balances.get(asset) ?? 0n) + change);
  }
}

export function isOpen({ status }: StandInOrder): boolean {
  return status === "NEW" || status === "PARTIALLY_FILLED";
}

export function filledOf({ trades }: StandInOrder): bigint {
  return trades.reduce((sum, { quantity }) => sum + quantity, 0n);
}

export function openOf(order: StandInOrder): bigint {
  return order.quantity - filledOf(order);
}
