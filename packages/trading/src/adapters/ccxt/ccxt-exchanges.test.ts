import { createSystemClock } from "@shoal/kernel";
import { createSimulatedClock, type Misbehaviour, standInExchange } from "@shoal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatDecimal } from "../../decimal.ts";
import {
  EXCHANGE_TIMES,
  type ExchangeOrderRequest,
  type ReadResult,
  type SendResult,
} from "../../exchange/exchange.types.ts";
import { createInstrument } from "../../instrument.ts";
import { createCcxtExchanges } from "./index.ts";

const ID = "7f2c7a0e-5a52-5d6b-9d8e-0a1b2c3d4e5f";
const KEY = { clientId: ID, symbol: "BTC/USDT" };
const ORDER: ExchangeOrderRequest = { ...KEY, side: "buy", type: "limit", quantity: "0.1", price: "90" };
const never = new AbortController().signal;

let exchange: Awaited<ReturnType<typeof standInExchange>>;
beforeEach(async () => {
  exchange = await standInExchange();
});
afterEach(async () => {
  await exchange[Symbol.asyncDispose]();
});

function openAccount({ secret = exchange.secret, clock = createSystemClock() } = {}) {
  const exchanges = createCcxtExchanges({ runtime: { clock }, settings: { binance: exchange.ccxtSettings } });
  const port = exchanges.account("binance", { apiKey: exchange.apiKey, secret });
  const send = (order: Partial<ExchangeOrderRequest> = {}, { signal = never, withinMs = 5_000 } = {}) =>
    port.send({ ...ORDER, ...order }, { signal, beginBeforeMs: clock.monotonicMs() + withinMs });
  return { exchanges, port, send, clock, read: () => port.read(KEY, never) };
}

/** As `accepted open 0.5 of 2 trades`. */
function shown(result: SendResult | ReadResult): string {
  if (!("order" in result)) return [result.kind, "code" in result ? result.code : ""].join(" ").trim();
  const { state, filledQuantity, fills } = result.order;
  return `${result.kind} ${state} ${formatDecimal(filledQuantity)} in ${fills.length}`;
}

const posts = () => exchange.requests.filter(({ route }) => route === "POST /api/v3/order");

