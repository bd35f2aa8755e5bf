import { leakCheck } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import {
  answered,
  appear,
  askToOpen,
  heartbeat,
  open,
  refusedJoin,
  type SimulatedServer,
  sayInVain,
  statusOfUpgrade,
  track,
} from "./support/fault-talk.ts";
import { startTestServer } from "./support/test-server.ts";

const leaks = leakCheck();

async function start(): Promise<SimulatedServer> {
  const test = await startTestServer();
  leaks.clock(test.clock);
  return test;
}

describe("sockets that drop", () => {
  it.each([1001, 1011, 1006])("close with %i, all at once, and the server goes on", async (code) => {
    await using test = await start();
    const clients = [await open(test), await open(test)];
    for (const client of clients) await client.join("room");
    expect(test.server.faults.dropSockets(code)).toBe(2);
    expect(await Promise.all(clients.map((client) => client.closed))).toEqual([code, code]);
    expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0, topics: 0 });
    await (await open(test)).join("room");
    expect(test.server.stats()).toMatchObject({ sockets: 1, channels: 1, socketsOpened: 3 });
  });

  it("drop without a close frame unless told otherwise", async () => {
    await using test = await start();
    const client = await open(test);
    expect(test.server.faults.dropSockets()).toBe(1);
    expect(await client.closed).toBe(1006);
    expect(test.server.faults.dropSockets()).toBe(0);
  });

  it("hear first that the server asked for it, when a setting of the project changed", async () => {
    await using test = await start();
    const client = await open(test);
    const old = await open(test, "1.0.0");
    await client.join("op");
    await client.join("op2", {}, "2");
    old.sendJson({ topic: "realtime:op", event: "phx_join", payload: { config: {} }, ref: "1", join_ref: "1" });
    await old.nextJson();
    test.server.faults.requestDisconnect();
    const payload = { message: "Server requested disconnect", status: "ok", extension: "system" };
    expect(await client.nextJson()).toEqual([null, null, "realtime:op", "system", payload]);
    expect(await client.nextJson()).toEqual([null, null, "realtime:op2", "system", payload]);
    expect(await old.nextJson()).toEqual({ ref: null, event: "system", topic: "realtime:op", payload });
    expect(await Promise.all([client.closed, old.closed])).toEqual([1012, 1012]);
  });

  it("hear that before anything else, and nothing of those who go with them", async () => {
    await using test = await start();
    const clients = [await open(test), await open(test)];
    for (const [index, client] of clients.entries()) await appear(client, "room", `key ${index}`);
    await clients[0]?.nextJson();
    test.server.faults.requestDisconnect();
    for (const client of clients) {
      expect(await client.nextJson()).toMatchObject([null, null, "realtime:room", "system", {}]);
      expect(await client.closed).toBe(1012);
      expect(client.unread).toEqual([]);
    }
  });
});

