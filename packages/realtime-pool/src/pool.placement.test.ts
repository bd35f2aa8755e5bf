import { describe, expect, it } from "vitest";
import { poolsWithoutLeaks, type TestPool } from "../test/make-pool.ts";
import type { Evidence } from "./classify.ts";
import type { JoinRequest } from "./driver.ts";
import type { PoolOptions } from "./options.ts";
import type { PooledChannel } from "./types.ts";

const makePool = poolsWithoutLeaks();

const DROPPED: Evidence = { where: "close", text: "", closeCode: 1006 };
const FORBIDDEN: Evidence = { where: "join", text: "Unauthorized: You do not have permissions to read" };
const BROKEN: Evidence = { where: "join", text: "UnknownErrorOnChannel: Unknown Error on Channel" };
const NO_DATABASE: Evidence = { where: "join", text: "UnableToConnectToProject" };
const OVERLOADED: Evidence = { where: "join", text: "ClientJoinRateLimitReached: Too many joins per second" };

const PRIVATE = { config: { private: true } } as const;
const many = (count: number, name = "room") => Array.from({ length: count }, (_, index) => `${name}:${index}`);
const loads = ({ driver }: TestPool) => driver.openSockets.map((socket) => socket.topics.length);

/** A pool in which `room:known` has joined, so that its family is proven. */
async function provenPool(overrides: Partial<PoolOptions> = {}) {
  const test = makePool(overrides);
  await test.pool.acquire("room:known", PRIVATE);
  return test;
}

function start({ pool }: TestPool, topics: readonly string[]): Promise<PooledChannel>[] {
  return topics.map((topic) => {
    const work = pool.acquire(topic, PRIVATE);
    work.catch(() => {});
    return work;
  });
}

describe("a topic of which nothing is known", () => {
  it("joins on a socket of its own, so that a refusal holds nobody up", async () => {
    const test = await provenPool();
    const { driver, settle } = test;
    driver.options = { join: ({ topic }) => (topic === "vip:1" ? "hold" : "ok") };
    const [untried, ...known] = start(test, ["vip:1", ...many(20)]);
    await Promise.all(known);
    expect(driver.openSockets.find(({ topics }) => topics.includes("vip:1"))?.topics).toEqual(["vip:1"]);
    expect(test.pool.getStats().sockets).toMatchObject({ open: 4, probing: 1 });
    driver.joins.find(({ request }) => request.topic === "vip:1")?.end(FORBIDDEN);
    await expect(untried).rejects.toMatchObject({ code: "POOL_JOIN_REFUSED" });
    await settle();
    expect(test.pool.getStats().sockets.probing).toBe(0);
  });

  it("keeps its place when it has joined, and others come to that socket", async () => {
    const test = makePool({ channelsPerSocket: 10 });
    await Promise.all(start(test, ["user:1", "lobby"]));
    await Promise.all(start(test, many(8, "user")));
    expect(test.driver.joins.length).toBe(10);
    expect(loads(test)).toEqual([5, 5]);
  });

  it("keeps a mass start waiting for one join only", async () => {
    const test = makePool({ channelsPerSocket: 90, maxSockets: 100 }, { join: () => "hold" });
    const work = start(test, many(1000));
    await test.settle();
    expect(test.driver.joinedTopics).toEqual(["room:0"]);
    test.driver.options = {};
    test.driver.joins[0]?.accept();
    await Promise.all(work);
    expect(test.driver.sockets.length).toBe(Math.ceil(1000 / 90));
    expect(test.driver.joins.length).toBe(1000);
  });

  it("is tried by another of its family when the answer is late, by four at most", async () => {
    const test = makePool({}, { join: () => "hold" });
    const work = start(test, many(10));
    const joins: number[] = [];
    for (let second = 0; second < 6; second += 1) {
      await test.clock.advance(second === 0 ? 10 : 1000);
      joins.push(test.driver.joins.length);
    }
    expect(joins).toEqual([1, 2, 3, 4, 4, 4]);
    expect(new Set(test.driver.openSockets.flatMap(({ topics }) => topics.length))).toEqual(new Set([1]));
    test.driver.options = {};
    test.driver.joins[2]?.accept();
    await test.settle();
    expect(test.pool.getStats().channels).toMatchObject({ joined: 7, joining: 3 });
    for (const join of test.driver.joins) join.accept();
    await Promise.all(work);
  });

  it("joins on the emptiest socket when no further one may be opened", async () => {
    const test = await provenPool({ channelsPerSocket: 4, maxSockets: 2 });
    await Promise.all(start(test, many(4)));
    const [untried] = start(test, ["vip:1"]);
    expect((await untried)?.status).toBe("joined");
    expect(loads(test).toSorted()).toEqual([2, 4]);
  });
});

