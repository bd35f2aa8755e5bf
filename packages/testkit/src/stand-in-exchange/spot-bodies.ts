import {
  filledOf,
  fromUnits,
  type SpotMarket,
  type SpotSymbol,
  type StandInOrder,
  type StandInTrade,
  times,
} from "./spot-market.ts";

/** Bodies as Binance's spot API answers them. @source https://developers.binance.com/docs/binance-spot-api-docs/rest-api */
export function orderBody(order: StandInOrder): object {
  const spent = order.trades.reduce((sum, { price, quantity }) => sum + times(price, quantity), 0n);
  return {
    symbol: order.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientId,
    transactTime: order.atMs,
    time: order.atMs,
    updateTime: order.atMs,
    price: fromUnits(order.price),
    origQty: fromUnits(order.quantity),
    executedQty: fromUnits(filledOf(order)),
    cummulativeQuoteQty: fromUnits(spent),
    status: order.status,
    timeInForce: "GTC",
    type: order.type,
    side: order.side,
    stopPrice: fromUnits(order.stopPrice),
  };
}

/** The answer to an order in its form FULL: with the trades that it made at once. */
export function newOrderBody(order: StandInOrder): object {
  return {
    ...orderBody(order),
    fills: order.trades.map(({ id, price, quantity, commission, commissionAsset }) => ({
      price: fromUnits(price),
      qty: fromUnits(quantity),
      commission: fromUnits(commission),
      commissionAsset,
      tradeId: id,
    })),
  };
}

/** The trades of an order from `fromId` on, 500 if no `limit` is given. */
export function tradesBody(order: StandInOrder, query: URLSearchParams): object[] {
  const from = Number(query.get("fromId") ?? "0");
  const wanted = order.trades.filter(({ id }) => id >= from).slice(0, Number(query.get("limit") ?? "500"));
  return wanted.map((trade) => tradeBody(order, trade));
}

function tradeBody({ symbol, id: orderId, side }: StandInOrder, trade: StandInTrade): object {
  return {
    ...{
      symbol,
      id: trade.id,
      orderId,
      orderListId: -1,
      price: fromUnits(trade.price),
      qty: fromUnits(trade.quantity),
    },
    quoteQty: fromUnits(times(trade.price, trade.quantity)),
    commission: fromUnits(trade.commission),
    commissionAsset: trade.commissionAsset,
    ...{ time: trade.atMs, isBuyer: side === "BUY", isMaker: trade.isMaker, isBestMatch: true },
  };
}

export function accountBody(market: SpotMarket): object {
  return {
    ...{ canTrade: true, canWithdraw: false, canDeposit: false, accountType: "SPOT", permissions: ["SPOT"] },
    balances: [...market.balances].map(([asset, total]) => ({
      asset,
      free: fromUnits(market.free(asset)),
      locked: fromUnits(total - market.free(asset)),
    })),
  };
}

export function exchangeInfoBody(symbols: ReadonlyMap<string, SpotSymbol>): object {
  return { timezone: "UTC", serverTime: 0, rateLimits: [], symbols: [...symbols].map(symbolBody) };
}

function symbolBody([symbol, { base, quote, tick, lot, smallestNotional }]: [string, SpotSymbol]): object {
  return {
    ...{ symbol, status: "TRADING", baseAsset: base, quoteAsset: quote },
    ...{ baseAssetPrecision: 8, quotePrecision: 8, quoteAssetPrecision: 8 },
    orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"],
    ...{ isSpotTradingAllowed: true, isMarginTradingAllowed: false, permissions: ["SPOT"], permissionSets: [["SPOT"]] },
    filters: [
      { filterType: "PRICE_FILTER", minPrice: tick, maxPrice: "1000000", tickSize: tick },
      { filterType: "LOT_SIZE", minQty: lot, maxQty: "9000", stepSize: lot },
      { filterType: "NOTIONAL", minNotional: smallestNotional },
    ],
  };
}