describe("an account at an exchange", () => {
  it("sends, reads, and cancels by our id, to the last digit", async () => {
    const { send, read, port } = openAccount();
    expect(shown(await send({ quantity: "0.12345", price: "90.01" }))).toBe("accepted open 0 in 0");
    expect(Object.fromEntries(posts()[0]?.query ?? [])).toMatchObject({
      ...{
        newClientOrderId: ID,
        recvWindow: "5000",
        symbol: "BTCUSDT",
        side: "BUY",
        type: "LIMIT",
        quantity: "0.12345",
        price: "90.01",
      },
    });
    expect(shown(await read())).toBe("found open 0 in 0");
    exchange.fill(ID, "0.02");
    exchange.fill(ID, "0.00345");
    expect(shown(await read())).toBe("found open 0.02345 in 2");
    expect(shown(await port.cancel(KEY, never))).toBe("found cancelled 0.02345 in 2");
    expect(shown(await port.cancel(KEY, never))).toBe("found cancelled 0.02345 in 2");
  });

  it("tells trades with their price, fee, currency of the fee and time", async () => {
    exchange.market.tradesPerOrder = 2;
    const result = await openAccount().send({ type: "market", quantity: "0.06001" });
    const order = exchange.orders[0];
    expect(shown(result)).toBe("accepted filled 0.06001 in 2");
    const fills = "order" in result ? result.order.fills : [];
    const [first] = fills.map((fill) => ({ ...fill, price: formatDecimal(fill.price), fee: formatDecimal(fill.fee) }));
    expect(first).toMatchObject({
      id: "1",
      price: "100",
      fee: "0.00003",
      feeCurrency: "BTC",
      liquidity: "taker",
      atMs: order?.atMs,
    });
    const read = await openAccount().read();
    // The same trades have the same ids and amounts, wherever they are read.
    expect("order" in read && read.order.fills).toEqual(fills);
  });

  it("does not know an order that was not sent", async () => {
    const { read, port } = openAccount();
    expect(await read()).toEqual({ kind: "absent" });
    expect(await port.cancel(KEY, never)).toEqual({ kind: "absent" });
  });

  it("tells more trades than one answer holds", async () => {
    exchange.market.tradesPerOrder = 2_001;
    const { send, read } = openAccount();
    await send({ type: "market", quantity: "2.001" });
    expect(shown(await read())).toBe("found filled 2.001 in 2001");
    const looks = exchange.requests.filter(({ route }) => route === "GET /api/v3/myTrades");
    expect(looks.map(({ query }) => query.get("fromId"))).toEqual(["0", "1001", "2001"]);
  });

  it("tells what is filled also while its trades cannot be read yet", async () => {
    const { send, read } = openAccount();
    await send();
    exchange.fill(ID);
    exchange.misbehave("GET /api/v3/myTrades", { answer: { status: 200, body: "[]" } });
    expect(shown(await read())).toBe("found filled 0.1 in 0");
    expect(shown(await read())).toBe("found filled 0.1 in 1");
  });

  it("has instruments that the paper broker takes, and balances", async () => {
    const { port } = openAccount();
    const result = await port.instruments(["BTC/USDT", "ETH/USDT", "constructor", "BTC/USDT"], never);
    expect(result).toEqual({
      kind: "found",
      instruments: [
        {
          symbol: "BTC/USDT",
          base: "BTC",
          quote: "USDT",
          tick: "0.01",
          lot: "0.00001",
          smallestNotional: "5",
          smallestQuantity: "0.00001",
        },
      ],
      unknownSymbols: ["ETH/USDT", "constructor"],
    });
    if (result.kind === "found") for (const each of result.instruments) createInstrument(each);
    const balances = await port.balances(never);
    const free =
      "free" in balances ? [...balances.free].map(([currency, amount]) => `${formatDecimal(amount)} ${currency}`) : [];
    expect(free).toEqual(["10000 USDT", "10 BTC"]);
  });

  it("shares the list of markets with the others at its exchange", async () => {
    const { exchanges, port } = openAccount();
    const other = exchanges.account("binance", { apiKey: exchange.apiKey, secret: exchange.secret });
    await Promise.all([port.balances(never), other.balances(never)]);
    expect(exchange.requests.filter(({ route }) => route.endsWith("exchangeInfo")).length).toBe(1);
  });

  it("takes a symbol that is listed later", async () => {
    const clock = createSimulatedClock();
    const { send, port } = openAccount({ clock });
    const eth = { symbol: "ETH/USDT", quantity: "1", price: "50" };
    expect(shown(await send(eth))).toBe("rejected TRADING_EXCHANGE_UNKNOWN_SYMBOL");
    exchange.list({ base: "ETH", quote: "USDT", tick: "0.01", lot: "0.001", smallestNotional: "5" });
    expect(shown(await send(eth))).toBe("rejected TRADING_EXCHANGE_UNKNOWN_SYMBOL");
    await clock.advance(10 * 60_000);
    // A list that cannot be read does not take the place of the one that there is.
    exchange.misbehave("GET /api/v3/exchangeInfo", { answer: "garbage" });
    expect(shown(await send(eth))).toBe("later");
    expect(shown(await send())).toBe("accepted open 0 in 0");
    expect(await port.instruments(["ETH/USDT"], never)).toMatchObject({ unknownSymbols: [] });
    expect(shown(await send({ ...eth, clientId: ID.replace("7", "8") }))).toBe("accepted open 0 in 0");
    expect(exchange.requests.filter(({ route }) => route.endsWith("exchangeInfo")).length).toBe(3);
  });

  it.each(["coinbase", "gemini", "nobodyknowsit", "../ccxt", "", "constructor"])("is refused at %j", (exchangeId) => {
    const open = () => openAccount().exchanges.account(exchangeId, { apiKey: "k", secret: "s" });
    expect(open).toThrow(expect.objectContaining({ code: "TRADING_EXCHANGE_UNSUPPORTED" }));
  });
});