describe("many kinds of topics", () => {
  it("cost four sockets more than their channels need, not one each", async () => {
    const test = makePool({ channelsPerSocket: 90, maxSockets: 100 });
    await Promise.all(
      start(
        test,
        many(300, "org").map((org) => `${org}:room`),
      ),
    );
    expect(test.driver.joins.length).toBe(300);
    expect(test.driver.sockets.length).toBeLessThanOrEqual(Math.ceil(300 / 90) + 4);
  });

  it("are one where they are public, since no policy decides about them", async () => {
    const test = makePool({ channelsPerSocket: 90, maxSockets: 100 }, { join: () => "hold" });
    const work = many(80, "org").map((org) => test.pool.acquire(`${org}:room`));
    await test.settle();
    expect(test.driver.joins.length).toBe(1);
    test.driver.options = {};
    test.driver.joins[0]?.accept();
    await Promise.all(work);
    expect(test.driver.sockets.length).toBe(1);
  });
});

describe("a topic that was refused", () => {
  it("for what it is tries again on a socket of its own, though its family is known", async () => {
    const test = await provenPool({ retryBaseMs: 100, retryMaxMs: 100 });
    let refusals = 0;
    const verdict = ({ topic }: JoinRequest) => (topic !== "room:bad" ? "ok" : refusals++ === 0 ? BROKEN : "hold");
    test.driver.options = { join: verdict };
    const [bad] = start(test, ["room:bad"]);
    await test.clock.advance(1000);
    expect(refusals).toBe(2);
    const ownSocket = test.driver.openSockets.find(({ topics }) => topics.includes("room:bad"));
    expect(ownSocket?.topics).toEqual(["room:bad"]);
    await Promise.all(start(test, many(5)));
    expect(ownSocket?.topics).toEqual(["room:bad"]);
    test.driver.joins.findLast(({ request }) => request.topic === "room:bad")?.accept();
    await bad;
  });

  it("because the server is in trouble makes its family wait for one that joins", async () => {
    const test = await provenPool({ retryBaseMs: 60_000, retryMaxMs: 60_000 });
    const { driver, clock } = test;
    driver.options = { join: () => "hold" };
    const work = start(test, many(40));
    await test.settle();
    // One on each of the sockets there are.
    const inFlight = driver.joins.slice(1);
    expect(inFlight.length).toBe(5);
    inFlight[0]?.end(NO_DATABASE);
    await test.settle();
    const probes = driver.joins.slice(6);
    expect(probes.length).toBe(1);
    const socketOfProbe = driver.openSockets.find(({ channels }) => probes[0] && channels.includes(probes[0]));
    expect(socketOfProbe?.topics.length).toBe(1);
    await clock.advance(500);
    expect(driver.joins.length).toBe(7);
    driver.options = {};
    for (const join of [...inFlight, ...probes]) join.accept();
    await test.settle();
    expect(test.pool.getStats().channels).toMatchObject({ joined: 40, waiting: 1 });
    await clock.advance(90_000);
    await Promise.all(work);
  });
});

describe("load", () => {
  it("is even: new channels go where there are fewest", async () => {
    const test = await provenPool({ channelsPerSocket: 10 });
    const channels = await Promise.all(start(test, many(29)));
    expect(loads(test)).toEqual([10, 10, 10]);
    const on = (index: number) => {
      const topics = test.driver.openSockets[index]?.topics ?? [];
      return channels.filter(({ topic }) => topics.includes(topic));
    };
    await Promise.all([...on(0).slice(0, 4), ...on(1)].map((channel) => channel.release()));
    expect(loads(test)).toEqual([6, 0, 10]);
    await Promise.all(
      start(
        test,
        many(10).map((topic) => topic.replace(":", ":new-")),
      ),
    );
    expect(loads(test)).toEqual([8, 8, 10]);
  });
});

