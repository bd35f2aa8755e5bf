import { makeKeys, type RealtimeServer, startRealtimeServer } from "@shoal/local-supabase";
import { createRealtimePool, type RealtimePool } from "@shoal/realtime-pool";
import { type TestDatabase, testDatabase, usualBackends } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deaf, forgetBots, insert, makeReplica, type Replica } from "./control-support.ts";

const polledEvery = (seconds: number) =>
  `commands are found by polling every ${seconds} s: neither LISTEN nor Realtime tells of them`;
const SECRET = "a secret for tests that is long enough to sign with";

/** Both in a soak only: what each sends to a Realtime server is tested in local-supabase. */
const BACKENDS = usualBackends();

describe.each(BACKENDS)("what the control hears by Realtime alone, on the %s backend", (backend) => {
  let test: TestDatabase;
  let server: RealtimeServer;
  let pool: RealtimePool;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    const { runtime } = test;
    server = await startRealtimeServer({ runtime, jwtSecret: SECRET, databaseUrl: test.url });
    const { serviceRole } = await makeKeys({ jwtSecret: SECRET, now: () => runtime.clock.now() });
    // Joins again at once, because the test waits for the server.
    const options = {
      start: { mode: "quota" },
      retryBaseMs: 10,
      retryMaxMs: 100,
      probeBaseMs: 10,
      probeMaxMs: 50,
    } as const;
    pool = createRealtimePool({ url: server.url, apiKey: serviceRole, runtime, options });
  });
  beforeEach(() => forgetBots(test.database));
  afterAll(async () => {
    await pool?.close();
    await server?.close();
    await test?.[Symbol.asyncDispose]();
  });

  const listening = (id: string): Replica => makeReplica(test, { id, pool, database: deaf(test.connect()) });
  const until = (replica: Replica, changes: Replica["control"]["feed"]["changes"]) =>
    replica.control.feed.changes === changes
      ? Promise.resolve()
      : replica.control.events.next("control:feed", ({ state }) => state.changes === changes).then(() => {});

  it("is every command, and it says so in its health", async () => {
    await using replica = listening("r1");
    replica.control.start();
    expect(replica.control.health()).toEqual({ state: "degraded", detail: polledEvery(3600) });
    await until(replica, "ready");
    expect(replica.control.health()).toEqual({ state: "ok" });
    await insert(test.database, "b", "START_BOT");
    await replica.told("b", "running");
    await insert(test.database, "b", "PAUSE_BOT");
    await replica.told("b", "paused");
    expect(replica.control.feed).toEqual({ changes: "ready", listen: "unsupported" });
  });

  it("is made up for by looking when it was away: each command once, in its order", async () => {
    await using replica = listening("r1");
    replica.control.start();
    await until(replica, "ready");
    const lost = until(replica, "lost");
    const back = server.faults.restart({ kind: "crash", downMs: 2000 });
    await lost;
    const ids: string[] = [];
    for (const command of ["START_BOT", "PAUSE_BOT", "RESUME_BOT"]) ids.push(await insert(test.database, "b", command));
    expect(replica.seen("command:applied")).toEqual([]);
    await back;
    await replica.told("b", "running");
    expect(replica.seen("command:applied").map(({ commandId }) => commandId)).toEqual(ids);
  });

  it("tells of bots that a drained replica leaves", async () => {
    const drained = makeReplica(test, { id: "drained", database: deaf(test.connect()) });
    drained.control.start();
    await drained.control.commands.issue([{ botId: "a", command: "START_BOT" }]);
    await drained.told("a", "running");
    await using heir = listening("heir");
    heir.control.start();
    await until(heir, "ready");
    await heir.rounds();
    await drained.control.drain(5000);
    await heir.told("a", "running");
  });

  // Once is enough: the silence is that of our server, and takes 5 s to be noticed.
  if (backend === "embedded")
    it("dies without a word after a long outage, is found out by the first command it does not tell of, and heard anew", async () => {
      await using replica = listening("r1");
      replica.control.start();
      await until(replica, "ready");
      expect(server.faults.silenceChanges()).toBe(1);
      const lost = until(replica, "lost");
      await insert(test.database, "b", "START_BOT");
      // Found by looking, as by the clock: nothing tells of it.
      await replica.rounds();
      await replica.told("b", "running");
      expect(replica.control.health()).toEqual({ state: "ok" });
      await lost;
      expect(replica.control.health()).toEqual({ state: "degraded", detail: polledEvery(3600) });
      await until(replica, "ready");
      await insert(test.database, "b", "PAUSE_BOT");
      await replica.told("b", "paused");
      expect(replica.control.health()).toEqual({ state: "ok" });
      expect(replica.seen("command:applied").map(({ command }) => command)).toEqual(["START_BOT", "PAUSE_BOT"]);
    });

  it("is nothing while a table is not published, which its health says", async () => {
    await test.database.script("alter publication supabase_realtime drop table public.bot_control");
    try {
      await using replica = listening("r1");
      replica.control.start();
      await until(replica, "refused");
      expect(replica.control.health()).toEqual({
        state: "degraded",
        detail: expect.stringMatching(new RegExp(`^${polledEvery(3600)}; .*publication supabase_realtime`)),
      });
    } finally {
      await test.database.script("alter publication supabase_realtime add table public.bot_control");
    }
  });
});

describe("without Realtime and without LISTEN", () => {
  it("commands are found by looking from time to time", async () => {
    await using test = await testDatabase();
    await using replica = makeReplica(test, { database: deaf(test.connect()), catchUpMs: 20 });
    replica.control.start();
    await replica.rounds();
    await insert(test.database, "b", "START_BOT");
    await replica.told("b", "running");
    expect(replica.control.health()).toEqual({ state: "degraded", detail: polledEvery(1) });
  });
});
