import type { Sql } from "@shoal/store";
import { bookToJson, place, step } from "@shoal/trading";
import { describe, expect, it } from "vitest";
import { codeOf, paperBook, SYMBOL } from "../../../test/executor-support.ts";
import type { LoadedStrategy, StrategyClaim } from "./statements.ts";
import { StrategyMemory } from "./strategy-memory.ts";

const ORDER_ID = "11111111-0000-4000-8000-000000000001";

const row = (id: string, more: Partial<LoadedStrategy> = {}): LoadedStrategy => ({
  ...{ id, ownerId: "o", name: id, version: 1, codeId: "code", config: {}, intervalMs: 1000, cron: null, zone: "UTC" },
  ...{ venue: "paper", market: "synthetic", account: { currency: "USDT" }, filter: {}, state: { of: id } },
  ...{ book: bookToJson(paperBook()), settledUntilMs: 5.5, revision: 3, lastOrderAtMs: null, unbookedFills: [] },
  ...more,
});

const claim = (id: string, revision = 3) => ({ id, revision }) as StrategyClaim;

/** A database that has these strategies, one code, and these orders; tells what it was asked. */
function setUp(rows: readonly LoadedStrategy[], orders: readonly object[] = []) {
  const asked: string[] = [];
  const query = async (text: string, [ids]: readonly unknown[] = []) => {
    const table = /strategy_load|strategy_code|strategy_orders/.exec(text)?.[0] ?? text;
    asked.push(table);
    if (table === "strategy_load") return rows.filter(({ id }) => (ids as string[]).includes(id));
    if (table === "strategy_code")
      return (ids as string[]).includes("code") ? [{ id: "code", checked: codeOf("") }] : [];
    return orders;
  };
  return { memory: new StrategyMemory({ query: query as Sql<string>["query"] }, 200_000), asked };
}

function bookWithOrder() {
  const candle = { symbol: SYMBOL, openMs: 0, open: 100, high: 100, low: 100, close: 100, volume: 1 };
  const order = { id: ORDER_ID, symbol: SYMBOL, side: "buy", type: "limit", quantity: "1", price: "99" } as const;
  const placed = place(step(paperBook(), candle).book, order, 60_000);
  if (placed.kind !== "placed") throw new Error(placed.message);
  return bookToJson(placed.book);
}

const orderRow = (status: string) => ({
  ...{ id: ORDER_ID, strategyId: "a", runId: "r", number: 2, status, reason: "TRADING_CANCELLED: words" },
  ...{ filled: "0.5", average: "99", fee: "0.1" },
});

describe("what a claim needs", () => {
  it("is read for all strategies together, and not again while the revision is the same", async () => {
    const { memory, asked } = setUp([row("a"), row("b")]);
    const first = memory.load([claim("a"), claim("b")]);
    expect(await first.get("a")).toMatchObject({
      state: { of: "a" },
      settledUntilMs: 5,
      revision: 3,
      news: { fills: [] },
    });
    await first.get("b");
    expect(asked).toEqual(["strategy_load", "strategy_code"]);
    await memory.load([claim("a"), claim("b")]).get("b");
    expect(asked.length).toBe(2);
    await memory.load([claim("a", 4)]).get("a");
    // Its code is known.
    expect(asked.slice(2)).toEqual(["strategy_load"]);
    memory.forget("b");
    await memory.load([claim("b")]).get("b");
    expect(asked.length).toBe(4);
  });

  it("is what the last run left, once the database has it", async () => {
    const { memory, asked } = setUp([row("a")]);
    const subject = await memory.load([claim("a")]).get("a");
    if (!subject) throw new Error("nothing was loaded");
    memory.remember("a", { ...subject, revision: 4, state: { n: 1 } }, 100);
    expect((await memory.load([claim("a", 4)]).get("a"))?.state).toEqual({ n: 1 });
    expect(asked.length).toBe(2);
  });

  it("has the figures of open orders, and on paper no news", async () => {
    const { memory, asked } = setUp([row("a", { book: bookWithOrder() })], [orderRow("open")]);
    const subject = await memory.load([claim("a")]).get("a");
    expect(asked).toContain("strategy_orders");
    expect(subject?.figures.get(ORDER_ID)).toMatchObject({ runId: "r", number: 2 });
    expect(subject?.news.ends).toEqual([]);
  });

  it("has the news of an exchange, which are read anew until a run has taken them", async () => {
    const venue = row("a", { venue: "binance", book: bookWithOrder() });
    const { memory, asked } = setUp([venue], [orderRow("cancelled")]);
    for (let times = 1; times <= 2; times += 1) {
      const subject = await memory.load([claim("a")]).get("a");
      expect(subject?.news.ends).toEqual([{ id: ORDER_ID, reason: "TRADING_CANCELLED" }]);
      expect(asked.filter((table) => table === "strategy_load").length).toBe(times);
    }
  });

  it.each([
    ["that was deleted", undefined, "STRATEGY_GONE"],
    ["without a book", { book: null }, "STRATEGY_UNREADABLE"],
    ["with a book that was changed by hand", { book: { version: 1 } }, "TRADING_INVALID_BOOK"],
    ["without a currency", { account: {} }, "STRATEGY_UNREADABLE"],
    ["without code", { codeId: "gone" }, "STRATEGY_UNREADABLE"],
  ])("cannot be had of a strategy %s, and keeps no other from running", async (_, more, code) => {
    const { memory } = setUp([row("b"), ...(more ? [row("a", more)] : [])]);
    const all = memory.load([claim("a"), claim("b")]);
    await expect(all.get("a")).rejects.toMatchObject({ code });
    expect(await all.get("b")).toMatchObject({ state: { of: "b" } });
  });
});
