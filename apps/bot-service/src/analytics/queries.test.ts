import { describe, expect, it } from "vitest";
import { issueWords } from "../issue-words.ts";
import { ANALYTICS_QUERIES, type AnalyticsQueryName, answerKey } from "./queries.ts";

const query = (name: AnalyticsQueryName) => {
  const found = ANALYTICS_QUERIES.find((each) => each.name === name);
  if (!found) throw new Error(`there is no query ${name}`);
  return found;
};

describe("what is asked of a query", () => {
  it.each([
    ["dashboard", {}, "dashboard:30d:all:10:UTC:"],
    [
      "dashboard",
      { range: "24h", zone: "Asia/Kathmandu", currency: "EUR", venue: "paper" },
      "dashboard:24h:paper:10:Asia/Kathmandu:EUR",
    ],
    ["revenue", { range: "all" }, "revenue:all:all:10:UTC:"],
    ["user_growth", { range: "365d", zone: "Pacific/Apia" }, "user_growth:365d:all:10:Pacific/Apia:"],
    ["dashboard", { zone: "europe/BERLIN" }, "dashboard:30d:all:10:Europe/Berlin:"],
    ["user_growth", { zone: "utc" }, "user_growth:30d:all:10:UTC:"],
    ["top_users_by_profit", { range: "last_month", limit: "100" }, "top_users_by_profit:last_month:all:100:UTC:"],
    ["top_users_by_volume", {}, "top_users_by_volume:month:all:10:UTC:"],
    ["asset_performance", { venue: "own", limit: "1" }, "asset_performance:30d:own:1:UTC:"],
  ] as const)("is complete, and has one key: %s %j", (name, given, key) => {
    expect(answerKey(query(name), query(name).parameters.parse(given))).toBe(key);
  });

  it.each([
    ["dashboard", { range: "31d" }, "range"],
    ["dashboard", { range: "month" }, "range"],
    ["dashboard", { range: "" }, "range"],
    ["top_users_by_profit", { range: "30d" }, "range"],
    ["dashboard", { zone: "Mars/Olympus" }, "zone"],
    ["dashboard", { zone: "" }, "zone"],
    // Postgres reads the sign of an offset the other way round.
    ["dashboard", { zone: "+02:00" }, "zone"],
    ["revenue", { zone: `Europe/${"x".repeat(100)}` }, "zone"],
    ["top_users_by_profit", { limit: "0" }, "limit"],
    ["top_users_by_profit", { limit: "101" }, "limit"],
    ["top_users_by_profit", { limit: "1.5" }, "limit"],
    ["asset_performance", { limit: "ten" }, "limit"],
    ["asset_performance", { limit: "" }, "limit"],
    ["dashboard", { currency: "x".repeat(129) }, "currency"],
    ["dashboard", { currency: "" }, "currency"],
    ["dashboard", { currency: "E\0R" }, "currency"],
    ["dashboard", { venue: "binance" }, "venue"],
    ["dashboard", { limit: "3" }, "limit"],
    ["user_growth", { venue: "paper" }, "venue"],
    ["top_users_by_volume", { zone: "UTC" }, "zone"],
  ] as const)("is refused by the field at fault: %s %j", (name, given, field) => {
    const { error } = query(name).parameters.safeParse(given);
    expect(issueWords(error?.issues[0]).field).toBe(field);
  });
});

it("lasts as the one table says", () => {
  const seconds = ANALYTICS_QUERIES.map(({ name, ttlMs, floorMs }) => [name, ttlMs / 1000, floorMs / 1000]);
  expect(seconds).toEqual([
    ["dashboard", 60, 30],
    ["revenue", 300, 60],
    ["user_growth", 600, 60],
    ["top_users_by_profit", 300, 60],
    ["top_users_by_volume", 300, 60],
    ["asset_performance", 300, 60],
  ]);
});
