export const ID = "7f2c7a0e-5a52-5d6b-9d8e-0a1b2c3d4e5f";
const SHORT = "7f2c7a0e5a525d6b9d8e0a1b2c3d4e5f";
const NOW = 1_796_000_000_000;

export interface Refusal {
  readonly status?: number;
  readonly body: unknown;
}

/** Bodies in the form that the exchange's documentation and ccxt's source show, for one order that is half filled. */
export interface Recorded {
  readonly symbol: string;
  readonly urls: (url: string) => unknown;
  /** The same where our id of the order stands in a request that is about it. */
  readonly idField: string;
  readonly clientId: string;
  readonly answers: Readonly<Record<string, unknown>>;
  /** The routes of a send, a look and a cancellation with its look. */
  readonly routes: { readonly send: string; readonly read: readonly string[]; readonly cancel: string };
  readonly refusals: Readonly<Record<string, Refusal>>;
  /** The last look of a read finds nothing. */
  readonly nothing: Refusal;
}

const okx = (data: readonly unknown[]) => ({ code: "0", msg: "", data });
const bybit = (result: unknown) => ({ retCode: 0, retMsg: "OK", result, retExtInfo: {}, time: NOW });
const kraken = (result: unknown) => ({ error: [], result });
const krakenOrder = {
  ...{
    refid: null,
    userref: null,
    cl_ord_id: ID,
    status: "open",
    opentm: 1_796_000_000.5,
    vol: "2.0",
    vol_exec: "0.5",
    cost: "45.0",
  },
  ...{
    fee: "0.0117",
    price: "90.0",
    stopprice: "0.0",
    limitprice: "0.0",
    misc: "",
    oflags: "fciq",
    trades: ["TRADE-1"],
  },
  descr: {
    pair: "XBTUSD",
    type: "buy",
    ordertype: "limit",
    price: "90.0",
    price2: "0",
    order: "buy 2.0 XBTUSD @ limit 90.0",
  },
};

