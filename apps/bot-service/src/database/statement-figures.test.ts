import { createEmitter } from "@shoal/kernel";
import { createDatabase, type StoreEvents, statement } from "@shoal/store";
import { ownBackends, ownPostgres, testDatabase, testRuntime } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { countStatements, readServerStatements } from "./statement-figures.ts";

it("adds up what this process sent, the slowest on average first", () => {
  const [events, patient] = [createEmitter<StoreEvents>(), createEmitter<StoreEvents>()];
  const counted = countStatements([events, patient]);
  const ended = (name: string, durationMs: number) => ({ name, durationMs, errorCode: null });
  for (const ms of [1, 2, 6]) events.emit("statement:ended", ended("lease_renew", ms));
  patient.emit("statement:ended", ended("vacuum", 900));
  expect(counted.slowest()).toEqual({
    source: "daemon",
    statements: [
      { name: "vacuum", calls: 1, meanMs: 900, maxMs: 900, totalMs: 900 },
      { name: "lease_renew", calls: 3, meanMs: 3, maxMs: 6, totalMs: 9 },
    ],
    otherCount: null,
  });
  counted.close();
  expect([events.listenerCount, patient.listenerCount]).toEqual([0, 0]);
});

it("shows twenty, however many there are", () => {
  const events = createEmitter<StoreEvents>();
  const counted = countStatements([events]);
  for (let n = 0; n < 2000; n += 1)
    events.emit("statement:ended", { name: `statement_${n}`, durationMs: n, errorCode: null });
  expect(counted.slowest().statements).toHaveLength(20);
});

describe.each(ownBackends())("a server that counts statements (%s)", (backend) => {
  it("names ours, wherever the extension is, and only counts those of others", async () => {
    const server = await ownPostgres({
      backend,
      settings: { fsync: "off", shared_preload_libraries: "pg_stat_statements" },
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const database = createDatabase<string>({ url: server.url, runtime: testRuntime() });
    onTestFinished(() => database.close());
    await database.script("create schema extensions; create extension pg_stat_statements schema extensions");
    for (let n = 0; n < 3; n += 1) await database.query(statement("story", "select $1::int as a"), [n]);
    await database.query(statement("slow_story", "(select pg_sleep(0.05))"));
    await database.query("select 'of somebody else, with a secret' as b");
    const found = await readServerStatements(database);
    expect(found).toMatchObject({
      source: "pg_stat_statements",
      statements: [
        { name: "slow_story", calls: 1 },
        { name: "story", calls: 3 },
      ],
    });
    expect(found?.statements[0]?.meanMs).toBeGreaterThan(found?.statements[1]?.maxMs ?? Infinity);
    expect(found?.otherCount).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toContain("secret");
  });
});

it("finds nothing where the server counts none: without the extension, or where it is not loaded", async () => {
  await using test = await testDatabase({ migrate: false });
  expect(await readServerStatements(test.database)).toBeNull();
  await test.database.script("create extension pg_stat_statements");
  expect(await readServerStatements(test.database)).toBeNull();
});
