import { onTestFinished } from "vitest";
import { type Candles, candleAt, indexFrom } from "../src/index.ts";

type Answer = (url: URL) => Response | Promise<Response>;

/** Speaks as much of Binance's API as candles need, on a port of its own, until the test ends. */
export function standInExchange(candles: Candles) {
  const requests: URL[] = [];
  const faults: Answer[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      requests.push(url);
      const fault = faults.shift();
      if (fault !== undefined) return await fault(url);
      if (url.pathname === "/api/v3/exchangeInfo") return Response.json(EXCHANGE_INFO);
      if (url.pathname === "/api/v3/klines") return Response.json(klines(candles, url.searchParams));
      return Response.json({ code: -1, msg: "no such path" }, { status: 404 });
    },
  });
  onTestFinished(() => server.stop(true));
  const api = `http://127.0.0.1:${server.port}/api/v3`;
  return {
    requests,
    /** Requests for candles. */
    pages: () => requests.filter(({ pathname }) => pathname === "/api/v3/klines"),
    /** Answers to the next requests, one each. */
    faults,
    /** With them ccxt talks to this server, and asks for nothing it does not have. */
    settings: {
      urls: { api: { public: api, private: api, sapi: `${api}/sapi` } },
      options: { fetchMarkets: { types: ["spot"] }, fetchMargins: false },
      has: { fetchCurrencies: false },
      rateLimit: 1,
    },
  };
}

function klines(candles: Candles, query: URLSearchParams) {
  if (query.get("symbol") !== "BTCUSDT") throw new Error("ccxt knows the symbols");
  const from = indexFrom(candles, Number(query.get("startTime")));
  const to = Math.min(candles.length, from + Number(query.get("limit")));
  return Array.from({ length: to - from }, (_, at) => {
    const { openMs = 0, open, high, low, close, volume } = candleAt(candles, from + at) ?? {};
    return [openMs, ...[open, high, low, close, volume].map(String), openMs + 3_599_999, "0", 1, "0", "0", "0"];
  });
}

const EXCHANGE_INFO = {
  timezone: "UTC",
  serverTime: 0,
  symbols: [
    {
      symbol: "BTCUSDT",
      status: "TRADING",
      baseAsset: "BTC",
      baseAssetPrecision: 8,
      quoteAsset: "USDT",
      quotePrecision: 8,
      quoteAssetPrecision: 8,
      orderTypes: ["LIMIT", "MARKET"],
      isSpotTradingAllowed: true,
      isMarginTradingAllowed: false,
      permissions: ["SPOT"],
      permissionSets: [["SPOT"]],
      filters: [
        { filterType: "PRICE_FILTER", minPrice: "0.01", maxPrice: "1000000", tickSize: "0.01" },
        { filterType: "LOT_SIZE", minQty: "0.00001", maxQty: "9000", stepSize: "0.00001" },
        { filterType: "NOTIONAL", minNotional: "5" },
      ],
    },
  ],
};