export const RECORDED: Readonly<Record<string, Recorded>> = {
  okx: {
    symbol: "BTC/USDT",
    urls: (url) => ({ rest: url }),
    idField: "clOrdId",
    clientId: SHORT,
    answers: {
      "GET /api/v5/public/instruments": okx([
        {
          instType: "SPOT",
          instId: "BTC-USDT",
          baseCcy: "BTC",
          quoteCcy: "USDT",
          tickSz: "0.1",
          lotSz: "0.00000001",
          minSz: "0.00001",
          state: "live",
        },
      ]),
      "POST /api/v5/trade/order": okx([{ clOrdId: SHORT, ordId: "312269865356374016", tag: "", sCode: "0", sMsg: "" }]),
      "GET /api/v5/trade/order": okx([
        {
          instType: "SPOT",
          instId: "BTC-USDT",
          ordId: "312269865356374016",
          clOrdId: SHORT,
          px: "90",
          sz: "2",
          ordType: "limit",
          side: "buy",
          accFillSz: "0.5",
          avgPx: "90",
          state: "partially_filled",
          fee: "-0.0005",
          feeCcy: "BTC",
          cTime: String(NOW),
        },
      ]),
      "GET /api/v5/trade/fills-history": okx([
        {
          instType: "SPOT",
          instId: "BTC-USDT",
          tradeId: "123",
          ordId: "312269865356374016",
          clOrdId: SHORT,
          fillPx: "90",
          fillSz: "0.5",
          side: "buy",
          execType: "M",
          feeCcy: "BTC",
          fee: "-0.0005",
          ts: String(NOW),
        },
      ]),
      "POST /api/v5/trade/cancel-order": okx([{ clOrdId: SHORT, ordId: "312269865356374016", sCode: "0", sMsg: "" }]),
    },
    routes: {
      send: "POST /api/v5/trade/order",
      read: ["GET /api/v5/trade/order"],
      cancel: "POST /api/v5/trade/cancel-order",
    },
    refusals: {
      "rejected TRADING_EXCHANGE_INSUFFICIENT_FUNDS": {
        body: { code: "1", data: [{ sCode: "51008", sMsg: "Insufficient balance" }], msg: "" },
      },
      unknown: { body: { code: "1", data: [{ sCode: "51016", sMsg: "Client order ID already exists" }], msg: "" } },
      later: { status: 429, body: { code: "50011", data: [], msg: "Too Many Requests" } },
      "key-refused": { status: 401, body: { code: "50111", data: [], msg: "Invalid OK-ACCESS-KEY" } },
    },
    nothing: { body: { code: "51603", data: [], msg: "Order does not exist" } },
  },
  bybit: {
    symbol: "BTC/USDT",
    urls: (url) => ({ spot: url, futures: url, v2: url, public: url, private: url }),
    idField: "orderLinkId",
    clientId: ID,
    answers: {
      "GET /v5/market/instruments-info": bybit({
        category: "spot",
        list: [
          {
            ...{
              symbol: "BTCUSDT",
              baseCoin: "BTC",
              quoteCoin: "USDT",
              innovation: "0",
              status: "Trading",
              marginTrading: "none",
            },
            lotSizeFilter: {
              basePrecision: "0.000001",
              quotePrecision: "0.00000001",
              minOrderQty: "0.00004",
              maxOrderQty: "63",
              minOrderAmt: "1",
              maxOrderAmt: "2000000",
            },
            priceFilter: { tickSize: "0.01" },
          },
        ],
      }),
      "POST /v5/order/create": bybit({ orderId: "1523347543495541248", orderLinkId: ID }),
      "GET /v5/order/realtime": bybit({ list: [], category: "spot" }),
      "GET /v5/order/history": bybit({
        category: "spot",
        list: [
          {
            symbol: "BTCUSDT",
            orderType: "Limit",
            orderLinkId: ID,
            orderId: "1523347543495541248",
            avgPrice: "90",
            price: "90",
            qty: "2",
            cumExecQty: "0.5",
            cumExecValue: "45",
            leavesQty: "1.5",
            side: "Buy",
            orderStatus: "PartiallyFilledCanceled",
            timeInForce: "GTC",
            createdTime: String(NOW),
            updatedTime: String(NOW),
          },
        ],
      }),
      "GET /v5/execution/list": bybit({
        category: "spot",
        list: [
          {
            symbol: "BTCUSDT",
            orderType: "Limit",
            orderLinkId: ID,
            orderId: "1523347543495541248",
            side: "Buy",
            execId: "2210000000004924",
            execPrice: "90",
            execQty: "0.5",
            execFee: "0.0005",
            feeCurrency: "BTC",
            isMaker: true,
            execType: "Trade",
            execTime: String(NOW),
          },
        ],
      }),
      "POST /v5/order/cancel": bybit({ orderId: "1523347543495541248", orderLinkId: ID }),
    },
    routes: {
      send: "POST /v5/order/create",
      read: ["GET /v5/order/realtime", "GET /v5/order/history"],
      cancel: "POST /v5/order/cancel",
    },
    refusals: {
      "rejected TRADING_EXCHANGE_INSUFFICIENT_FUNDS": { body: { retCode: 170131, retMsg: "Insufficient balance." } },
      unknown: { body: { retCode: 170141, retMsg: "Duplicate clientOrderId" } },
      later: { body: { retCode: 10006, retMsg: "Too many visits!" } },
      "key-refused": { body: { retCode: 10003, retMsg: "API key is invalid." } },
    },
    nothing: { body: bybit({ list: [], category: "spot" }) },
  },
  kraken: {
    symbol: "BTC/USD",
    urls: (url) => ({ public: url, private: url }),
    idField: "cl_ord_id",
    clientId: ID,
    answers: {
      "GET /0/public/AssetPairs": kraken({
        XXBTZUSD: {
          ...{
            altname: "XBTUSD",
            wsname: "XBT/USD",
            aclass_base: "currency",
            base: "XXBT",
            aclass_quote: "currency",
            quote: "ZUSD",
          },
          ...{
            lot: "unit",
            pair_decimals: 1,
            cost_decimals: 5,
            lot_decimals: 8,
            lot_multiplier: 1,
            leverage_buy: [],
            leverage_sell: [],
          },
          ...{
            fees: [[0, 0.4]],
            fees_maker: [[0, 0.25]],
            fee_volume_currency: "ZUSD",
            ordermin: "0.0001",
            costmin: "0.5",
            tick_size: "0.1",
            status: "online",
          },
        },
      }),
      "POST /0/private/AddOrder": kraken({ descr: { order: "buy 2.0 XBTUSD @ limit 90.0" }, txid: ["ORDER-1"] }),
      "POST /0/private/OpenOrders": kraken({ open: {} }),
      "POST /0/private/ClosedOrders": kraken({
        closed: { "ORDER-1": { ...krakenOrder, status: "canceled" } },
        count: 1,
      }),
      "POST /0/private/QueryTrades": kraken({
        "TRADE-1": {
          ordertxid: "ORDER-1",
          pair: "XXBTZUSD",
          time: 1_796_000_000.5,
          type: "buy",
          ordertype: "limit",
          price: "90.0",
          cost: "45.0",
          fee: "0.0117",
          vol: "0.5",
          margin: "0.0",
          misc: "",
          maker: true,
        },
      }),
      "POST /0/private/CancelOrder": kraken({ count: 1 }),
    },
    routes: {
      send: "POST /0/private/AddOrder",
      read: ["POST /0/private/OpenOrders", "POST /0/private/ClosedOrders"],
      cancel: "POST /0/private/CancelOrder",
    },
    refusals: {
      "rejected TRADING_EXCHANGE_INSUFFICIENT_FUNDS": { body: { error: ["EOrder:Insufficient funds"] } },
      unknown: { body: { error: ["EService:Busy"] } },
      later: { body: { error: ["EAPI:Rate limit exceeded"] } },
      "key-refused": { body: { error: ["EAPI:Invalid key"] } },
    },
    nothing: { body: kraken({ closed: {}, count: 0 }) },
  },
};