describe("a send that is not answered as it should be", () => {
  it.each<[string, Misbehaviour, string, number]>([
    ["taken, connection cut", { answer: "hang up" }, "unknown", 1],
    ["not taken, connection cut", { works: "never", answer: "hang up" }, "unknown", 0],
    ["taken, connection cut half way", { answer: "half and hang up" }, "unknown", 1],
    ["taken, garbage", { answer: "garbage" }, "unknown", 1],
    ["taken, no end of it", { answer: "huge" }, "unknown", 1],
    ["taken, 500", { answer: { status: 500 } }, "unknown", 1],
    ["taken, 502 of a proxy", { answer: { status: 502, body: "<html>Bad gateway</html>" } }, "unknown", 1],
    ["taken, 504", { answer: { status: 504, body: "" } }, "unknown", 1],
    [
      "taken, timeout of the exchange",
      { answer: { status: 400, body: '{"code":-1007,"msg":"Timeout waiting for response from backend server."}' } },
      "unknown",
      1,
    ],
    ["taken, an empty answer", { answer: { status: 200, body: "" } }, "unknown", 1],
    ["taken, an answer without an id", { answer: { status: 200, body: "{}" } }, "unknown", 1],
    [
      "taken, the answer of another order",
      { answer: { status: 200, body: '{"orderId":7,"clientOrderId":"other","status":"NEW"}' } },
      "unknown",
      1,
    ],
    ["taken, sent elsewhere", { answer: { status: 302 } }, "unknown", 1],
    ["taken, answered twice", { answer: "twice" }, "accepted open 0 in 0", 1],
    ["not taken, too many requests", { works: "never", answer: { status: 429 } }, "later", 0],
    ["not taken, banned", { works: "never", answer: { status: 418 } }, "later", 0],
    [
      "not taken, clock",
      { works: "never", answer: { status: 400, body: '{"code":-1021,"msg":"Timestamp outside of the recvWindow."}' } },
      "later",
      0,
    ],
  ])("%s", async (_, misbehaviour, expected, takenCount) => {
    exchange.misbehave("POST /api/v3/order", misbehaviour);
    const { send, read } = openAccount();
    expect(shown(await send())).toBe(expected);
    // Nobody has tried a second time, and a look tells what became of it.
    expect([posts().length, exchange.orders.length]).toEqual([1, takenCount]);
    expect((await read()).kind).toBe(takenCount === 1 ? "found" : "absent");
  });

  it.each<[string, Partial<ExchangeOrderRequest>, string]>([
    ["too little money", { quantity: "1000" }, "rejected TRADING_EXCHANGE_INSUFFICIENT_FUNDS"],
    ["off the lot", { quantity: "0.1000001" }, "rejected TRADING_EXCHANGE_INVALID_ORDER"],
    ["off the tick", { price: "90.001" }, "rejected TRADING_EXCHANGE_INVALID_ORDER"],
    ["too small", { quantity: "0.001" }, "rejected TRADING_EXCHANGE_INVALID_ORDER"],
    ["an unknown symbol", { symbol: "ETH/USDT" }, "rejected TRADING_EXCHANGE_UNKNOWN_SYMBOL"],
    ["no price", { price: "" }, "rejected TRADING_EXCHANGE_INVALID_ORDER"],
  ])("%s is a rejection", async (_, order, expected) => {
    expect(shown(await openAccount().send(order))).toBe(expected);
    expect(exchange.orders.length).toBe(0);
  });

  it("an order that is there already is not known to be accepted by this send", async () => {
    const { send } = openAccount();
    await send();
    expect(shown(await send())).toBe("unknown");
    expect(exchange.orders.length).toBe(1);
  });

  it("tells how long the exchange wants to be left alone", async () => {
    const { send } = openAccount();
    exchange.misbehave("POST /api/v3/order", { works: "never", answer: { status: 429, retryAfterSeconds: 7 } });
    expect(await send()).toMatchObject({ kind: "later", retryAfterMs: 7_000 });
    exchange.misbehave("POST /api/v3/order", {
      works: "never",
      answer: { status: 418, retryAfterSeconds: 999_999_999 },
    });
    expect(await send()).toMatchObject({ kind: "later", retryAfterMs: 3_600_000 });
  });

  it("a stop goes as the exchange's stop", async () => {
    expect(shown(await openAccount().send({ type: "stop", price: "120" }))).toBe("accepted open 0 in 0");
    expect(exchange.orders[0]?.type).toBe("STOP_LOSS");
    expect(posts()[0]?.query.get("stopPrice")).toBe("120");
  });
});

describe("a key that is refused", () => {
  it("is told for every question, whatever it did before", async () => {
    const { send, read, port } = openAccount();
    await send();
    exchange.revokeKey();
    expect((await send()).kind).toBe("key-refused");
    expect((await read()).kind).toBe("key-refused");
    expect((await port.cancel(KEY, never)).kind).toBe("key-refused");
    expect((await port.balances(never)).kind).toBe("key-refused");
    expect(exchange.orders.map(({ status }) => status)).toEqual(["NEW"]);
  });

  it.each([
    ["a wrong secret", { apiKey: "", secret: "wrong" }],
    ["an empty secret", { apiKey: "", secret: "" }],
    ["a key of another form", { apiKey: "no key", secret: "" }],
    ["an unknown key", { apiKey: "some-other-key-of-nobody", secret: "x" }],
  ])("%s", async (_, keys) => {
    const { exchanges } = openAccount();
    const port = exchanges.account("binance", { ...keys, apiKey: keys.apiKey || exchange.apiKey });
    expect((await port.balances(never)).kind).toBe("key-refused");
  });
});

