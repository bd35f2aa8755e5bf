import type { CcxtSettings } from "@shoal/market/ccxt";
import { EXCHANGE_TIMES } from "../../exchange/exchange.types.ts";
import type { OrderType } from "../../paper/order.ts";
import type { CcxtAccount, CcxtOrder, CcxtTrade, Params } from "./ccxt.types.ts";

/** What differs from exchange to exchange about an order that is known by our id. Read from ccxt's source, of each exchange. */
export interface LiveExchange {
  /** Those that can be read back by our id like any other. */
  readonly orderTypes: readonly OrderType[];
  readonly settings: CcxtSettings;
  /** Our id, a UUID, in a form that the exchange takes. One UUID has one such id, and the other way round. */
  clientId(uuid: string): string;
  /** What makes the exchange refuse a send that arrives later than this, where the signed time does not do so. */
  expiry(atMs: number): {
    readonly params?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Returns the order of this id; undefined for none. May throw ccxt's OrderNotFound instead. */
  find(account: CcxtAccount, clientId: string, symbol: string): Promise<CcxtOrder | undefined>;
  trades(
    account: CcxtAccount,
    order: CcxtOrder & { readonly id: string },
    symbol: string,
  ): Promise<readonly CcxtTrade[]>;
  cancel(account: CcxtAccount, clientId: string, symbol: string): Promise<unknown>;
}

const asItIs = (uuid: string) => uuid;

/** What one answer brings at most, and how many are asked for: more trades than an order has. */
const BINANCE_TRADES = 1_000;
const BYBIT_TRADES = 100;
const OKX_TRADES = 100;
const MAX_PAGES = 100;
/** ccxt asks for one batch more, of none, when there are as many as fit into one. */
const KRAKEN_TRADES = 19;

type Page = readonly CcxtTrade[];

/** Reads page after page, until `next` knows no parameters for another. */
async function allPages(
  first: Params,
  readPage: (params: Params) => Promise<Page>,
  next: (page: Page) => Params | undefined,
): Promise<CcxtTrade[]> {
  const all: CcxtTrade[] = [];
  let params: Params | undefined = first;
  for (let count = 0; params !== undefined && count < MAX_PAGES; count += 1) {
    const page = await readPage(params);
    all.push(...page);
    params = next(page);
  }
  return all;
}

/** Numbers, the least first: ccxt sorts trades of one moment by their ids as texts. */
function ordered(numbers: readonly unknown[]): bigint[] {
  return numbers.map((each) => BigInt(String(each))).sort((left, right) => (left < right ? -1 : 1));
}

/**
 * Where an order can be read back by our id, and so be sent once. Elsewhere it cannot be promised: Coinbase, for one, has no look by the
 * client's id.
 */
export const LIVE_EXCHANGES: ReadonlyMap<string, LiveExchange> = new Map<string, LiveExchange>([
  [
    "binance",
    {
      orderTypes: ["market", "limit", "stop"],
      settings: {
        options: {
          ...{ fetchMarkets: { types: ["spot"] }, fetchMargins: false, defaultType: "spot" },
          recvWindow: EXCHANGE_TIMES.arrivalMs,
        },
        has: { fetchCurrencies: false },
      },
      clientId: asItIs,
      expiry: () => ({}),
      find: (account, clientOrderId, symbol) => account.fetchOrder(undefined, symbol, { clientOrderId }),
      // Without an id to begin with the newest come first.
      trades: (account, { id }, symbol) =>
        allPages(
          { fromId: "0" },
          (params) => account.fetchOrderTrades(id, symbol, undefined, BINANCE_TRADES, params),
          (page) =>
            page.length < BINANCE_TRADES
              ? undefined
              : { fromId: String((ordered(page.map(({ id: of }) => of)).at(-1) ?? 0n) + 1n) },
        ),
      cancel: (account, clientOrderId, symbol) => account.cancelOrder(undefined, symbol, { clientOrderId }),
    },
  ],
  [
    "bybit",
    {
      orderTypes: ["market", "limit"],
      // Unified accounts, which all are that were opened since 2023: ccxt need not ask before each order.
      settings: {
        options: {
          ...{ fetchMarkets: { types: ["spot"] }, defaultType: "spot" },
          ...{ enableUnifiedMargin: false, enableUnifiedAccount: true, recvWindow: EXCHANGE_TIMES.arrivalMs },
        },
        has: { fetchCurrencies: false },
      },
      clientId: asItIs,
      expiry: () => ({}),
      async find(account, orderLinkId, symbol) {
        const [live] = await account.fetchOpenOrders(symbol, undefined, undefined, { orderLinkId });
        if (live !== undefined) return live;
        const [over] = await account.fetchCanceledAndClosedOrders(symbol, undefined, undefined, { orderLinkId });
        return over;
      },
      // ccxt leaves the cursor in one of the trades.
      trades: (account, { id }, symbol) =>
        allPages(
          {},
          (params) => account.fetchOrderTrades(id, symbol, undefined, BYBIT_TRADES, params),
          (page) => {
            const cursor = page
              .map(({ info }) => info?.["nextPageCursor"])
              .find((each) => typeof each === "string" && each !== "");
            return page.length < BYBIT_TRADES || cursor === undefined ? undefined : { cursor };
          },
        ),
      cancel: (account, orderLinkId, symbol) => account.cancelOrder(undefined, symbol, { orderLinkId }),
    },
  ],
  [
    "kraken",
    {
      orderTypes: ["market", "limit", "stop"],
      settings: { has: { fetchCurrencies: false } },
      clientId: asItIs,
      // Kraken takes 2 to 60 s from now.
      expiry: (atMs) => ({ params: { deadline: new Date(atMs).toISOString() } }),
      // The open ones first: an order that ends in between is then found among the closed.
      async find(account, clientOrderId, symbol) {
        const params = { clientOrderId, trades: true };
        const [live] = await account.fetchOpenOrders(symbol, undefined, undefined, params);
        if (live !== undefined) return live;
        const [over] = await account.fetchClosedOrders(symbol, undefined, undefined, params);
        return over;
      },
      async trades(account, { id, trades = [] }, symbol) {
        const ids = trades.map((trade) => trade.id);
        const all: CcxtTrade[] = [];
        for (let at = 0; at < ids.length; at += KRAKEN_TRADES) {
          const some = { trades: ids.slice(at, at + KRAKEN_TRADES) };
          all.push(...(await account.fetchOrderTrades(id, symbol, undefined, undefined, some)));
        }
        return all;
      },
      cancel: (account, clientOrderId, symbol) => account.cancelOrder(undefined, symbol, { clientOrderId }),
    },
  ],
  [
    "okx",
    {
      orderTypes: ["market", "limit"],
      settings: {
        options: { fetchMarkets: { types: ["spot"] }, defaultType: "spot", createOrder: "privatePostTradeOrder" },
        has: { fetchCurrencies: false },
      },
      // Up to 32 letters and digits.
      clientId: (uuid) => uuid.replaceAll("-", ""),
      expiry: (atMs) => ({ headers: { expTime: String(atMs) } }),
      find: (account, clientOrderId, symbol) => account.fetchOrder(undefined, symbol, { clientOrderId }),
      // From the newest to older ones.
      trades: (account, { id }, symbol) =>
        allPages(
          {},
          (params) => account.fetchOrderTrades(id, symbol, undefined, OKX_TRADES, params),
          (page) =>
            page.length < OKX_TRADES
              ? undefined
              : { after: String(ordered(page.map(({ info }) => info?.["billId"]))[0]) },
        ),
      cancel: (account, clientOrderId, symbol) => account.cancelOrder(undefined, symbol, { clientOrderId }),
    },
  ],
]);
