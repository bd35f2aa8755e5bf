import { createHmac } from "node:crypto";
import type { AddressInfo, Socket } from "node:net";
import { type Answer, type PlainRequest, plainHttpServer, response } from "./http-lines.ts";
import { accountBody, exchangeInfoBody, newOrderBody, orderBody, tradesBody } from "./spot-bodies.ts";
import {
  isOpen,
  openOf,
  type SpotError,
  SpotMarket,
  type SpotSymbol,
  type StandInOrder,
  toUnits,
} from "./spot-market.ts";

/** What the server does in place of an honest answer to one request. */
export interface Misbehaviour {
  /** When the request does its work: at once, never, or when `release` is called, as a request does that was held up on the way. Default: at once. */
  readonly works?: "now" | "never" | "on release";
  readonly answer:
    | "hang up"
    /** No byte, until `release`. */
    | "silence"
    /** The honest answer, whole, when `release` is called. */
    | "late"
    /** Half of the honest answer, and then silence. */
    | "half"
    /** Half of the honest answer, and then the end of the connection. */
    | "half and hang up"
    | "twice"
    | "garbage"
    /** More than anybody should read. */
    | "huge"
    | { readonly status: number; readonly body?: string; readonly retryAfterSeconds?: number };
}

export type StandInRoute =
  | "POST /api/v3/order"
  | "GET /api/v3/order"
  | "DELETE /api/v3/order"
  | "GET /api/v3/myTrades"
  | "GET /api/v3/account"
  | "GET /api/v3/exchangeInfo";

export interface StandInOptions {
  /** Default: 10,000 USDT and 10 BTC. */
  readonly balances?: Readonly<Record<string, string>>;
  /** Epoch ms. Default: the system's. */
  readonly now?: () => number;
}

/** Binance's spot API on a loopback port, for one account, with faults to order. */
export interface StandInExchange extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly apiKey: string;
  readonly secret: string;
  /** Settings with which ccxt's `binance` talks to it, keys included. */
  readonly ccxtSettings: Readonly<Record<string, unknown>>;
  /** Every order that was taken, the oldest first. */
  readonly orders: readonly StandInOrder[];
  readonly market: SpotMarket;
  /** Every request that came, by route, in order. */
  readonly requests: readonly { readonly route: string; readonly query: URLSearchParams }[];
  /** The next requests of a route are answered so, one each. */
  misbehave(route: StandInRoute, ...misbehaviours: Misbehaviour[]): void;
  /** Answers every request with this; null for honest answers. Those ordered for one request come first. */
  misbehaveAlways(misbehaviour: Misbehaviour | null): void;
  /** Requests without a whole answer: `silence`, `late` or `half`, until `release`. */
  readonly heldCount: number;
  /** Resolves when so many requests are held back; at once if they are. Default: 1. */
  held(count?: number): Promise<void>;
  /** Lets all that is held back go on: work that waits for it is done, a late answer is written. */
  release(): void;
  /** Trades a quantity of an open order at its price; default: all of it. */
  fill(clientId: string, quantity?: string): void;
  /** Lists another symbol from now on. */
  list(symbol: SpotSymbol): void;
  /** Refuses the key from now on, as Binance does when it was deleted. */
  revokeKey(): void;
}

const BTC: SpotSymbol = { base: "BTC", quote: "USDT", tick: "0.01", lot: "0.00001", smallestNotional: "5" };
const HUGE_CHUNK = "x".repeat(65_536);
const MAX_RECV_WINDOW_MS = 60_000;

