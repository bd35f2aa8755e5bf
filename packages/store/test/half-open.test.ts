import { type Log, type LogFields, silentLog } from "@shoal/kernel";
import { faultProxy, testDatabase, testRuntime } from "@shoal/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createDatabase } from "../src/index.ts";

const LIMIT_MS = 30_000;
const UNAVAILABLE = { code: "STORE_UNAVAILABLE", retryable: true };

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

describe("a half-open way to Postgres", () => {
  /** A database whose patience ends only when the clock is moved, behind a proxy that can fall silent. */
  async function behindProxy({ isWarm = true, log = silentLog } = {}) {
    const test = cleanUp.use(await testDatabase({ migrate: false }));
    const url = new URL(test.url);
    const proxy = cleanUp.use(await faultProxy(Number(url.port)));
    await proxy.open();
    url.port = String(proxy.port);
    const runtime = { ...testRuntime(), log };
    const { clock } = runtime;
    const database = createDatabase<string>({ url: url.toString(), runtime, maxConnections: 3 });
    cleanUp.defer(async () => {
      await proxy.open();
      await database.close();
    });
    if (isWarm) await database.query("create table t (a int)");
    return { database, proxy, clock, direct: test.database };
  }

  it("gives a query up after 30 s, and the next one after the thaw is answered on a new connection", async () => {
    const { database, proxy, clock } = await behindProxy();
    const pid = () => database.query<{ pid: number }>("select pg_backend_pid() as pid").then(([row]) => row?.pid);
    const before = await pid();
    proxy.freeze();
    const asked = expect(database.query("select 1")).rejects.toMatchObject({
      ...UNAVAILABLE,
      details: { limit_ms: LIMIT_MS },
    });
    await clock.advance(LIMIT_MS - 1);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    await asked;
    await proxy.open();
    expect(await pid()).not.toBe(before);
    expect(clock.pendingTimers).toBe(0);
  });

  it("logs one line when it stops answering and one when it answers again, however many queries are given up", async () => {
    const lines: string[] = [];
    const write = (_fields: LogFields, message: string) => void lines.push(message.replace(/:.*/, ""));
    const log: Log = { ...silentLog, info: write, warn: write, child: () => log };
    const { database, proxy, clock } = await behindProxy({ log });
    proxy.freeze();
    for (let given = 0; given < 3; given += 1) {
      const asked = expect(database.query("select 1")).rejects.toMatchObject(UNAVAILABLE);
      await clock.advance(LIMIT_MS);
      await asked;
    }
    expect(lines).toEqual(["the database did not answer in time"]);
    await proxy.open();
    await database.query("select 1");
    expect(lines).toEqual(["the database did not answer in time", "the database answers again"]);
  });

  it("ends all that waits on the same connections with the first that is given up", async () => {
    const { database, proxy, clock } = await behindProxy();
    proxy.freeze();
    const first = database.query("select 1");
    const others = clock.advance(1000).then(() => Array.from({ length: 12 }, () => database.query("select 1")));
    const all = others.then((asked) => Promise.allSettled([first, ...asked]));
    await clock.advance(LIMIT_MS);
    for (const outcome of await all) expect(outcome).toMatchObject({ status: "rejected", reason: UNAVAILABLE });
  });

  it("gives up a statement in a transaction without waiting for a rollback", async () => {
    const { database, proxy, clock, direct } = await behindProxy();
    const isFrozen = Promise.withResolvers<void>();
    const work = database.transaction(async (tx) => {
      await tx.query("insert into t values (1)");
      proxy.freeze();
      isFrozen.resolve();
      await tx.query("insert into t values (2)");
    });
    const given = expect(work).rejects.toMatchObject(UNAVAILABLE);
    await isFrozen.promise;
    await clock.advance(LIMIT_MS);
    await given;
    await proxy.open();
    expect(await database.query("select 1 as a")).toEqual([{ a: 1 }]);
    expect(await direct.query("select a from t")).toEqual([]);
  });

  it("never runs the work of a transaction whose BEGIN was not answered", async () => {
    const { database, proxy, clock } = await behindProxy();
    proxy.freeze();
    let hasRun = false;
    const work = database.transaction(async () => {
      hasRun = true;
    });
    const given = expect(work).rejects.toMatchObject(UNAVAILABLE);
    await clock.advance(LIMIT_MS);
    await given;
    await proxy.open();
    await database.query("select 1");
    expect(hasRun).toBe(false);
  });

  it.each([
    ["a COMMIT", async () => {}],
    ["a ROLLBACK", () => Promise.reject(new Error("mine"))],
  ])("gives up %s that is not answered", async (_what, end) => {
    const { database, proxy, clock } = await behindProxy();
    const isFrozen = Promise.withResolvers<void>();
    const work = database.transaction(async () => {
      proxy.freeze();
      isFrozen.resolve();
      await end();
    });
    const given = expect(work).rejects.toMatchObject(UNAVAILABLE);
    await isFrozen.promise;
    await clock.advance(LIMIT_MS);
    await given;
  });

  it("lets a transaction's own work take longer than the limit", async () => {
    const { database, clock } = await behindProxy();
    const mayGoOn = Promise.withResolvers<void>();
    const hasBegun = Promise.withResolvers<void>();
    const work = database.transaction(async (tx) => {
      hasBegun.resolve();
      await mayGoOn.promise;
      return tx.query("select 1 as a");
    });
    await hasBegun.promise;
    await clock.advance(2 * LIMIT_MS);
    mayGoOn.resolve();
    expect(await work).toEqual([{ a: 1 }]);
  });

  it("does not wait for ever for a first connection, and gets one after the thaw", async () => {
    const { database, proxy, clock } = await behindProxy({ isWarm: false });
    proxy.freeze();
    const given = expect(database.query("select 1")).rejects.toMatchObject(UNAVAILABLE);
    await clock.advance(LIMIT_MS);
    await given;
    await proxy.open();
    expect(await database.query("select 1 as a")).toEqual([{ a: 1 }]);
  });

  it("closes while nothing answers, in the middle of a query and a transaction", async () => {
    const { database, proxy, clock } = await behindProxy();
    const isFrozen = Promise.withResolvers<void>();
    const inTransaction = database.transaction(async (tx) => {
      proxy.freeze();
      isFrozen.resolve();
      await tx.query("select 1");
    });
    const outcomes = Promise.allSettled([inTransaction, isFrozen.promise.then(() => database.query("select 1"))]);
    await isFrozen.promise;
    await clock.advance(0);
    const closed = database.close();
    await clock.advance(LIMIT_MS);
    await closed;
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: UNAVAILABLE });
    await expect(database.query("select 1")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("goes on listening after a query was given up", async () => {
    const { database, proxy, clock, direct } = await behindProxy();
    const heard = Promise.withResolvers<string>();
    const listening = Promise.withResolvers<void>();
    const listener = await database.listen("news", heard.resolve, listening.resolve);
    await listening.promise;
    proxy.freeze();
    const given = expect(database.query("select 1")).rejects.toMatchObject(UNAVAILABLE);
    await clock.advance(LIMIT_MS);
    await given;
    await proxy.open();
    await direct.query("select pg_notify('news', 'still here')");
    expect(await heard.promise).toBe("still here");
    await listener.close();
  });
});