describe("a restart", () => {
  it.each([
    ["clean", 1012],
    ["crash", 1006],
  ] as const)(
    "of kind %s closes with %i, refuses connections and comes back on its port, empty",
    async (kind, code) => {
      await using test = await start();
      const client = await open(test);
      await appear(client, "room", "a");
      const back = test.server.faults.restart({ kind, downMs: 10_000 });
      expect(await client.closed).toBe(code);
      await test.clock.advance(9999);
      await expect(open(test)).rejects.toThrow("the socket did not open");
      await expect(askToOpen(test)).rejects.toThrow();
      expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0, topics: 0, presenceEntries: 0 });
      await test.clock.advance(1);
      await back;
      const again = await open(test);
      expect(await appear(again, "room", "a")).toEqual({});
      expect(test.server.stats()).toMatchObject({ sockets: 1, channels: 1, joinsAccepted: 2, socketsOpened: 2 });
    },
  );

  it("happens once when it is asked for twice, and again when it is over", async () => {
    await using test = await start();
    const kinds: string[] = [];
    test.server.events.on("fault:started", ({ kind }) => kinds.push(`${kind} started`));
    test.server.events.on("fault:ended", ({ kind }) => kinds.push(`${kind} ended`));
    const { faults } = test.server;
    const both = Promise.all([
      faults.restart({ kind: "clean", downMs: 1000 }),
      faults.restart({ kind: "crash", downMs: 9000 }),
    ]);
    await test.clock.advance(1000);
    await both;
    await faults.restart({ kind: "crash", downMs: 0 });
    await (await open(test)).join("room");
    const each = ["restart started", "restart ended"];
    expect(kinds).toEqual([...each, ...each]);
  });

  it("ends when the server is closed meanwhile, and nothing listens", async () => {
    await using test = await start();
    const back = test.server.faults.restart({ kind: "clean", downMs: 60_000 });
    await test.server.close();
    await back;
    await test.server.faults.restart({ kind: "clean", downMs: 0 });
    await expect(open(test)).rejects.toThrow("the socket did not open");
  });

  it("says so when somebody else took the port", async () => {
    await using test = await start();
    const back = test.server.faults.restart({ kind: "crash", downMs: 1000 });
    back.catch(() => {});
    await expect(open(test)).rejects.toThrow();
    using _other = Bun.serve({ port: test.server.port, hostname: "127.0.0.1", fetch: () => new Response("other") });
    await test.clock.advance(1000);
    await expect(back).rejects.toMatchObject({ code: "LOCAL_REALTIME_PORT", details: { port: test.server.port } });
  });

  it("leaves other faults as they are", async () => {
    await using test = await start();
    test.server.faults.halfOpen();
    await test.server.faults.restart({ kind: "clean", downMs: 0 });
    await sayInVain(test, await open(test));
    expect(test.server.stats()).toMatchObject({ joinsAccepted: 0, sockets: 0 });
  });

  it("breaks off an upgrade that was being refused and a join that was waiting", async () => {
    await using test = await start();
    const client = await open(test);
    test.server.faults.refuseJoins({ reason: "no" });
    test.server.faults.refuseUpgrades({ status: 503, reason: "away" });
    const refused = [test.server.events.next("join:refused"), test.server.events.next("socket:refused")];
    client.sendJson(["1", "1", "realtime:room", "phx_join", { config: {} }]);
    const asking = askToOpen(test);
    asking.catch(() => {});
    await Promise.all(refused);
    await test.server.faults.restart({ kind: "crash", downMs: 0 });
    await expect(asking).rejects.toThrow();
    expect(await client.closed).toBe(1006);
    expect(test.clock.pendingTimers).toBe(0);
  });
});

describe("refused upgrades", () => {
  it("answer a valid key after two seconds, until the fault is lifted", async () => {
    await using test = await start();
    const lift = test.server.faults.refuseUpgrades({ status: 429, reason: "Too many connected users" });
    const refused = test.server.events.next("socket:refused");
    const asking = askToOpen(test);
    await refused;
    await test.clock.advance(1999);
    expect(test.clock.pendingTimers).toBe(1);
    await test.clock.advance(1);
    const response = await asking;
    expect([response.status, await response.json()]).toEqual([429, { error: "Too many connected users" }]);
    lift();
    lift();
    await (await open(test)).join("room");
  });

  it("give the first of several reasons, and the next one when that is lifted", async () => {
    await using test = await start();
    const lift = test.server.faults.refuseUpgrades({ status: 403, reason: "Realtime was disabled for this tenant" });
    test.server.faults.refuseUpgrades({ status: 503, reason: "second" });
    const statuses: number[] = [];
    for (const _ of [1, 2]) {
      const refused = test.server.events.next("socket:refused");
      const asking = askToOpen(test);
      await refused;
      await test.clock.advance(2000);
      statuses.push((await asking).status);
      lift();
    }
    expect(statuses).toEqual([403, 503]);
  });
});