/** Starts it, with BTC/USDT alone. What has been taken, and by whom, is in `orders` and `requests`. */
export async function standInExchange(options: StandInOptions = {}): Promise<StandInExchange> {
  const { balances = { USDT: "10000", BTC: "10" }, now = Date.now } = options;
  const keys = { apiKey: "stand-in-key-of-the-account", secret: "stand-in-secret-of-the-account" };
  const market = new SpotMarket(new Map(Object.entries(balances)));
  market.list(BTC);
  const requests: { route: string; query: URLSearchParams }[] = [];
  const ordered = new Map<string, Misbehaviour[]>();
  let always: Misbehaviour | null = null;
  let isRevoked = false;
  let releases: (() => void)[] = [];
  let heldCount = 0;
  const waiters = new Set<() => void>();
  const hold = (goOn: () => void) => {
    releases.push(goOn);
    heldCount += 1;
    for (const look of waiters) look();
  };

  const answerHonestly = (route: string, query: URLSearchParams, request: PlainRequest): [number, unknown] => {
    if (route === "GET /api/v3/exchangeInfo") return [200, exchangeInfoBody(market.symbols)];
    const refused = isRevoked ? KEY_UNKNOWN : checkSignature(request, query, keys, now());
    if (refused !== null) return [refused.status, { code: refused.code, msg: refused.msg }];
    const result = carryOut(market, route, query, now());
    return isError(result) ? [result.status, { code: result.code, msg: result.msg }] : [200, result];
  };

  const answer = async (request: PlainRequest): Promise<Answer> => {
    const route = `${request.method} ${request.url.pathname}`;
    const query = new URLSearchParams(`${request.url.search.slice(1)}&${request.body}`);
    requests.push({ route, query });
    const fault = ordered.get(route)?.shift() ?? always;
    const work = () => {
      const [status, body] = answerHonestly(route, query, request);
      return response(status, JSON.stringify(body));
    };
    if (fault === null) return (socket) => socket.write(work());
    if (fault.works === "on release") releases.push(() => void work());
    const honest = fault.works === undefined || fault.works === "now" ? work() : response(200, "{}");
    return (socket) => misbehaveOn(socket, fault.answer, honest, hold);
  };

  const server = await plainHttpServer(answer);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = `${url}/api/v3`;
  return {
    ...{ url, ...keys, market, requests, orders: market.orders },
    ccxtSettings: {
      ...keys,
      urls: { api: { public: api, private: api, sapi: `${url}/sapi/v1` } },
      options: { fetchMarkets: { types: ["spot"] }, fetchMargins: false },
      has: { fetchCurrencies: false },
      rateLimit: 1,
    },
    misbehave: (route, ...misbehaviours) => void ordered.set(route, [...(ordered.get(route) ?? []), ...misbehaviours]),
    misbehaveAlways: (misbehaviour) => {
      always = misbehaviour;
    },
    get heldCount() {
      return heldCount;
    },
    held: (count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (heldCount < count) return;
          waiters.delete(look);
          resolve();
        };
        waiters.add(look);
        look();
      }),
    release() {
      const all = releases;
      releases = [];
      heldCount = 0;
      for (const goOn of all) goOn();
    },
    fill(clientId, quantity) {
      const order = market.orders.find((each) => each.clientId === clientId && isOpen(each));
      if (order === undefined) throw new Error(`no open order has the client id ${clientId}`);
      market.trade(order, quantity === undefined ? openOf(order) : toUnits(quantity));
    },
    list: (symbol) => market.list(symbol),
    revokeKey: () => {
      isRevoked = true;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function misbehaveOn(socket: Socket, answer: Misbehaviour["answer"], honest: string, hold: (goOn: () => void) => void) {
  const half = honest.slice(0, -Math.ceil((honest.length - honest.indexOf("\r\n\r\n") - 4) / 2));
  if (typeof answer !== "string") {
    const { status, body = JSON.stringify({ code: -1, msg: "as ordered" }), retryAfterSeconds } = answer;
    const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
    return void socket.write(response(status, body, headers));
  }
  switch (answer) {
    case "hang up":
      return void socket.destroy();
    case "silence":
      return hold(() => {});
    case "late":
      return hold(() => void socket.write(honest));
    case "half":
      return void socket.write(half, () => hold(() => {}));
    case "half and hang up":
      return void socket.write(half, () => socket.destroy());
    case "twice":
      return void socket.write(honest + honest);
    case "garbage":
      return void socket.write(response(200, "<html>\u0000 down for a moment", { "content-type": "text/html" }));
    case "huge":
      return writeForEver(socket);
  }
}

/** Writes as fast as the other side reads, until that has had enough. Each piece waits for its turn, so that the end is noticed. */
function writeForEver(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n{"a":"');
  const writeOn = () => {
    if (socket.destroyed) return;
    if (socket.write(HUGE_CHUNK)) setImmediate(writeOn);
    else socket.once("drain", () => setImmediate(writeOn));
  };
  writeOn();
}

const KEY_UNKNOWN: SpotError = { status: 401, code: -2015, msg: "Invalid API-key, IP, or permissions for action." };

/** @source https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security */
function checkSignature(
  { url, body, headers }: PlainRequest,
  query: URLSearchParams,
  { apiKey, secret }: { readonly apiKey: string; readonly secret: string },
  nowMs: number,
): SpotError | null {
  const given = headers.get("x-mbx-apikey") ?? "";
  if (!/^[A-Za-z0-9_-]{8,128}$/.test(given)) return { status: 401, code: -2014, msg: "API-key format invalid." };
  if (given !== apiKey) return KEY_UNKNOWN;
  const signed = `${url.search.slice(1)}${body}`.replace(/&?signature=[^&]*$/, "");
  const expected = createHmac("sha256", secret).update(signed).digest("hex");
  if (query.get("signature") !== expected) {
    return { status: 400, code: -1022, msg: "Signature for this request is not valid." };
  }
  const ageMs = nowMs - Number(query.get("timestamp"));
  const windowMs = Math.min(MAX_RECV_WINDOW_MS, Number(query.get("recvWindow") ?? "5000"));
  if (ageMs <= windowMs && ageMs > -1_000) return null;
  return { status: 400, code: -1021, msg: "Timestamp for this request is outside of the recvWindow." };
}

function carryOut(market: SpotMarket, route: string, query: URLSearchParams, nowMs: number): object {
  if (route === "POST /api/v3/order") {
    const taken = market.take(query, nowMs);
    return isError(taken) ? taken : newOrderBody(taken);
  }
  if (route === "GET /api/v3/account") return accountBody(market);
  const order = market.find(query);
  if (route === "GET /api/v3/order") {
    return order === undefined ? { status: 400, code: -2013, msg: "Order does not exist." } : orderBody(order);
  }
  if (route === "GET /api/v3/myTrades") return order === undefined ? [] : tradesBody(order, query);
  if (route !== "DELETE /api/v3/order") return { status: 404, code: -1, msg: "no such path" };
  if (order === undefined || !isOpen(order)) return { status: 400, code: -2011, msg: "Unknown order sent." };
  order.status = "CANCELED";
  return orderBody(order);
}

function isError(result: object): result is SpotError {
  return "msg" in result;
}
