import { createSystemClock } from "@shoal/kernel";
import { afterEach, describe, expect, it } from "vitest";
import { formatDecimal } from "../../decimal.ts";
import type { ReadResult, SendResult } from "../../exchange/exchange.types.ts";
import { createCcxtExchanges, LIVE_EXCHANGES } from "./index.ts";
import { ID, RECORDED, type Recorded, type Refusal } from "./recorded-exchanges.test-support.ts";

const never = new AbortController().signal;

interface Seen {
  readonly route: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

const servers: { stop(isNow: boolean): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop(true);
});

/** An account at a server that answers with what was recorded, and what it was asked. */
function openAccount(exchangeId: string) {
  const { urls, answers, symbol } = RECORDED[exchangeId] as Recorded;
  const seen: Seen[] = [];
  const refuse = new Map<string, Refusal | ((fields: Seen["fields"]) => Refusal)>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      const route = `${request.method} ${url.pathname}`;
      const body = await request.text();
      const posted =
        body.startsWith("{") || body.startsWith("[") ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
      const fields = { ...Object.fromEntries(url.searchParams), ...posted };
      seen.push({ route, fields, headers: request.headers });
      const ordered = refuse.get(route);
      const refused = typeof ordered === "function" ? ordered(fields) : ordered;
      if (refused !== undefined) return Response.json(refused.body, { status: refused.status ?? 200 });
      return Object.hasOwn(answers, route)
        ? Response.json(answers[route])
        : Response.json({ error: [`no ${route}`] }, { status: 404 });
    },
  });
  servers.push(server);
  const clock = createSystemClock();
  const settings = {
    [exchangeId]: { urls: { api: urls(`http://127.0.0.1:${server.port}`) }, rateLimit: 1, hostname: "x" },
  };
  const port = createCcxtExchanges({ runtime: { clock }, settings }).account(exchangeId, {
    ...{ apiKey: "stand-in-key", secret: btoa("stand-in-secret"), password: "stand-in-passphrase" },
  });
  const send = () =>
    port.send(
      { clientId: ID, symbol, side: "buy", type: "limit", quantity: "2.00000001", price: "90.1" },
      { signal: never, beginBeforeMs: clock.monotonicMs() + 5_000 },
    );
  return { port, send, seen, refuse, key: { clientId: ID, symbol } };
}

function shown(result: SendResult | ReadResult): string {
  if (!("order" in result)) return [result.kind, "code" in result ? result.code : ""].join(" ").trim();
  const { state, filledQuantity, fills } = result.order;
  const traded = fills.map(
    (fill) =>
      `${formatDecimal(fill.quantity)} at ${formatDecimal(fill.price)} for ${formatDecimal(fill.fee)} ${fill.feeCurrency} ${fill.liquidity}`,
  );
  return [result.kind, state, formatDecimal(filledQuantity), ...traded].join(" ");
}

/** What can be asked for by our id stands there by it, in the exchange's own field and form. */
describe.each(Object.entries(RECORDED))(
  "%s",
  (exchangeId, { idField, clientId, routes, symbol, refusals, nothing }) => {
    it("takes an order with our id, its quantity and price to the last digit", async () => {
      const { send, seen } = openAccount(exchangeId);
      expect(shown(await send())).toBe("accepted open 0");
      const sent = seen.find(({ route }) => route === routes.send);
      expect(sent?.fields[idField]).toBe(clientId);
      expect(Object.values(sent?.fields ?? {})).toEqual(expect.arrayContaining(["2.00000001", "90.1"]));
    });

    it("finds an order by our id, and its trades", async () => {
      const { port, seen, key } = openAccount(exchangeId);
      const quote = symbol.split("/")[1];
      const fee = exchangeId === "kraken" ? `0.0117 ${quote}` : "0.0005 BTC";
      const state = exchangeId === "okx" ? "open" : "cancelled";
      expect(shown(await port.read(key, never))).toBe(`found ${state} 0.5 0.5 at 90 for ${fee} maker`);
      for (const route of routes.read) {
        expect(seen.filter((each) => each.route === route).map(({ fields }) => fields[idField])).toEqual([clientId]);
      }
    });

    it("cancels by our id", async () => {
      const { port, seen, key } = openAccount(exchangeId);
      expect((await port.cancel(key, never)).kind).toBe("found");
      expect(seen.find(({ route }) => route === routes.cancel)?.fields[idField]).toBe(clientId);
    });

    it("has instruments with the exchange's steps", async () => {
      const { port } = openAccount(exchangeId);
      const result = await port.instruments([symbol, "NO/SUCH"], never);
      expect(result).toMatchObject({
        kind: "found",
        unknownSymbols: ["NO/SUCH"],
        instruments: [{ symbol, base: "BTC" }],
      });
    });

    it.each(Object.entries(refusals))("says %s", async (expected, refusal) => {
      const { send, refuse } = openAccount(exchangeId);
      refuse.set(routes.send, refusal);
      expect(shown(await send())).toBe(expected);
    });

    it("does not have an order of an id that it does not know", async () => {
      const { port, refuse, key } = openAccount(exchangeId);
      const last = routes.read.at(-1) ?? "";
      refuse.set(last, nothing);
      expect(await port.read(key, never)).toEqual({ kind: "absent" });
    });

    it("refuses types of orders that could not be read back", async () => {
      const { port } = openAccount(exchangeId);
      const stop = { clientId: ID, symbol, side: "sell", type: "stop", quantity: "1", price: "80" } as const;
      const result = await port.send(stop, { signal: never, beginBeforeMs: Number.POSITIVE_INFINITY });
      const isTaken = LIVE_EXCHANGES.get(exchangeId)?.orderTypes.includes("stop");
      expect(shown(result)).toBe(isTaken ? "accepted open 0" : "rejected TRADING_EXCHANGE_UNSUPPORTED");
    });
  },
);