describe("refused joins", () => {
  it("answer after five seconds, in which the socket answers nothing else", async () => {
    await using test = await start();
    const client = await open(test);
    const other = await open(test);
    const reason = "InitializingProjectConnection: Realtime is initializing the project connection";
    const lift = test.server.faults.refuseJoins({ reason });
    const refused = test.server.events.next("join:refused");
    client.sendJson(["1", "1", "realtime:room", "phx_join", { config: {} }]);
    client.sendJson(heartbeat("2"));
    await refused;
    await test.clock.advance(4999);
    expect(await other.rest()).toEqual([]);
    lift();
    await test.clock.advance(1);
    expect(await client.nextJson()).toEqual(refusedJoin("1", "room", reason));
    expect(await client.nextJson()).toEqual(answered("2"));
    expect(await client.join("room", {}, "3")).toMatchObject([
      "3",
      "3",
      "realtime:room",
      "phx_reply",
      { status: "ok" },
    ]);
  });

  it("close the socket with 1001 right after the answer when they are told to", async () => {
    await using test = await start();
    const client = await open(test);
    await client.join("joined");
    const reason = "ClientJoinRateLimitReached: Too many joins per second";
    test.server.faults.refuseJoins({ reason, closesSocket: true });
    const refused = test.server.events.next("join:refused");
    client.sendJson(["2", "2", "realtime:room", "phx_join", { config: {} }]);
    await refused;
    await test.clock.advance(5000);
    expect(await client.nextJson()).toEqual(refusedJoin("2", "room", reason));
    expect(await client.closed).toBe(1001);
    expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0 });
  });

  it("concern only the topics that match", async () => {
    await using test = await start();
    const client = await open(test);
    test.server.faults.refuseJoins({ reason: "no", topic: /^room:/g });
    await client.join("lobby");
    for (const ref of ["2", "3"]) {
      const refused = test.server.events.next("join:refused");
      client.sendJson([ref, ref, `realtime:room:${ref}`, "phx_join", { config: {} }]);
      await refused;
      await test.clock.advance(5000);
      expect(await client.nextJson()).toEqual(refusedJoin(ref, `room:${ref}`, "no"));
    }
    expect(test.server.stats()).toMatchObject({ channels: 1, joinsRefused: 2 });
  });
});

describe("one channel", () => {
  it("crashes: phx_error, and the topic is not joined any more", async () => {
    await using test = await start();
    const client = await open(test);
    const old = await open(test, "1.0.0");
    const watching = await open(test);
    await appear(client, "crash", "k");
    old.sendJson({ topic: "realtime:crash", event: "phx_join", payload: { config: {} }, ref: "1", join_ref: "1" });
    await old.nextJson();
    await watching.join("other");
    expect(test.server.faults.crashChannel("crash")).toBe(2);
    const payload = { reason: "channel_crash" };
    expect(await client.nextJson()).toEqual(["1", "1", "realtime:crash", "phx_error", payload]);
    expect(await old.nextJson()).toMatchObject({ event: "presence_diff" });
    expect(await old.nextJson()).toEqual({ ref: "1", event: "phx_error", topic: "realtime:crash", payload });
    client.sendJson(["1", "9", "realtime:crash", "broadcast", { type: "broadcast", event: "m", payload: {} }]);
    const unmatched = { status: "error", response: { reason: "unmatched topic" } };
    expect(await client.nextJson()).toEqual([null, "9", "realtime:crash", "phx_reply", unmatched]);
    expect(await watching.rest()).toEqual([]);
    expect(test.server.faults.crashChannel("crash")).toBe(0);
    expect(test.server.stats()).toMatchObject({ sockets: 3, channels: 1, topics: 1, presenceEntries: 0 });
  });

  it("is closed with a reason: system error, then phx_close", async () => {
    await using test = await start();
    const client = await open(test);
    await client.join("ev");
    const message = "Too many messages per second";
    expect(test.server.faults.closeChannel("ev", message)).toBe(1);
    const payload = { message, status: "error", extension: "system", channel: "ev" };
    expect(await client.nextJson()).toEqual(["1", null, "realtime:ev", "system", payload]);
    expect(await client.nextJson()).toEqual(["1", "1", "realtime:ev", "phx_close", {}]);
    expect(test.server.faults.closeChannel("ev", message)).toBe(0);
  });
});

