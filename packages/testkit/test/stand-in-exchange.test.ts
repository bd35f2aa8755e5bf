import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StandInExchange, standInExchange } from "../src/index.ts";

let exchange: StandInExchange;
let nowMs = 1_796_000_000_000;
beforeEach(async () => {
  exchange = await standInExchange({ now: () => nowMs });
});
afterEach(async () => {
  await exchange[Symbol.asyncDispose]();
});

interface Keys {
  readonly apiKey?: string;
  readonly secret?: string;
  readonly ageMs?: number;
}

/** Asks as Binance's documentation says it is to be signed. */
function ask(method: string, path: string, fields: Readonly<Record<string, string>> = {}, keys: Keys = {}) {
  const { apiKey = exchange.apiKey, secret = exchange.secret, ageMs = 0 } = keys;
  const query = new URLSearchParams({ ...fields, timestamp: String(nowMs - ageMs) }).toString();
  const signature = createHmac("sha256", secret).update(query).digest("hex");
  return fetch(`${exchange.url}${path}?${query}&signature=${signature}`, {
    method,
    headers: apiKey === "" ? {} : { "X-MBX-APIKEY": apiKey },
  });
}

interface Body {
  readonly code?: number;
  readonly clientOrderId?: string;
  readonly fills?: unknown;
  readonly balances?: readonly unknown[];
}

const bodyOf = async (response: Response | Promise<Response>) => (await (await response).json()) as Body;

const MARKET = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.5", newClientOrderId: "a" };
const LIMIT = { ...MARKET, type: "LIMIT", price: "90", newClientOrderId: "b" };
const send = (fields: Readonly<Record<string, string>>, keys: Keys = {}) => ask("POST", "/api/v3/order", fields, keys);

describe("a stand-in of an exchange", () => {
  it("fills market orders at once, in money and goods", async () => {
    const answer = await bodyOf(send(MARKET));
    expect(answer).toMatchObject({ clientOrderId: "a", status: "FILLED", executedQty: "0.50000000" });
    expect(answer.fills).toMatchObject([
      { price: "100.00000000", qty: "0.50000000", commission: "0.00050000", commissionAsset: "BTC" },
    ]);
    const { balances } = await bodyOf(ask("GET", "/api/v3/account"));
    expect(balances).toEqual([
      { asset: "USDT", free: "9950.00000000", locked: "0.00000000" },
      { asset: "BTC", free: "10.49950000", locked: "0.00000000" },
    ]);
  });

  it("keeps limit orders open until a test fills or cancels them, and locks what they need", async () => {
    await send(LIMIT);
    exchange.fill("b", "0.2");
    const key = { symbol: "BTCUSDT", origClientOrderId: "b" };
    expect(await (await ask("GET", "/api/v3/order", key)).json()).toMatchObject({
      status: "PARTIALLY_FILLED",
      executedQty: "0.20000000",
    });
    const { balances } = await bodyOf(ask("GET", "/api/v3/account"));
    expect(balances?.[0]).toEqual({ asset: "USDT", free: "9955.00000000", locked: "27.00000000" });
    expect((await ask("DELETE", "/api/v3/order", key)).status).toBe(200);
    expect(await (await ask("DELETE", "/api/v3/order", key)).json()).toMatchObject({ code: -2011 });
    expect(
      await (
        await ask("GET", "/api/v3/myTrades", { symbol: "BTCUSDT", orderId: String(exchange.orders[0]?.id) })
      ).json(),
    ).toHaveLength(1);
  });

  it.each<[string, Readonly<Record<string, string>>, Keys, number, number]>([
    ["without a key", {}, { apiKey: "" }, 401, -2014],
    ["with a key of nobody", {}, { apiKey: "a-key-of-nobody" }, 401, -2015],
    ["with a wrong secret", {}, { secret: "wrong" }, 400, -1022],
    ["that is old", {}, { ageMs: 5_001 }, 400, -1021],
    ["from the future", {}, { ageMs: -1_001 }, 400, -1021],
    ["that costs too much", { quantity: "1000" }, {}, 400, -2010],
    ["off the lot", { quantity: "0.500001" }, {}, 400, -1013],
    ["off the tick", { price: "90.001" }, {}, 400, -1013],
    ["that is too small", { quantity: "0.00001" }, {}, 400, -1013],
    ["of an unknown symbol", { symbol: "X" }, {}, 400, -1121],
    ["with an id that is too long", { newClientOrderId: "x".repeat(37) }, {}, 400, -1100],
  ])("refuses an order %s", async (_, fields, keys, status, code) => {
    const response = await send({ ...LIMIT, ...fields }, keys);
    expect([response.status, (await bodyOf(response)).code]).toEqual([status, code]);
    expect(exchange.orders).toEqual([]);
  });

  it("takes an id again once its order is over, and not before", async () => {
    await send(LIMIT);
    expect(await (await send(LIMIT)).json()).toMatchObject({ code: -2010, msg: "Duplicate order sent." });
    exchange.fill("b");
    expect((await send(LIMIT)).status).toBe(200);
    expect(exchange.orders.length).toBe(2);
  });

  it("refuses a request that was held up for too long, and takes one that was not", async () => {
    for (const [heldMs, takenCount] of [
      [5_001, 0],
      [4_999, 1],
    ] as const) {
      exchange.misbehave("POST /api/v3/order", { works: "on release", answer: "silence" });
      const asking = send(LIMIT);
      asking.catch(() => {});
      await exchange.held();
      nowMs += heldMs;
      exchange.release();
      expect(exchange.orders.length).toBe(takenCount);
    }
  });

  it("answers late when it is released", async () => {
    exchange.misbehave("POST /api/v3/order", { answer: "late" });
    const asking = send(MARKET);
    await exchange.held();
    expect([exchange.heldCount, exchange.orders.length]).toEqual([1, 1]);
    exchange.release();
    expect((await bodyOf(asking)).clientOrderId).toBe("a");
  });

  it.each(["hang up", "half and hang up"] as const)("can %s after it has taken an order", async (answer) => {
    exchange.misbehave("POST /api/v3/order", { answer });
    await expect(send(MARKET).then((response) => response.text())).rejects.toThrow();
    expect(exchange.orders.length).toBe(1);
    // Ordered for one request.
    expect((await send(LIMIT)).status).toBe(200);
  });

  it("says how long it wants to be left alone", async () => {
    exchange.misbehave("POST /api/v3/order", { works: "never", answer: { status: 429, retryAfterSeconds: 7 } });
    const response = await send(MARKET);
    expect([response.status, response.headers.get("retry-after"), exchange.orders.length]).toEqual([429, "7", 0]);
  });
});