describe("a socket the server calls full", () => {
  it("is tried again after a minute, so that nobody waits for ever", async () => {
    const test = await provenPool({ channelsPerSocket: 3, maxSockets: 1, retryBaseMs: 100, retryMaxMs: 100 });
    const full: Evidence = { where: "join", text: "ChannelRateLimitReached: Too many channels" };
    test.driver.options = { join: () => full };
    const [late] = start(test, ["room:late"]);
    await test.clock.advance(59_000);
    expect(test.driver.joins.length).toBe(2);
    test.driver.options = {};
    await test.clock.advance(2_000);
    expect((await late)?.status).toBe("joined");
  });
});

it("a full socket that dies empty makes room for whoever waits", async () => {
  const full: Evidence = { where: "join", text: "ChannelRateLimitReached: Too many channels" };
  const { pool, driver, clock } = makePool(
    { maxSockets: 1, idleSocketMs: 20_000 },
    { join: (_request, index) => (index === 0 ? full : "ok") },
  );
  const work = pool.acquire("room:1");
  await clock.advance(5000);
  driver.openSockets[0]?.drop(DROPPED);
  await clock.advance(5000);
  expect((await work).status).toBe("joined");
});

/** 30 channels on three sockets, of which `room:known` and so many on each are left. */
async function roomyPool(overrides: Partial<PoolOptions> = {}, kept: readonly number[] = [2, 2, 1]) {
  const test = await provenPool({ channelsPerSocket: 10, ...overrides });
  const channels = await Promise.all(start(test, many(29)));
  const moved: string[] = [];
  test.pool.events.on("channel:moved", ({ topic }) => moved.push(topic));
  const left: PooledChannel[] = [];
  for (const [index, socket] of test.driver.openSockets.entries()) {
    const here = channels.filter(({ topic }) => socket.topics.includes(topic));
    const staying = here.slice(0, kept[index]);
    left.push(...staying);
    await Promise.all(here.filter((channel) => !staying.includes(channel)).map((channel) => channel.release()));
  }
  const told: string[] = [];
  for (const channel of left) channel.events.on("lost", () => told.push(channel.topic));
  return { ...test, left, moved, told };
}

describe("sockets that are not needed any more", () => {
  it("close one after the other, and their channels move without a gap", async () => {
    const test = await roomyPool();
    expect(loads(test)).toEqual([3, 2, 1]);
    await test.clock.advance(59_000);
    expect(test.moved).toEqual([]);
    await test.clock.advance(300_000);
    expect(loads(test)).toEqual([6]);
    expect(test.told).toEqual([]);
    expect(test.left.map(({ status }) => status)).toEqual(Array(5).fill("joined"));
    expect(new Set(test.moved).size).toBe(test.moved.length);
    expect(test.pool.getStats()).toMatchObject({ sockets: { open: 1 }, slots: { held: 6 } });
  });

  it("stay while the budget is more than half spent", async () => {
    // 30 of 47 joins are spent until they leave the window.
    const test = await roomyPool({ joinsPerSecond: 0.5, joinShare: 0.8, windowMs: 120_000 });
    await test.clock.advance(115_000);
    expect(test.driver.joins.length).toBe(30);
    await test.clock.advance(600_000);
    expect(loads(test)).toEqual([6]);
  });

  it("stay while somebody waits for a join", async () => {
    const test = await roomyPool();
    test.driver.options = { join: ({ topic }) => (topic.startsWith("room:slow") ? "hold" : "ok") };
    // One on its way on each socket, and one behind each of them.
    const slow = start(
      test,
      ["a", "b", "c", "d", "e", "f"].map((name) => `room:slow-${name}`),
    );
    await test.clock.advance(120_000);
    expect(test.pool.getStats().slots.held).toBe(12);
    test.driver.options = {};
    for (const join of test.driver.joins) join.accept();
    await Promise.all(slow);
  });

  it("stay while the server holds us back", async () => {
    const test = await roomyPool();
    await test.clock.advance(50_000);
    const full: Evidence = { where: "join", text: "ConnectionRateLimitReached: Too many connected users" };
    test.driver.options = { join: () => full };
    start(test, ["room:late"]);
    await test.clock.advance(20_000);
    expect(test.pool.getStats()).toMatchObject({ breaker: { state: "held" }, slots: { held: 6 } });
    test.driver.options = {};
    await test.clock.advance(300_000);
    expect(test.driver.openSockets.length).toBe(2);
  });

  it("stay when a channel cannot be joined elsewhere: it keeps what it has", async () => {
    const test = await roomyPool();
    test.driver.options = { join: () => NO_DATABASE };
    const joins = test.driver.joins.length;
    await test.clock.advance(110_000);
    expect(test.driver.joins.length).toBe(joins + 1);
    expect([loads(test), test.moved, test.told]).toEqual([[3, 2, 1], [], []]);
    test.driver.options = {};
    await test.clock.advance(300_000);
    expect(loads(test)).toEqual([6]);
  });

  it("stay when every topic has its own on each of them", async () => {
    const test = makePool();
    await Promise.all(start(test, ["lobby", "lobby", "lobby"]));
    await test.clock.advance(600_000);
    expect([loads(test), test.driver.joins.length]).toEqual([[1, 1, 1], 3]);
  });

  it("stay when they are needed again before their channels have gone", async () => {
    const test = await roomyPool({}, [2, 2, 2]);
    test.driver.options = { join: () => "hold" };
    await test.clock.advance(61_000);
    expect(test.driver.joins.length).toBe(31);
    const fresh = start(
      test,
      many(14).map((topic) => topic.replace(":", ":new-")),
    );
    await test.settle();
    test.driver.options = {};
    for (const join of test.driver.joins) join.accept();
    await Promise.all(fresh);
    await test.clock.advance(300_000);
    expect(loads(test).toSorted()).toEqual([1, 10, 10]);
    expect([test.moved.length, test.told]).toEqual([1, []]);
    // Offered again, not only left alone.
    await Promise.all(
      start(
        test,
        many(9).map((topic) => topic.replace(":", ":last-")),
      ),
    );
    expect([loads(test), test.driver.sockets.length]).toEqual([[10, 10, 10], 3]);
  });
});