type Entries = Readonly<Record<string, { readonly metas: readonly { readonly n: number }[] }>>;
type Told = [null, null, string, string, { readonly joins: Entries; readonly leaves: Entries }];

describe("a crowd", () => {
  it("comes and goes in one change each, under keys of its own, and is there for who joins meanwhile", async () => {
    await using test = await start();
    const watching = await open(test);
    await watching.join("lobby", { presence: { enabled: true, key: "w" } });
    expect(await watching.nextJson()).toEqual(["1", null, "realtime:lobby", "presence_state", {}]);
    const leave = test.server.crowd("lobby", [{ n: 1 }, { n: 2 }]);
    const [, , , event, came] = (await watching.nextJson()) as Told;
    const numbers = Object.values(came.joins).map(({ metas }) => metas.map(({ n }) => n));
    expect([event, numbers, came.leaves]).toEqual(["presence_diff", [[1], [2]], {}]);
    const late = await open(test);
    await late.join("lobby", { presence: { enabled: true } });
    expect(await late.nextJson()).toEqual(["1", null, "realtime:lobby", "presence_state", came.joins]);
    leave();
    const gone = { joins: {}, leaves: came.joins };
    expect(await watching.nextJson()).toEqual([null, null, "realtime:lobby", "presence_diff", gone]);
    expect(test.server.stats()).toMatchObject({ presenceEntries: 0, channels: 2 });
  });
});

describe("lost presence", () => {
  it("is told to nobody, and is there again when it is tracked again", async () => {
    await using test = await start();
    const client = await open(test);
    const watching = await open(test);
    await appear(client, "lobby", "a");
    await watching.join("lobby", { presence: { enabled: true, key: "w" } });
    expect(await watching.nextJson()).toMatchObject(["1", null, "realtime:lobby", "presence_state", { a: {} }]);
    expect(test.server.faults.losePresence()).toBe(1);
    expect([await client.rest(), await watching.rest()]).toEqual([[], []]);
    expect(test.server.stats()).toMatchObject({ presenceEntries: 0, channels: 2 });
    const late = await open(test);
    await late.join("lobby", { presence: { enabled: true } });
    expect(await late.nextJson()).toEqual(["1", null, "realtime:lobby", "presence_state", {}]);
    client.sendJson(["1", "3", "realtime:lobby", "presence", track({ name: "a" })]);
    expect(await watching.nextJson()).toMatchObject([
      null,
      null,
      "realtime:lobby",
      "presence_diff",
      { joins: { a: {} } },
    ]);
  });
});

