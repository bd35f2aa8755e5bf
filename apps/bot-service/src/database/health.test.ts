import { StoreError } from "@shoal/store";
import { createSimulatedClock, testDatabase } from "@shoal/testkit";
import { expect, it } from "vitest";
import { readDatabaseHealth } from "./health.ts";

const URL = "postgres://user:secret@db.example.com:5432/postgres";
const clock = createSimulatedClock();

/** A server that takes `takesMs` for each question. */
const answering = (takesMs: number, row: object) => ({
  async query<Row extends object>() {
    await clock.advance(takesMs);
    return [row as Row];
  },
});
const calm = { used: 3, max: 100, has_ledger: true, count: 8 };

it("asks a real server, before and after its migrations", async () => {
  for (const migrate of [true, false]) {
    await using test = await testDatabase({ migrate });
    const found = await readDatabaseHealth({ database: test.database, url: test.url, clock, migrationCount: 1 });
    expect(found).toMatchObject({ isReachable: true, latencyMs: 0, errorCode: null, poolerMode: "direct" });
    expect(found.connections?.used).toBeGreaterThan(0);
    expect(found.migrations?.pending).toBe(migrate ? 0 : 1);
    expect(found.status).toBe(migrate ? "healthy" : "warning");
  }
});

it.each([
  ["calm", 1, calm, "healthy", /^$/],
  ["slow", 1000, calm, "warning", /takes a second/],
  ["full", 1, { ...calm, used: 90 }, "warning", /90 of 100 connections/],
  ["read-only", 1, { ...calm, is_read_only: true }, "critical", /takes no writes/],
  ["behind", 1, { ...calm, count: 7 }, "warning", /Migrations/],
] as const)("judges a server that is %s", async (_, takesMs, row, status, advice) => {
  const found = await readDatabaseHealth({ database: answering(takesMs, row), url: URL, clock, migrationCount: 8 });
  expect(found).toMatchObject({ status, latencyMs: takesMs });
  expect(found.recommendations.join()).toMatch(advice);
});

it("is an answer as well when there is none", async () => {
  const away = { query: () => Promise.reject(new StoreError("STORE_UNAVAILABLE", `away: ${URL}`)) };
  const found = await readDatabaseHealth({ database: away, url: URL, clock, migrationCount: 8 });
  expect(found).toMatchObject({
    status: "critical",
    isReachable: false,
    errorCode: "STORE_UNAVAILABLE",
    latencyMs: null,
  });
  expect(JSON.stringify(found)).not.toContain("secret");
});
