import { createEmitter, createSystemRuntime } from "@shoal/kernel";
import { testDatabase } from "@shoal/testkit";
import { expect, it, onTestFinished, vi } from "vitest";
import { createDatabase, type DatabaseOptions, type StoreEvents, statement } from "../src/index.ts";

/** A database whose sessions carry its name, beside another one that sees them. */
async function watched(options: Partial<DatabaseOptions> = {}) {
  const test = await testDatabase({ migrate: false });
  onTestFinished(() => test[Symbol.asyncDispose]());
  const events = createEmitter<StoreEvents>();
  const ended: StoreEvents["statement:ended"][] = [];
  const waits: StoreEvents["connection:waited"][] = [];
  events.on("statement:ended", (event) => ended.push(event));
  events.on("connection:waited", (event) => waits.push(event));
  const url = `${test.url}?application_name=watched`;
  const database = createDatabase<string>({ url, runtime: createSystemRuntime(), prepare: true, events, ...options });
  onTestFinished(() => database.close());
  const sessions = () =>
    test.database
      .query<{ query: string }>("select query from pg_stat_activity where application_name = 'watched'")
      .then((rows) => rows.map(({ query }) => query));
  return { database, sessions, ended, waits };
}

it("closes connections at rest, and opens one for the next query", async () => {
  const { database, sessions } = await watched({ idleLimitMs: 1000 });
  await Promise.all([database.query("select 1"), database.query("select 2")]);
  expect(await sessions()).not.toEqual([]);
  await vi.waitFor(async () => expect(await sessions()).toEqual([]), { timeout: 30_000, interval: 100 });
  expect(await database.query("select 1 as a")).toEqual([{ a: 1 }]);
});

it("hears all channels over one connection, which stays", async () => {
  const { database, sessions } = await watched({ idleLimitMs: 1000 });
  const heard: string[] = [];
  const news = Promise.withResolvers<void>();
  const ignore = () => {};
  for (const channel of ["a", "b", "c"]) {
    const onPayload = (payload: string) => (heard.push(`${channel} ${payload}`) === 2 ? news.resolve() : undefined);
    await database.listen(channel, onPayload, ignore);
  }
  await database.query("select 1");
  await vi.waitFor(async () => expect(await sessions()).toHaveLength(1), { timeout: 30_000, interval: 100 });
  await database.query("select pg_notify('b', 'first'), pg_notify('c', 'second')");
  await news.promise;
  expect(heard).toEqual(["b first", "c second"]);
});

it("shows the name of a statement to the server", async () => {
  const { database, sessions } = await watched();
  await database.query(statement("story", "select 1"));
  expect(await sessions()).toContain("select /* story */ 1");
});

it("tells of each statement by its name, and of those around it, with how it ended", async () => {
  const { database, ended, waits } = await watched();
  await database.query(statement("good", "select 1"));
  await expect(database.query(statement("bad", "select 1 / 0"))).rejects.toThrow("does not fit");
  await database.transaction((tx) => tx.query(statement("inside", "select 1")));
  const mine = new Error("mine");
  await expect(database.transaction(() => Promise.reject(mine))).rejects.toBe(mine);
  await database.script("select 1; select 2");
  await database.query("select 1");
  await database.listen(
    "news",
    () => {},
    () => {},
  );
  expect(ended.map(({ name, errorCode }) => `${name} ${errorCode}`)).toEqual([
    ...["good null", "bad STORE_QUERY", "begin null", "inside null", "commit null", "begin null", "rollback null"],
    ...["script null", "unnamed null", "listen null"],
  ]);
  for (const { durationMs } of ended) expect(durationMs).toBeGreaterThanOrEqual(0);
  expect(waits).toHaveLength(6);
  expect(JSON.stringify(ended)).not.toContain("select");
});

it("refuses who waits for too long for a connection that others hold, and has one for them again", async () => {
  const { database, waits } = await watched({ maxConnections: 1, waitLimitMs: 20 });
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const holding = database.transaction(async () => {
    begun.resolve();
    await end.promise;
  });
  await begun.promise;
  const waiting = database.query("select 1");
  expect(database.connections()).toEqual({ limit: 1, busyCount: 1, waitingCount: 1 });
  await expect(waiting).rejects.toMatchObject({ code: "STORE_BUSY", retryable: true });
  expect(waits.at(-1)).toEqual({ waitedMs: 20, isBusy: true });
  end.resolve();
  await holding;
  expect(await database.query("select 1 as a")).toEqual([{ a: 1 }]);
});