describe("somebody else over a limit", () => {
  it("refuses joins from the next tick on, until the average of a minute fell", async () => {
    await using test = await start();
    const reason = "ClientJoinRateLimitReached: Too many joins per second";
    const client = await open(test);
    await client.join("before");
    const lift = test.server.faults.exceedJoins();
    await test.clock.advance(4999);
    await client.join("still", {}, "2");
    await test.clock.advance(1);
    const refused = test.server.events.next("join:refused");
    client.sendJson(["3", "3", "realtime:late", "phx_join", { config: {} }]);
    await refused;
    await test.clock.advance(5000);
    expect(await client.nextJson()).toEqual(refusedJoin("3", "late", reason));
    expect(await client.closed).toBe(1001);
    expect(await statusOfUpgrade(test)).toBe(429);
    lift();
    lift();
    expect(await statusOfUpgrade(test)).toBe(429);
    await test.clock.advance(60_000);
    await (await open(test)).join("after");
  });

  it("is seen by the ticks it lasts over and by no other, whenever somebody asks", async () => {
    await using test = await start();
    const client = await open(test);
    await client.join("starts the counter");
    await test.clock.advance(7000);
    const lift = test.server.faults.exceedJoins();
    await client.join("after the tick of 5 s", {}, "2");
    await test.clock.advance(5000);
    lift();
    // The tick of 10 s saw it, though nobody had asked by then.
    expect(await statusOfUpgrade(test)).toBe(429);
  });

  it("closes whoever hears something, and tells a mere sender nothing", async () => {
    await using test = await start();
    const sender = await open(test);
    const listener = await open(test);
    await sender.join("ev", { broadcast: { ack: true } });
    await listener.join("ev");
    const lift = test.server.faults.exceedEvents();
    await test.clock.advance(5000);
    const say = async (ref: string) => {
      sender.sendJson(["1", ref, "realtime:ev", "broadcast", { type: "broadcast", event: "m", payload: {} }]);
      expect(await sender.nextJson()).toMatchObject(["1", ref, "realtime:ev", "phx_reply", { status: "ok" }]);
    };
    await say("2");
    const frames = (await listener.rest()).map((frame) => JSON.parse(String(frame)) as unknown[]);
    const payload = { message: "Too many messages per second", status: "error", extension: "system", channel: "ev" };
    expect(frames.slice(-2)).toEqual([
      ["1", null, "realtime:ev", "system", payload],
      ["1", "1", "realtime:ev", "phx_close", {}],
    ]);
    lift();
    await test.clock.advance(30_000);
    for (const client of [sender, listener]) client.sendJson(heartbeat("alive"));
    expect([await sender.nextJson(), await listener.nextJson()]).toEqual([answered("alive"), answered("alive")]);
    await test.clock.advance(30_000);
    await listener.join("ev", {}, "2");
    await say("3");
    expect(await listener.nextJson()).toMatchObject([null, null, "realtime:ev", "broadcast", { event: "m" }]);
    expect(await listener.rest()).toEqual([]);
  });
});

describe("faults", () => {
  it("work beside each other, say when they start and end, and end with the server", async () => {
    await using test = await start();
    const active = new Set<string>();
    test.server.events.on("fault:started", ({ kind }) => active.add(kind));
    test.server.events.on("fault:ended", ({ kind }) => active.delete(kind));
    const client = await open(test);
    const { faults } = test.server;
    faults.delay(100);
    faults.refuseJoins({ reason: "no", closesSocket: true });
    faults.muteChanges();
    const refused = test.server.events.next("join:refused");
    client.sendJson(["1", "1", "realtime:room", "phx_join", { config: {} }]);
    await refused;
    await test.clock.advance(5099);
    expect(test.server.stats().sockets).toBe(0);
    expect(test.clock.pendingTimers).toBe(1);
    await test.clock.advance(1);
    expect(await client.nextJson()).toEqual(refusedJoin("1", "room", "no"));
    expect(await client.closed).toBe(1001);
    faults.losePresence();
    expect([...active]).toEqual(["delay", "refuseJoins", "muteChanges"]);
    const last = await open(test);
    last.sendJson(heartbeat("1"));
    faults.halfOpen();
    await test.server.close();
    expect([...active]).toEqual([]);
    expect(await last.closed).toBe(1012);
  });

  it("refuse what makes no sense", async () => {
    await using test = await start();
    const { faults } = test.server;
    expect(() => faults.dropSockets(99)).toThrow("a close code is 1000 to 4999");
    expect(() => faults.refuseUpgrades({ status: 200, reason: "" })).toThrow("a status from 400 to 599");
    expect(() => faults.delay(-1)).toThrow("0 ms or more");
    expect(() => faults.delayChanges({ minMs: 2, maxMs: 1 })).toThrow("from 0 ms or more");
    await expect(faults.restart({ kind: "clean", downMs: Number.NaN })).rejects.toThrow("0 ms or more");
    await (await open(test)).join("room");
  });
});