describe("the breaker", () => {
  it("calls a single socket lost no outage", async () => {
    const test = await provenPool({ channelsPerSocket: 2 });
    await Promise.all(start(test, many(5)));
    const told: string[] = [];
    test.pool.events.on("breaker:changed", ({ state }) => told.push(state));
    test.driver.sockets[0]?.drop({ ...DROPPED, closeCode: 1012 });
    await test.clock.advance(2000);
    expect([told, test.pool.getStats().channels.joined]).toEqual([[], 6]);
  });

  it("tells every change of the breaker, with its class and the time to the next look", async () => {
    const test = makePool();
    const told: (readonly [string, string | null, boolean])[] = [];
    test.pool.events.on("breaker:changed", ({ state, errorClass, nextProbeInMs }) =>
      told.push([state, errorClass, nextProbeInMs !== null]),
    );
    expect(test.pool.getStats().breaker).toEqual({ state: "unknown", errorClass: null });
    await test.pool.acquire("room:1");
    test.driver.options = { handshake: () => ({ where: "handshake", text: "", httpStatus: 401 }) };
    test.driver.sockets[0]?.drop(DROPPED);
    await test.clock.advance(1000);
    expect(test.pool.getStats().breaker).toEqual({ state: "refused", errorClass: "auth" });
    test.driver.options = {};
    await test.clock.advance(80_000);
    test.driver.options = { join: (_, index) => (index === 2 ? OVERLOADED : "ok") };
    start(test, ["room:2"]);
    await test.clock.advance(30_000);
    expect(told).toEqual([
      ["up", null, false],
      ["away", "network", true],
      ["refused", "auth", true],
      ["up", null, false],
      ["held", "rate", true],
      ["up", null, false],
    ]);
  });

  it("stops the joins of all when one is told that the project is closed, and looks with one join after minutes", async () => {
    const test = await provenPool({ channelsPerSocket: 2 });
    const [first] = await Promise.all(start(test, many(3)));
    const suspended: Evidence = { where: "join", text: "RealtimeDisabledForTenant: Realtime disabled for this tenant" };
    test.driver.options = { join: () => suspended };
    const before = test.driver.joins.length;
    for (const join of test.driver.joins) join.end({ where: "system", text: "channel_crash" });
    await test.clock.advance(290_000);
    // One on each of the two sockets before the first answer.
    expect(test.driver.joins.length - before).toBeLessThanOrEqual(2);
    test.driver.options = {};
    await test.clock.advance(900_000);
    expect(first?.status).toBe("joined");
    expect(test.pool.getStats()).toMatchObject({ breaker: { state: "up" }, channels: { joined: 4 } });
  });
});
