import { isFleetError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import type { FakeDriverOptions } from "../test/fake-driver.ts";
import { poolsWithoutLeaks, silentNotices } from "../test/make-pool.ts";
import type { Evidence } from "./classify.ts";
import type { PoolOptions } from "./options.ts";
import type { PooledChannel } from "./types.ts";

const makePool = poolsWithoutLeaks();

const DOWN: Evidence = { where: "handshake", text: "Failed to connect", closeCode: 1006 };
const DROPPED: Evidence = { where: "close", text: "", closeCode: 1006 };
const FORBIDDEN: Evidence = { where: "join", text: "Unauthorized: You do not have permissions to read" };
const OVERLOADED: Evidence = { where: "join", text: "ClientJoinRateLimitReached: Too many joins per second" };
const RESTARTING: Evidence = { where: "join", text: "RealtimeRestarting" };

const many = (count: number, name = "user") => Array.from({ length: count }, (_, index) => `${name}:${index}`);

/** The code an operation was refused with, and its error class where it has one. */
async function refusal(work: Promise<unknown>): Promise<{ code: string; errorClass: unknown; retryable: boolean }> {
  try {
    await work;
  } catch (thrown) {
    if (!isFleetError(thrown)) throw thrown;
    return { code: thrown.code, errorClass: thrown.details["errorClass"], retryable: thrown.retryable };
  }
  throw new Error("it was not refused");
}

describe("acquire", () => {
  it("resolves with a joined channel and fills a socket before it opens another", async () => {
    const { pool, driver } = makePool({ channelsPerSocket: 3 });
    const channels = await Promise.all(many(7).map((topic) => pool.acquire(topic)));
    expect(channels.map((channel) => channel.status)).toEqual(Array(7).fill("joined"));
    expect(driver.sockets.map((socket) => socket.topics.length)).toEqual([3, 3, 1]);
    expect(pool.getStats()).toMatchObject({
      sockets: { open: 3, connecting: 0 },
      slots: { held: 7 },
      channels: { joined: 7, waiting: 0 },
      joins: { total: 7, refused: 0 },
      budgets: { joins: { used: 7 } },
    });
  });

  it("lists the channels that are held, with their sockets, and those that have no slot yet", async () => {
    const { pool, driver } = makePool({ channelsPerSocket: 2, maxSockets: 1 });
    const [kept] = await Promise.all([
      pool.acquire("room:1", { clientId: "ada", priority: "room" }),
      pool.acquire("lobby", { clientId: "ben", priority: "lobby" }),
    ]);
    const waiting = pool.acquire("room:2", { clientId: "cleo" });
    const [socket] = pool.listSockets();
    expect(pool.listSockets()).toEqual([{ socketId: socket?.socketId, status: "open", slotsHeld: 2 }]);
    expect(driver.sockets).toHaveLength(1);
    const socketId = socket?.socketId ?? null;
    expect(pool.listChannels()).toEqual([
      { topic: "room:1", clientId: "ada", status: "joined", priority: "room", socketId },
      { topic: "lobby", clientId: "ben", status: "joined", priority: "lobby", socketId },
      { topic: "room:2", clientId: "cleo", status: "waiting", priority: "idle", socketId: null },
    ]);
    await kept.release();
    await waiting;
    expect(pool.listChannels().map(({ topic }) => topic)).toEqual(["lobby", "room:2"]);
  });

  it("gives every holder of one topic a socket of its own", async () => {
    const { pool, driver } = makePool();
    await Promise.all([1, 2, 3].map(() => pool.acquire("room:1")));
    expect(driver.sockets.map((socket) => socket.topics)).toEqual([["room:1"], ["room:1"], ["room:1"]]);
  });

  it("refuses a topic that does not fit the wire", async () => {
    const { pool } = makePool();
    expect((await refusal(pool.acquire(""))).code).toBe("POOL_BAD_TOPIC");
    expect((await refusal(pool.acquire("ü".repeat(124)))).code).toBe("POOL_BAD_TOPIC");
    await pool.acquire("ü".repeat(123));
  });

  it("joins private topics where the pool's are private, unless a channel says otherwise", async () => {
    const { pool, driver } = makePool({ private: true });
    await pool.acquire("room:1");
    await pool.acquire("room:2", { config: { self: true } });
    await pool.acquire("room:3", { config: { private: false } });
    expect(driver.joins.map(({ request }) => request.config)).toEqual([
      { private: true },
      { private: true, self: true },
      { private: false },
    ]);
  });

  it("sends one join of a private topic at a time on a socket, and on all sockets at once", async () => {
    const { pool, driver, settle } = makePool(
      { channelsPerSocket: 2 },
      { join: (_, index) => (index === 0 ? "ok" : "hold") },
    );
    const config = { private: true };
    await pool.acquire("user:known", { config });
    const work = many(4).map((topic) => pool.acquire(topic, { config }));
    await settle();
    expect(driver.joinedTopics.slice(1)).toEqual(["user:0", "user:1", "user:3"]);
    driver.joins[2]?.accept();
    await settle();
    expect(driver.joinedTopics.slice(1)).toEqual(["user:0", "user:1", "user:3", "user:2"]);
    for (const join of driver.joins.slice(1)) join.accept();
    await Promise.all(work);
  });

  it("sends up to three joins of public topics at a time while they succeed, one after a refusal or a pause", async () => {
    const { pool, driver, settle } = makePool({ channelsPerSocket: 90 });
    await pool.acquire("user:known");
    const inFlight = () => driver.joins.filter(({ isAlive, isJoined }) => isAlive && !isJoined);
    const answerAll = async () => {
      await settle();
      const joins = inFlight();
      for (const join of joins) join.accept();
      return joins.length;
    };
    driver.options = { join: () => "hold" };
    for (const burst of ["first", "second"]) {
      const work = many(10, burst).map((topic) => pool.acquire(topic));
      const counts: number[] = [];
      for (let count = await answerAll(); count > 0; count = await answerAll()) counts.push(count);
      expect([burst, counts]).toEqual([burst, [1, 2, 3, 3, 1]]);
      await Promise.all(work);
    }
    driver.options = { join: () => FORBIDDEN };
    expect((await refusal(pool.acquire("user:refused"))).errorClass).toBe("permission");
    driver.options = { join: () => "hold" };
    const others = many(5, "other").map((topic) => pool.acquire(topic));
    expect([await answerAll(), await answerAll(), await answerAll()]).toEqual([1, 2, 2]);
    await Promise.all(others);
  });

  it("lets rooms go before the lobby and both before the rest", async () => {
    const { pool, driver, settle } = makePool({ maxSockets: 1 });
    const config = { private: true };
    await pool.acquire("bot:known", { config });
    driver.options = { join: () => "hold" };
    const work = [pool.acquire("bot:first", { config })];
    await settle();
    for (const priority of ["idle", "lobby", "idle", "room"] as const) {
      work.push(pool.acquire(`bot:${priority}-${work.length}`, { config, priority }));
    }
    driver.options = {};
    driver.joins[1]?.accept();
    await Promise.all(work);
    expect(driver.joinedTopics.slice(2)).toEqual(["bot:room-4", "bot:lobby-2", "bot:idle-1", "bot:idle-3"]);
  });

  it("rejects with the signal's reason when aborted, and frees the slot", async () => {
    const { pool, driver, settle } = makePool({}, { join: () => "hold" });
    const controller = new AbortController();
    const work = pool.acquire("room:1", { signal: controller.signal });
    work.catch(() => {});
    await settle();
    const reason = new Error("the person went away");
    controller.abort(reason);
    await expect(work).rejects.toBe(reason);
    await settle();
    expect(driver.joins[0]?.isLeft).toBe(true);
    expect(pool.getStats().slots.held).toBe(0);
    await expect(pool.acquire("room:1", { signal: controller.signal })).rejects.toBe(reason);
  });

  it("waits for a slot when all are taken, and refuses when the waiting room is full too", async () => {
    const { pool, settle } = makePool({ channelsPerSocket: 1, maxSockets: 1, maxWaiting: 1, idleSocketMs: 0 });
    const first = await pool.acquire("a");
    const second = pool.acquire("b");
    await settle();
    expect(await refusal(pool.acquire("c"))).toMatchObject({ code: "POOL_CAPACITY_EXHAUSTED", retryable: true });
    await first.release();
    expect((await second).status).toBe("joined");
  });
});

describe("a refused join", () => {
  it.each([
    ["permission", FORBIDDEN],
    ["auth", { where: "join", text: "JwtSignatureError: Failed to validate JWT signature" }],
    ["bad-request", { where: "join", text: "TopicNameRequired: You must provide a topic name" }],
    ["configuration", { where: "join", text: "PrivateOnly: This project only allows private channels" }],
  ] as const)("is final for class %s: one join, then POOL_JOIN_REFUSED", async (errorClass, evidence) => {
    const { pool, driver, clock } = makePool({}, { join: () => evidence });
    const outcome = await refusal(pool.acquire("room:1"));
    expect(outcome).toEqual({ code: "POOL_JOIN_REFUSED", errorClass, retryable: false });
    await clock.advance(120_000);
    expect(driver.joins.length).toBe(1);
    expect(pool.getStats()).toMatchObject({ channels: { failed: 1, waiting: 0 }, errorsByClass: { [errorClass]: 1 } });
  });

  it("is tried again with growing waits until it succeeds", async () => {
    const { pool, driver, clock } = makePool({}, { join: (_, index) => (index < 3 ? RESTARTING : "ok") });
    const refused: (number | null)[] = [];
    pool.events.on("channel:refused", ({ retryInMs }) => refused.push(retryInMs));
    const work = pool.acquire("room:1");
    for (let second = 0; second < 30 && driver.joins.length < 4; second += 1) await clock.advance(1000);
    expect((await work).status).toBe("joined");
    expect(refused.length).toBe(3);
    expect(refused[2]).toBeGreaterThan(refused[0] ?? Number.POSITIVE_INFINITY);
  });

  it("ends after the number of tries asked for", async () => {
    const { pool, driver, clock } = makePool({}, { join: () => RESTARTING });
    const work = refusal(
      pool.createChannelWithRetry("bot-1", "room:1", {}, { maxRetries: 2, baseDelay: 100, maxDelay: 200 }),
    );
    await clock.advance(60_000);
    expect(await work).toEqual({ code: "POOL_JOIN_REFUSED", errorClass: "server", retryable: true });
    expect(driver.joins.length).toBe(3);
  });

  it("moves to another socket when its socket is full on the server, and so do those behind it", async () => {
    const full: Evidence = { where: "join", text: "ChannelRateLimitReached: Too many channels" };
    const { pool, driver, clock, settle } = makePool({}, { join: (_, index) => (index === 2 ? full : "ok") });
    const work = Promise.all(many(5).map((topic) => pool.acquire(topic, { config: { private: true } })));
    await settle();
    await clock.advance(3000);
    await work;
    expect(driver.sockets.map((socket) => [...socket.topics].sort())).toEqual([
      ["user:0", "user:1"],
      ["user:2", "user:3", "user:4"],
    ]);
    expect(pool.getStats().joins.refused).toBe(1);
  });

  it("for too many joins stops everybody's joins for a while", async () => {
    const { pool, driver, clock, settle } = makePool({}, { join: (_, index) => (index === 0 ? OVERLOADED : "ok") });
    const work = Promise.all(many(5).map((topic) => pool.acquire(topic)));
    await settle();
    await clock.advance(9_900);
    expect(driver.joins.length).toBe(1);
    await clock.advance(5_000);
    await work;
    expect(driver.joins.length).toBe(6);
    // One join of ours says nothing of the limit: the least is tried.
    expect(pool.getStats().budgets.joins.allowed).toBe(299);
  });
});

describe("the join budget", () => {
  it("lets no more joins out in a window than the share allows", async () => {
    const { pool, driver, clock, settle } = makePool({
      joinsPerSecond: 1,
      joinShare: 0.5,
      channelsPerSocket: 100,
    });
    const work = Promise.all(many(50).map((topic) => pool.acquire(topic)));
    await settle();
    expect(driver.joins.length).toBe(27);
    expect(pool.getStats()).toMatchObject({ joins: { pending: 23 }, budgets: { joins: { used: 27, allowed: 29 } } });
    await clock.advance(59_000);
    expect(driver.joins.length).toBe(27);
    await clock.advance(4_000);
    await work;
  });

  it("keeps a tenth for rooms and the lobby, so that they need not wait until what idle channels took is free", async () => {
    const { pool, driver, settle } = makePool({ joinsPerSecond: 1, joinShare: 0.5, channelsPerSocket: 100 });
    for (const topic of many(50)) pool.acquire(topic).catch(() => {});
    await settle();
    expect(driver.joins.length).toBe(27);
    await pool.acquire("lobby", { priority: "lobby" });
    for (const topic of ["room:1", "room:2"]) pool.acquire(topic, { priority: "room" }).catch(() => {});
    await settle();
    expect(driver.joinedTopics.slice(27)).toEqual(["lobby", "room:1"]);
  });

  it("treats a server as just started when told so", async () => {
    const { pool, driver, settle } = makePool({ joinsPerSecond: 1, joinShare: 1, unknownServerAge: "cold" });
    for (const topic of many(20)) pool.acquire(topic).catch(() => {});
    await settle();
    expect(driver.joins.length).toBe(9);
  });
});

describe("stagger", () => {
  it("starts clients 5 to 8 s apart, and one client's channels together", async () => {
    const { pool, clock } = makePool({ start: { mode: "stagger", minMs: 5000, maxMs: 8000 } });
    const joinedAtMs = new Map<string, number>();
    pool.events.on("channel:joined", ({ topic }) => joinedAtMs.set(topic, clock.monotonicMs()));
    const topics = ["bot-0", "bot-1", "bot-2"].flatMap((clientId) => [`${clientId}:user`, `${clientId}:lobby`]);
    const work = Promise.all(topics.map((topic) => pool.acquire(topic, { clientId: topic.split(":")[0] ?? "" })));
    await clock.advance(20_000);
    await work;
    const times = topics.map((topic) => joinedAtMs.get(topic) ?? Number.NaN);
    expect(times[0]).toBeLessThan(100);
    for (const client of [0, 1, 2]) expect((times[client * 2 + 1] ?? 0) - (times[client * 2] ?? 0)).toBeLessThan(100);
    for (const client of [1, 2]) {
      const apartMs = (times[client * 2] ?? 0) - (times[client * 2 - 2] ?? 0);
      expect(apartMs).toBeGreaterThanOrEqual(5000);
      expect(apartMs).toBeLessThanOrEqual(8100);
    }
  });

  it("does not hold back what somebody waits for, whether or not its client has started", async () => {
    const { pool, clock } = makePool({ start: { mode: "stagger", minMs: 5000, maxMs: 8000 } });
    for (const clientId of ["bot-1", "bot-2", "bot-3"])
      void pool.acquire(`user:${clientId}`, { clientId }).catch(() => {});
    await clock.advance(1);
    for (const clientId of ["bot-3", "observer"]) {
      const channel = await pool.acquire(`room:${clientId}`, { clientId, isStaggered: false });
      expect(channel.status).toBe("joined");
    }
  });

  it("does not hold back a later channel of a client that has started", async () => {
    const { pool, clock } = makePool({ start: { mode: "stagger", minMs: 5000, maxMs: 8000 } });
    await pool.acquire("user:1", { clientId: "bot-1" });
    void pool.acquire("user:2", { clientId: "bot-2" }).catch(() => {});
    await clock.advance(1);
    expect((await pool.acquire("room:1", { clientId: "bot-1" })).status).toBe("joined");
  });
});

describe("a lost socket", () => {
  async function joinedPool(count: number, overrides: Partial<PoolOptions> = {}, script: FakeDriverOptions = {}) {
    const made = makePool({ channelsPerSocket: 2, ...overrides }, script);
    const channels = await Promise.all(many(count).map((topic) => made.pool.acquire(topic)));
    return { ...made, channels };
  }

  it("brings its channels back on a new socket with config, handlers and presence, and says how long they were away", async () => {
    const { pool, driver, clock } = makePool();
    const config = { self: true, presence: { key: "bot-1", listen: true } };
    const channel = await pool.acquire("room:1", { config });
    const heard: unknown[] = [];
    channel.onBroadcast("message", (payload) => heard.push(payload));
    await channel.track({ bot: true });
    const story: string[] = [];
    channel.events.on("lost", ({ errorClass }) => story.push(`lost:${errorClass}`));
    channel.events.on("recovered", ({ gapMs }) => story.push(gapMs > 0 && gapMs < 1000 ? "recovered" : `gap ${gapMs}`));

    driver.sockets[0]?.drop(DROPPED);
    expect(channel.status).toBe("waiting");
    await clock.advance(1000);

    expect(story).toEqual(["lost:network", "recovered"]);
    expect(driver.joins.map((join) => join.request.config)).toEqual([config, config]);
    expect(driver.joins[1]?.presenceCalls).toEqual([{ bot: true }]);
    driver.joins[1]?.say("message", { text: "again" });
    driver.joins[0]?.say("message", { text: "late word of the old join" });
    expect(heard).toEqual([{ text: "again" }]);
  });

  it("leaves channels of other sockets alone", async () => {
    const { driver, channels, clock } = await joinedPool(4);
    driver.sockets[0]?.drop(DROPPED);
    expect(channels.map((channel) => channel.status)).toEqual(["waiting", "waiting", "joined", "joined"]);
    await clock.advance(1000);
    expect(channels.map((channel) => channel.status)).toEqual(Array(4).fill("joined"));
    expect(driver.joins.length).toBe(6);
  });

  it("is probed with one handshake at a time while the server is away, then everything comes back", async () => {
    const { pool, driver, clock, channels } = await joinedPool(20);
    driver.options = { handshake: () => DOWN };
    for (const socket of driver.openSockets) socket.drop(DROPPED);
    const before = driver.sockets.length;
    await clock.advance(30_000);
    const probes = driver.sockets.length - before;
    // About every 1.5 s at the most, 30 % less at the least.
    expect(probes).toBeGreaterThanOrEqual(18);
    expect(probes).toBeLessThanOrEqual(32);

    driver.options = {};
    await clock.advance(5_000);
    expect(channels.map((channel) => channel.status)).toEqual(Array(20).fill("joined"));
    expect(pool.getStats()).toMatchObject({ sockets: { open: 10 }, reconnects: probes + 10 });
  });

  it("counts as a restart when all are gone: joins come back tick by tick", async () => {
    const { pool, driver, clock } = makePool({ joinsPerSecond: 2, joinShare: 1, channelsPerSocket: 10 });
    await Promise.all(many(30).map((topic) => pool.acquire(topic)));
    for (const socket of driver.openSockets) socket.drop({ ...DROPPED, closeCode: 1012 });
    const before = driver.joins.length;
    await clock.advance(2_000);
    expect(driver.joins.length - before).toBe(18);
    await clock.advance(6_000);
    expect(driver.joins.length - before).toBe(27);
    await clock.advance(5_000);
    expect(pool.getStats().channels.joined).toBe(30);
  });

  it("lets rooms back in first", async () => {
    const { pool, driver, clock } = makePool({ channelsPerSocket: 10 });
    const priorities = ["idle", "lobby", "room", "idle", "room"] as const;
    await Promise.all(priorities.map((priority, index) => pool.acquire(`bot:${priority}-${index}`, { priority })));
    driver.options = { handshake: () => "hold" };
    const before = driver.joins.length;
    driver.sockets[0]?.drop(DROPPED);
    await clock.advance(1_000);
    driver.sockets[1]?.accept();
    await clock.advance(1_000);
    const order = driver.joinedTopics.slice(before).map((topic) => topic.replace(/bot:|-\d/g, ""));
    expect(order).toEqual(["room", "room", "lobby", "idle", "idle"]);
  });

  it("gives a handshake up that is never answered", async () => {
    const { pool, driver, clock } = makePool(
      { connectTimeoutMs: 1000 },
      { handshake: (index) => (index === 0 ? "hold" : "ok") },
    );
    const work = pool.acquire("room:1");
    await clock.advance(3_000);
    expect((await work).status).toBe("joined");
    expect(driver.sockets[0]?.isOver).toBe(true);
    expect(pool.getStats().errorsByClass.timeout).toBe(1);
  });
});

describe("a server that cannot be reached", () => {
  it("uses the tries of a bounded acquire up in the time its own backoff would take", async () => {
    const { pool, clock } = makePool({}, { handshake: () => DOWN });
    const startedAtMs = clock.monotonicMs();
    let rejectedAtMs = Number.NaN;
    const work = refusal(pool.createChannelWithRetry("bot-1", "room:1", {}, { maxRetries: 3 })).then((outcome) => {
      rejectedAtMs = clock.monotonicMs();
      return outcome;
    });
    await clock.advance(60_000);
    expect(await work).toEqual({ code: "POOL_JOIN_REFUSED", errorClass: "network", retryable: true });
    const tookMs = rejectedAtMs - startedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual((2000 + 4000 + 8000) * 0.7);
    expect(tookMs).toBeLessThanOrEqual((2000 + 4000 + 8000) * 1.3 + 6000);
  });

  it("is waited for without end by default", async () => {
    const { pool, driver, clock } = makePool({}, { handshake: () => DOWN });
    const work = pool.acquire("room:1");
    await clock.advance(600_000);
    driver.options = {};
    await clock.advance(3_000);
    expect((await work).status).toBe("joined");
  });
});

describe("a channel closed by the server", () => {
  it("is lost for the reason the server gave and comes back after the floor of its class", async () => {
    const { pool, driver, clock } = makePool();
    const channel = await pool.acquire("room:1");
    const lost: string[] = [];
    channel.events.on("lost", ({ errorClass, reason }) => lost.push(`${errorClass}: ${reason}`));
    driver.joins[0]?.end({ where: "system", text: "Too many presence messages per second" });
    expect(lost).toEqual(["rate: Too many presence messages per second"]);
    await clock.advance(4_900);
    expect(driver.joins.length).toBe(1);
    await clock.advance(2_000);
    expect(channel.status).toBe("joined");
  });

  it("says how long its socket had brought nothing, and calls only a heartbeat without an answer stale", async () => {
    const { pool, driver, clock } = makePool();
    const channel = await pool.acquire("room:1");
    const told: unknown[] = [];
    channel.events.on("lost", ({ silentMs }) => void told.push(silentMs));
    pool.events.on("socket:stale", ({ silentMs }) => void told.push(`stale ${silentMs}`));
    for (const text of ["", "heartbeat timeout"]) {
      driver.openSockets[0]?.drop({ where: "close", text, closeCode: 1006, silentMs: 7000 });
      await clock.advance(5000);
      expect(channel.status).toBe("joined");
    }
    driver.joins.at(-1)?.end({ where: "system", text: "channel_crash" });
    expect(told).toEqual([7000, "stale 7000", 7000, 0]);
  });

  it("rejoins with a fresh token once when its token expired", async () => {
    const { pool, driver, clock } = makePool({}, { canRefresh: true });
    const channel = await pool.acquire("room:1");
    driver.joins[0]?.end({ where: "system", text: "Token has expired 1 seconds ago" });
    await clock.advance(1_000);
    expect(channel.status).toBe("joined");
    expect(driver.joins.map((join) => join.request.refresh)).toEqual([false, true]);
  });
});

describe("send", () => {
  it("refuses while the channel is not joined, retryable while it may come back", async () => {
    const { pool, driver } = makePool();
    const channel = await pool.acquire("room:1");
    driver.sockets[0]?.drop(DROPPED);
    expect(await refusal(channel.send("message", {}))).toMatchObject({ code: "POOL_NOT_JOINED", retryable: true });
    await channel.release();
    expect(await refusal(channel.send("message", {}))).toMatchObject({ code: "POOL_NOT_JOINED", retryable: false });
  });

  it("says when the server refused, or did not answer", async () => {
    const { pool, driver } = makePool();
    const channel = await pool.acquire("room:1", { config: { ack: true } });
    const [join] = driver.joins;
    if (!join) throw new Error("no join was sent");
    join.reply = { kind: "refused", text: "payload_size_exceeded" };
    expect(await refusal(channel.send("message", {}))).toMatchObject({ code: "POOL_SEND_FAILED", retryable: false });
    join.reply = { kind: "timeout" };
    expect(await refusal(channel.send("message", {}))).toMatchObject({ code: "POOL_SEND_FAILED", retryable: true });
    join.reply = "hold";
    const pending = refusal(channel.send("message", {}));
    driver.sockets[0]?.drop(DROPPED);
    expect(await pending).toMatchObject({ code: "POOL_NOT_JOINED", retryable: true });
  });
});

describe("the share of a pool", () => {
  it("divides events and presence events, and is a part of the whole", () => {
    const { pool } = makePool({ eventsPerSecond: 10, presenceEventsPerSecond: 5, joinShare: 1 });
    pool.setShare(1 / 4);
    const { joins, events, presence } = pool.getStats().budgets;
    expect([joins.allowed, events.allowed, presence.allowed]).toEqual([5999, 149, 74]);
    for (const ratio of [0, -1, 1.1, Number.NaN])
      expect(() => pool.setShare(ratio)).toThrow(expect.objectContaining({ code: "POOL_BAD_OPTIONS" }));
  });
});

describe("listeners", () => {
  async function listening() {
    const made = makePool();
    const channel = await made.pool.acquire("room:1", { config: { presence: { key: "k", listen: true } } });
    const [join] = made.driver.joins;
    if (!join) throw new Error("no join was sent");
    return { ...made, channel, listener: join.listener };
  }

  it("hear their own event, or all with *", async () => {
    const { channel, listener } = await listening();
    const heard: string[] = [];
    channel.onBroadcast("message", () => heard.push("message"));
    const off = channel.onBroadcast("*", (_, event) => heard.push(`*${event}`));
    listener.onMessage("message", {});
    listener.onMessage("typing", {});
    off();
    listener.onMessage("typing", {});
    expect(heard).toEqual(["message", "*message", "*typing"]);
  });

  it("that throw harm nobody else", async () => {
    const { channel, listener } = await listening();
    const heard: unknown[] = [];
    channel.onBroadcast("message", () => {
      throw new Error("a listener's own trouble");
    });
    channel.onBroadcast("message", (payload) => heard.push(payload));
    listener.onMessage("message", { n: 1 });
    expect(heard).toEqual([{ n: 1 }]);
  });

  it("of presence that come late are told the state that is known", async () => {
    const { channel, listener, settle } = await listening();
    listener.onPresenceState({ a: [{ n: 1 }] });
    const heard: unknown[] = [];
    channel.onPresence((state) => heard.push(state));
    await settle();
    expect(heard).toEqual([{ a: [{ n: 1 }] }]);
  });
});

describe("the channels of a pool", () => {
  it("are counted by state, whatever happens to them", async () => {
    const { pool, driver, clock, settle } = makePool({}, { join: (_, index) => (index === 0 ? "ok" : "hold") });
    const states = () => pool.getStats().channels;
    const channel = await pool.acquire("room:1");
    expect(states()).toEqual({ waiting: 0, joining: 0, joined: 1, failed: 0, released: 0 });
    driver.sockets[0]?.drop(DROPPED);
    expect(states()).toMatchObject({ waiting: 1, joined: 0 });
    await clock.advance(1000);
    expect(states()).toMatchObject({ waiting: 0, joining: 1 });
    driver.joins[1]?.end(FORBIDDEN);
    await settle();
    await channel.release();
    expect(states()).toEqual({ waiting: 0, joining: 0, joined: 0, failed: 1, released: 0 });
  });
});

describe("sockets without slots", () => {
  it("close after a short idle time", async () => {
    const { pool, driver, clock } = makePool({ idleSocketMs: 5000 });
    const channel = await pool.acquire("room:1");
    await channel.release();
    await clock.advance(4_900);
    expect(driver.openSockets.length).toBe(1);
    await clock.advance(1_000);
    expect(driver.openSockets.length).toBe(0);
    expect(pool.getStats().sockets.open).toBe(0);
  });

  it("stay when somebody comes in time", async () => {
    const { pool, driver, clock } = makePool({ idleSocketMs: 5000 });
    await (await pool.acquire("room:1")).release();
    await clock.advance(4_000);
    await pool.acquire("room:2");
    await clock.advance(60_000);
    expect(driver.sockets.length).toBe(1);
    expect(driver.openSockets.length).toBe(1);
  });
});

describe("release", () => {
  it("leaves, frees the slot, and is idempotent", async () => {
    const { pool, driver } = makePool();
    const channel = await pool.acquire("room:1");
    const released: string[] = [];
    pool.events.on("channel:released", ({ topic }) => released.push(topic));
    await Promise.all([channel.release(), channel.release()]);
    await channel.release();
    expect(driver.joins[0]?.isLeft).toBe(true);
    expect(released).toEqual(["room:1"]);
    expect(channel.status).toBe("released");
    expect(pool.getStats()).toMatchObject({ slots: { held: 0 }, channels: { joined: 0, released: 1 } });
  });
});

describe("close", () => {
  it("leaves every channel, closes every socket and leaves no timer", async () => {
    const { pool, driver, clock } = makePool({ channelsPerSocket: 2 });
    const channels = await Promise.all(many(5).map((topic) => pool.acquire(topic)));
    await pool.close();
    expect(channels.map((channel) => channel.status)).toEqual(Array(5).fill("released"));
    expect(driver.joins.every((join) => join.isLeft)).toBe(true);
    expect(driver.sockets.every((socket) => socket.isOver)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    expect(pool.getStats()).toMatchObject({ sockets: { open: 0 }, slots: { held: 0 }, channels: { joined: 0 } });
  });

  it("rejects those who still wait, and everybody after", async () => {
    const { pool, settle } = makePool({}, { join: () => "hold" });
    const waiting = refusal(pool.acquire("room:1"));
    await settle();
    const closing = pool.close();
    expect((await waiting).code).toBe("POOL_CLOSED");
    expect((await refusal(pool.acquire("room:2"))).code).toBe("POOL_CLOSED");
    expect((await refusal(pool.broadcast("room:2", "notice", {}))).code).toBe("POOL_CLOSED");
    await closing;
  });

  it("gives no channel to a listener that hears of one let go", async () => {
    const { pool } = makePool();
    await pool.acquire("room:1");
    const again: Promise<{ readonly code: string }>[] = [];
    pool.events.on("channel:released", () => again.push(refusal(pool.acquire("room:1"))));
    await pool.close();
    expect((await Promise.all(again)).map(({ code }) => code)).toEqual(["POOL_CLOSED"]);
  });

  it("is one close, however often it is called", async () => {
    const { pool } = makePool();
    await pool.acquire("room:1");
    expect(pool.close()).toBe(pool.close());
    await pool.close();
  });

  it("ends a fleet that is waiting to come back", async () => {
    const { pool, driver, clock } = makePool();
    const channels: PooledChannel[] = await Promise.all(many(5).map((topic) => pool.acquire(topic)));
    driver.options = { handshake: () => DOWN };
    driver.sockets[0]?.drop(DROPPED);
    await clock.advance(10_000);
    await pool.close();
    const dialled = driver.sockets.length;
    await clock.advance(60_000);
    expect(driver.sockets.length).toBe(dialled);
    expect(channels.map((channel) => channel.status)).toEqual(Array(5).fill("released"));
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("destroy", () => {
  it("drops everything at once and rejects those who wait with its reason", async () => {
    const { pool, driver, clock, settle } = makePool({}, { join: (_, index) => (index === 0 ? "ok" : "hold") });
    const channel = await pool.acquire("room:1");
    const reason = new Error("the process is going down");
    const waiting = pool.acquire("room:2");
    waiting.catch(() => {});
    await settle();
    pool.destroy(reason);
    pool.destroy(new Error("a second reason"));
    await expect(waiting).rejects.toBe(reason);
    expect(channel.status).toBe("released");
    expect(driver.sockets.every((socket) => socket.isOver)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    await pool.close();
  });

  it("gives no channel to a listener that hears of one let go", async () => {
    const { pool } = makePool();
    await pool.acquire("room:1");
    let again: Promise<{ readonly code: string }> | null = null;
    pool.events.on("channel:released", () => {
      again = refusal(pool.acquire("room:2"));
    });
    pool.destroy(new Error("going down"));
    expect(await again).toMatchObject({ code: "POOL_CLOSED" });
  });

  it("opens nothing any more when it is called on hearing of a handshake", async () => {
    const { pool, driver } = makePool();
    const reason = new Error("going down");
    pool.events.on("socket:opening", () => pool.destroy(reason));
    await expect(pool.acquire("room:1")).rejects.toBe(reason);
    expect(driver.sockets).toEqual([]);
  });

  it("gives up at once what a close still waits for", async () => {
    const limitsMs: number[] = [];
    const close = async (limitMs: number) => void limitsMs.push(limitMs);
    const { pool } = makePool({}, { notices: { ...silentNotices, close } });
    const closing = pool.close();
    pool.destroy(new Error("going down"));
    await closing;
    expect(limitsMs).toContain(0);
  });
});
