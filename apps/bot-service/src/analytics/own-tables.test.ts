import { describe, expect, it } from "vitest";
import { issueWords } from "../issue-words.ts";
import { fleetAnalyticsSchema, ownTradesQuery, ownUsersQuery } from "./own-tables.ts";

const trades = {
  table: "shop.deals",
  userId: "user_id",
  symbol: "pair",
  quantity: "amount",
  price: "rate",
  at: "made_at",
};

describe("own tables of a fleet file", () => {
  it("are read by names that are quoted, whatever stands in them", () => {
    expect(ownTradesQuery({ ...trades, table: 'a"b.c.d', at: 'x"; drop table y; --', fee: "Fee" })).toBe(
      `select "user_id"::text as user_id, "pair"::text as symbol, null::text as currency, "amount"::numeric as quantity, "rate"::numeric as price, null::numeric as volume, null::numeric as profit, "Fee"::numeric as fee, "x""; drop table y; --"::timestamptz as at from "a""b"."c.d"`,
    );
    expect(ownUsersQuery({ table: "people", createdAt: "createdAt" })).toBe(
      `select "createdAt"::timestamptz as created_at from "public"."people"`,
    );
    expect([ownTradesQuery(undefined), ownUsersQuery(undefined)]).toEqual([null, null]);
  });

  it.each([
    [{ trades: { ...trades, price: undefined } }, "trades.price"],
    [{ trades: { ...trades, at: undefined } }, "trades.at"],
    [{ trades: { ...trades, userID: "x" } }, "trades.userID"],
    [{ trades: { ...trades, table: "public." } }, "trades.table"],
    [{ trades: { ...trades, symbol: "" } }, "trades.symbol"],
    // Postgres cuts it, and would mean another column.
    [{ trades: { ...trades, symbol: "ü".repeat(32) } }, "trades.symbol"],
    [{ trades: { ...trades, symbol: "a\0" } }, "trades.symbol"],
    [{ users: { table: "people" } }, "users.createdAt"],
    [{ queries: { dashbord: "select 1" } }, "queries.dashbord"],
    [{ queries: { dashboard: "" } }, "queries.dashboard"],
    [{ queries: { dashboard: 1 } }, "queries.dashboard"],
    [{ cache: {} }, "cache"],
  ])("are refused by the field at fault: %j", (given, field) => {
    const { error } = fleetAnalyticsSchema.safeParse(given);
    expect(issueWords(error?.issues[0]).field).toBe(field);
  });

  it("may be left out, each for itself", () => {
    for (const given of [
      {},
      { trades },
      { users: { table: "t", createdAt: "c" } },
      { queries: { revenue: "select 1" } },
    ])
      expect(fleetAnalyticsSchema.safeParse(given).success).toBe(true);
  });
});