describe("a question", () => {
  it("ends when the exchange is silent for too long, also after half an answer", async () => {
    for (const answer of ["silence", "half"] as const) {
      const clock = createSimulatedClock();
      const { send } = openAccount({ clock });
      exchange.misbehave("POST /api/v3/order", { answer });
      const sending = send();
      await exchange.held();
      await clock.advance(EXCHANGE_TIMES.requestMs);
      expect(shown(await sending)).toBe("unknown");
      exchange.release();
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it("ends with its signal, and is unknown if it was sent", async () => {
    const { send } = openAccount();
    const gone = new AbortController();
    exchange.misbehave("POST /api/v3/order", { answer: "silence" });
    const sending = send({}, { signal: gone.signal });
    await exchange.held();
    gone.abort();
    expect(shown(await sending)).toBe("unknown");
    expect(shown(await send({}, { signal: gone.signal }))).toBe("later");
    expect(posts().length).toBe(1);
  });

  it("does not begin when it is too late", async () => {
    const { send, port } = openAccount();
    await port.balances(never);
    expect(shown(await send({}, { withinMs: -1 }))).toBe("later");
    expect(posts().length).toBe(0);
  });

  it("is put off while the exchange is out of reach, and asked later by the same account", async () => {
    const { send } = openAccount();
    exchange.misbehave("GET /api/v3/exchangeInfo", { answer: { status: 503 } }, { answer: "garbage" });
    expect([shown(await send()), shown(await send())]).toEqual(["later", "later"]);
    expect(shown(await send())).toBe("accepted open 0 in 0");
    await exchange[Symbol.asyncDispose]();
    expect(shown(await send())).toBe("later");
  });

  it("of many at once ends for itself, also while the exchange's pace holds it back", async () => {
    const clock = createSystemClock();
    const settings = { binance: { ...exchange.ccxtSettings, rateLimit: 20 } };
    const { apiKey, secret } = exchange;
    const port = createCcxtExchanges({ runtime: { clock }, settings }).account("binance", { apiKey, secret });
    await port.balances(never);
    const [gone, late] = [new AbortController(), clock.monotonicMs() - 1];
    const sendAs = (digit: number, { signal = never, beginBeforeMs = late + 60_000 } = {}) =>
      port.send({ ...ORDER, clientId: ID.replace("7", `${digit}`) }, { signal, beginBeforeMs });
    const sending = [
      ...[sendAs(1), sendAs(2, { signal: gone.signal }), sendAs(3)],
      ...[sendAs(4, { beginBeforeMs: late }), sendAs(5)],
    ];
    gone.abort();
    const results = await Promise.all(sending);
    expect(results.map(({ kind }) => kind)).toEqual(["accepted", "later", "accepted", "later", "accepted"]);
    expect(exchange.orders.map(({ clientId }) => clientId[0])).toEqual(["1", "3", "5"]);
  });

  it("leaves no timer behind", async () => {
    const { send, read, clock } = openAccount();
    await send();
    await read();
    expect(clock.pendingTimers).toBe(0);
  });
});

it("never tells a key, a secret or a signature, whatever the exchange answers", async () => {
  const { send, read, port } = openAccount();
  await port.balances(never);
  const told: unknown[] = [];
  exchange.misbehaveAlways({
    works: "never",
    answer: {
      status: 400,
      body: JSON.stringify({ code: -1, msg: `${exchange.apiKey} ${exchange.secret} signature=cd4b61b8` }),
    },
  });
  told.push(await send(), await read(), await port.balances(never), await port.cancel(KEY, never));
  for (const answer of ["hang up", "half and hang up", "garbage"] as const) {
    exchange.misbehaveAlways({ works: "never", answer });
    told.push(await send(), await read(), await port.balances(never));
  }
  const text = Bun.inspect(told, { depth: 10 });
  for (const secret of [exchange.apiKey, exchange.secret, "cd4b61b8", "timestamp="]) expect(text).not.toContain(secret);
});