describe("trades of an order", () => {
  const page = (count: number, make: (at: number) => object) => Array.from({ length: count }, (_, at) => make(at));

  it("are read page by page from OKX, back from the newest", async () => {
    const { port, refuse, key, seen } = openAccount("okx");
    const trade = (id: number) => ({
      instId: "BTC-USDT",
      tradeId: `${id}`,
      billId: `${id}`,
      ordId: "1",
      fillPx: "90",
      fillSz: "0.001",
      side: "buy",
      execType: "T",
      fee: "0",
      feeCcy: "BTC",
      ts: "1796000000000",
    });
    refuse.set("GET /api/v5/trade/fills-history", ({ after }) => ({
      body: { code: "0", msg: "", data: after === undefined ? page(100, (at) => trade(250 - at)) : [trade(7)] },
    }));
    expect(shown(await port.read(key, never)).split(" at ").length).toBe(102);
    expect(seen.map(({ fields }) => fields["after"]).filter((after) => after !== undefined)).toEqual(["151"]);
  });

  it("are read page by page from Bybit, by its cursor", async () => {
    const { port, refuse, key, seen } = openAccount("bybit");
    const trade = (id: number) => ({
      symbol: "BTCUSDT",
      orderId: "1",
      side: "Buy",
      execId: `${id}`,
      execPrice: "90",
      execQty: "0.001",
      execFee: "0",
      feeCurrency: "BTC",
      isMaker: false,
      execType: "Trade",
      execTime: "1796000000000",
    });
    refuse.set("GET /v5/execution/list", ({ cursor }) => ({
      body: {
        retCode: 0,
        retMsg: "OK",
        result:
          cursor === undefined
            ? { nextPageCursor: "next", list: page(100, trade) }
            : { nextPageCursor: "", list: [trade(100)] },
      },
    }));
    expect(shown(await port.read(key, never)).split(" at ").length).toBe(102);
    expect(seen.map(({ fields }) => fields["cursor"]).filter((cursor) => cursor !== undefined)).toEqual(["next"]);
  });
});

describe("a send", () => {
  it("is refused by the exchange once it is old", async () => {
    const [onOkx, onKraken, onBybit] = [openAccount("okx"), openAccount("kraken"), openAccount("bybit")];
    const beforeMs = Date.now();
    await Promise.all([onOkx.send(), onKraken.send(), onBybit.send()]);
    const last = ({ seen }: { readonly seen: readonly Seen[] }) => seen.at(-1);
    const latestMs = Date.now() + 10_000;
    for (const atMs of [
      Number(last(onOkx)?.headers.get("exptime")),
      Date.parse(String(last(onKraken)?.fields["deadline"])),
    ]) {
      expect(atMs).toBeGreaterThanOrEqual(beforeMs + 10_000);
      expect(atMs).toBeLessThanOrEqual(latestMs);
    }
    expect(last(onBybit)?.headers.get("x-bapi-recv-window")).toBe("5000");
  });
});

it.each([...LIVE_EXCHANGES])("the client id of %s is another one for another order", (_, { clientId }) => {
  expect(clientId(ID)).not.toBe(clientId(ID.replace("7f", "8f")));
  expect(clientId(ID)).toMatch(/^[0-9a-f-]{32,36}$/);
});
