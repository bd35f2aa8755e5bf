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
    expect(loads(test)).toEqual([8, 2]);
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

describe("a start of public topics", () => {
  it("opens the sockets it needs while its first join is on its way, and closes what it does not need in the end", async () => {
    const test = makePool({ channelsPerSocket: 90, idleSocketMs: 5000 }, { join: () => "hold" });
    const work = many(200).map((topic) => test.pool.acquire(topic).catch(() => null));
    await test.settle();
    expect([test.driver.joins.length, test.driver.openSockets.length]).toEqual([1, 3]);
    test.driver.options = {};
    test.driver.joins[0]?.accept();
    const channels = await Promise.all(work);
    expect(loads(test)).toEqual([90, 90, 20]);
    await Promise.all(channels.slice(1).map((channel) => channel?.release()));
    await test.clock.advance(6000);
    expect(loads(test)).toEqual([1]);
  });

  it("opens no socket for channels whose time has not come", async () => {
    const start = { mode: "stagger", minMs: 60_000, maxMs: 60_000 } as const;
    const test = makePool({ channelsPerSocket: 3, start }, { join: () => "hold" });
    for (const topic of many(20)) void test.pool.acquire(topic).catch(() => null);
    for (const topic of many(4, "due")) void test.pool.acquire(topic, { isStaggered: false }).catch(() => null);
    await test.settle();
    // Five are due now: the first of the others, too.
    expect(test.driver.openSockets.length).toBe(2);
  });

  it("opens them also beside a socket that is open", async () => {
    const test = makePool({ channelsPerSocket: 90 });
    await (await test.pool.acquire("room:known", PRIVATE)).release();
    test.driver.options = { join: () => "hold" };
    for (const topic of many(200)) void test.pool.acquire(topic).catch(() => null);
    await test.settle();
    expect([test.driver.joins.length, test.driver.openSockets.length]).toEqual([2, 3]);
  });

  it("opens none that carries no join while the server refuses them, however long that takes", async () => {
    const test = makePool({ channelsPerSocket: 10, idleSocketMs: 1000 }, { join: () => "hold" });
    for (const topic of many(200)) void test.pool.acquire(topic).catch(() => null);
    await test.settle();
    const plannedAhead = test.driver.sockets.length;
    for (let refusal = 0; refusal < 120; refusal += 1) {
      await test.clock.advance(5000);
      for (const join of test.driver.joins) join.end(NO_DATABASE);
    }
    const openedLater = test.driver.sockets.slice(plannedAhead);
    expect(openedLater.filter(({ channels }) => channels.length === 0).length).toBe(0);
  });

  it("that is given up leaves no socket", async () => {
    const test = makePool({ channelsPerSocket: 90, idleSocketMs: 5000 }, { join: () => "hold" });
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const work = many(200).map((topic) => test.pool.acquire(topic, options).catch(() => null));
    await test.settle();
    controller.abort(new Error("given up"));
    await Promise.all(work);
    await test.clock.advance(6000);
    expect([test.driver.openSockets.length, test.clock.pendingTimers]).toEqual([0, 0]);
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
  it("goes to the fullest socket with a free slot, so that sockets a fleet does not need become empty and close", async () => {
    const test = await provenPool({ channelsPerSocket: 10, idleSocketMs: 5000 });
    const channels = await Promise.all(start(test, many(29)));
    expect(loads(test)).toEqual([10, 10, 10]);
    const on = (index: number) => {
      const topics = test.driver.openSockets[index]?.topics ?? [];
      return channels.filter(({ topic }) => topics.includes(topic));
    };
    const [few, ...others] = [on(1).slice(0, 2), on(0).slice(0, 4), on(1).slice(2)];
    await Promise.all(others.flat().map((channel) => channel.release()));
    expect(loads(test)).toEqual([6, 2, 10]);
    const fresh = many(4).map((topic) => topic.replace(":", ":new-"));
    await Promise.all(start(test, fresh));
    expect(loads(test)).toEqual([10, 2, 10]);
    // A channel stays where it joined for as long as it is held.
    await test.clock.advance(600_000);
    expect([loads(test), test.driver.joins.length]).toEqual([[10, 2, 10], 34]);
    await Promise.all((few ?? []).map((channel) => channel.release()));
    await test.clock.advance(6000);
    expect(loads(test)).toEqual([10, 10]);
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

it("a full socket that dies empty frees capacity for channels that wait", async () => {
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
    expect(test.pool.getStats().breaker).toEqual({ state: "unknown", errorClass: null, cause: null });
    await test.pool.acquire("room:1");
    test.driver.options = { handshake: () => ({ where: "handshake", text: "", httpStatus: 401 }) };
    test.driver.sockets[0]?.drop(DROPPED);
    await test.clock.advance(1000);
    expect(test.pool.getStats().breaker).toEqual({ state: "refused", errorClass: "auth", cause: "keyRefused" });
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
