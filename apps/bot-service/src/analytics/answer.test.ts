import { expect, it } from "vitest";
import { answerVersions } from "./answer.ts";
import type { FleetAnalytics } from "./own-tables.ts";
import { ANALYTICS_QUERIES } from "./queries.ts";

const versionsOf = (analytics: FleetAnalytics) => ANALYTICS_QUERIES.map(answerVersions(analytics));
const trades = { table: "trades", userId: "u", symbol: "s", quantity: "q", price: "p", at: "at" };

it("tells apart the answers of daemons that ask differently, and of no others", () => {
  const plain = versionsOf({});
  expect(versionsOf({ queries: {} })).toEqual(plain);
  const replaced = versionsOf({ queries: { revenue: "select 1" } });
  expect(replaced.map((version, at) => version === plain[at])).toEqual(
    ANALYTICS_QUERIES.map(({ name }) => name !== "revenue"),
  );
  expect(versionsOf({ queries: { revenue: "select 2" } })[1]).not.toBe(replaced[1]);
  for (const other of [{ trades }, { users: { table: "users", createdAt: "at" } }]) {
    expect(versionsOf(other).every((version, at) => version !== plain[at])).toBe(true);
  }
});
