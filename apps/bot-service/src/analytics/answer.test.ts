import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SECOND_MS } from "@shoal/kernel";
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

it("has answers last as long as docs/analytics.md says", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/analytics.md"), "utf8");
  const rows = page.matchAll(/^\| `(\w+)` \| `([^`]+)` \| [^|]+ \| (\d+) s \| (\d+) s \| ([\w, ]+) \|$/gm);
  const documented = [...rows].map(([, name, path, ttl, floor, tags]) => {
    return { name, path, ttlMs: Number(ttl) * SECOND_MS, floorMs: Number(floor) * SECOND_MS, tags: tags?.split(", ") };
  });
  expect(documented).toEqual(
    ANALYTICS_QUERIES.map(({ name, path, ttlMs, floorMs, tags }) => ({ name, path, ttlMs, floorMs, tags })),
  );
});
