import { describe, expect, it } from "vitest";
import type { FakeChannel, FakeDriver } from "../test/fake-driver.ts";
import { poolsWithoutLeaks } from "../test/make-pool.ts";
import type { NoticeSender } from "./notices.ts";
import type { PooledChannel } from "./types.ts";

const makePool = poolsWithoutLeaks();
const JOIN_REFUSED = { where: "join", text: "UnknownErrorOnChannel" } as const;
const OVER = { where: "system", text: "Too many messages per second" } as const;

/** HTTP says whether the project is over its limit; null tells nothing. */
function makeNotices(isOver: () => boolean | null, limitPerSecond: number | null = null) {
  const counts = { probes: 0 };
  const notices: NoticeSender = {
    send: async (_topic, _event, _payload, onAnswer) => {
      onAnswer({ isOver: isOver(), limitPerSecond });
      return { kind: "sent" };
    },
    probe: async () => {
      counts.probes += 1;
      return { isOver: isOver(), limitPerSecond };
    },
    close: async () => {},
  };
  return { notices, counts };
}

const alive = (driver: FakeDriver) => driver.joins.filter((join) => join.isAlive);
const many = (count: number) => Array.from({ length: count }, (_, index) => `room:${index}`);
const areJoined = (channels: readonly PooledChannel[]) => channels.every(({ status }) => status === "joined");

describe("a project over its limit of events, by somebody else's doing", () => {
  /** 1,000 channels, of which 50 get a message every second; while the limit is exceeded that closes them. */
  async function overrun(overMs: number, hasHttp: boolean) {
    const isOver = { now: false };
    const { notices } = makeNotices(() => (hasHttp ? isOver.now : null));
    const pool = makePool({ channelsPerSocket: 90, maxHandshakes: 100 }, { notices });
    const { driver, clock } = pool;
    const channels = await Promise.all(many(1000).map((topic) => pool.pool.acquire(topic)));
    const before = driver.joins.length;
    isOver.now = true;
    let offset = 0;
    const talk = (listening: readonly FakeChannel[]) => {
      for (let index = 0; index < 50; index += 1) listening[(offset + index * 20) % listening.length]?.end(OVER);
      offset += 1;
    };
    for (let ms = 0; ms < overMs; ms += 1000) {
      const listening = alive(driver);
      if (listening.length > 0) talk(listening);
      await clock.advance(1000);
    }
    const stillJoined = channels.filter(({ status }) => status === "joined").length;
    const wasted = driver.joins.length - before;
    isOver.now = false;
    let backMs = 0;
    while (!areJoined(channels) && backMs < 120_000) {
      await clock.advance(100);
      backMs += 100;
    }
    return { backMs, wasted, stillJoined, total: driver.joins.length - before };
  }

  it.each([
    [20_000, true],
    [60_000, true],
    [20_000, false],
    [60_000, false],
  ])(
    "for %d ms: everybody is back 15 s after it cleared, few joins were wasted (HTTP tells: %s)",
    async (ms, hasHttp) => {
      const { backMs, wasted, stillJoined, total } = await overrun(ms, hasHttp);
      expect(stillJoined).toBeLessThan(50);
      expect(backMs).toBeLessThanOrEqual(15_000);
      expect(wasted).toBeLessThanOrEqual(hasHttp ? 0 : ms / 8000 + 1);
      expect(total).toBeLessThanOrEqual(1000 + wasted);
    },
  );

  it("asks by one probe at a time, about once a tick", async () => {
    const { notices, counts } = makeNotices(() => true);
    const { pool, driver, clock } = makePool({}, { notices });
    const channels = await Promise.all(many(20).map((topic) => pool.acquire(topic)));
    for (const join of [...driver.joins]) join.end(OVER);
    await clock.advance(60_000);
    expect(driver.joins.length).toBe(20);
    expect(channels.map(({ status }) => status)).toEqual(Array(20).fill("waiting"));
    expect(counts.probes).toBeGreaterThanOrEqual(10);
    expect(counts.probes).toBeLessThanOrEqual(15);
  });

  it("brings rooms back before the rest", async () => {
    let isOver = true;
    const { notices } = makeNotices(() => isOver);
    const { pool, driver, clock } = makePool({ channelsPerSocket: 1 }, { notices });
    await pool.acquire("idle", { priority: "idle" });
    await pool.acquire("live", { priority: "room" });
    for (const join of [...driver.joins]) join.end(OVER);
    await clock.advance(20_000);
    isOver = false;
    await clock.advance(10_000);
    expect(driver.joinedTopics.slice(2)).toEqual(["live", "idle"]);
  });

  it("lets a listener release one of those that come back together, and nobody waits behind it", async () => {
    const { pool, driver, clock } = makePool();
    const [first, ...others] = await Promise.all(["a", "b", "c"].map((topic) => pool.acquire(topic)));
    for (const join of [...driver.joins]) join.end(OVER);
    let back = 0;
    pool.events.on("channel:joining", () => {
      back += 1;
      // The first one tries alone, the second one is the first of the rest.
      const waiting = [first, ...others].find((channel) => channel?.status === "waiting");
      if (back === 2) void waiting?.release();
    });
    await clock.advance(60_000);
    expect(pool.getStats()).toMatchObject({ slots: { held: 2 }, channels: { joined: 2, released: 1, waiting: 0 } });
    expect((await pool.acquire("d")).status).toBe("joined");
  });

  it("keeps no trace of a channel that is released while it waits", async () => {
    const { notices } = makeNotices(() => null);
    const { pool, driver, clock } = makePool({}, { notices });
    const [first, second] = await Promise.all(many(2).map((topic) => pool.acquire(topic, { priority: "room" })));
    for (const join of [...driver.joins]) join.end(OVER);
    await first?.release();
    await clock.advance(6000);
    // The only one left tries alone, and lets go while it does.
    expect(driver.joinedTopics.slice(2)).toEqual(["room:1"]);
    await second?.release();
    await clock.advance(60_000);
    expect(driver.joins.length).toBe(3);
    expect(clock.pendingTimers).toBe(0);
  });

  it("holds what is said until it is over, and sends it then", async () => {
    let isOver = true;
    const { notices } = makeNotices(() => isOver);
    const { pool, driver, clock } = makePool({ sendWaitMs: 60_000 }, { notices });
    const [, quiet] = await Promise.all(many(2).map((topic) => pool.acquire(topic)));
    driver.joins[0]?.end(OVER);
    const said = quiet?.send("m", {});
    await clock.advance(30_000);
    expect(driver.joins[1]?.sent).toEqual([]);
    isOver = false;
    await clock.advance(6000);
    await said;
    expect(driver.joins[1]?.sent.length).toBe(1);
  });

  it("comes back once when it happens again", async () => {
    let isOver = true;
    const { notices } = makeNotices(() => isOver);
    const { pool, driver, clock } = makePool({}, { notices });
    const channels = await Promise.all(many(10).map((topic) => pool.acquire(topic)));
    for (const joins of [10, 20]) {
      isOver = true;
      // The second time only half of them.
      for (const join of alive(driver).slice(0, joins === 10 ? 10 : 5)) join.end(OVER);
      await clock.advance(10_000);
      isOver = false;
      await clock.advance(20_000);
      expect(areJoined(channels)).toBe(true);
      expect(alive(driver).length).toBe(10);
    }
    expect(driver.joins.length).toBe(25);
  });

  it.each(["releases", "loses", "is refused"])("lets the next one try when the one that tries %s", async (how) => {
    const { notices } = makeNotices(() => null);
    const { pool, driver, clock } = makePool({}, { notices });
    const channels = await Promise.all(many(2).map((topic) => pool.acquire(topic, { priority: "room" })));
    for (const join of [...driver.joins]) join.end(OVER);
    driver.options = { join: (_, index) => (index === 2 && how === "is refused" ? JOIN_REFUSED : "ok") };
    await clock.advance(5500);
    expect(driver.joins.length).toBe(3);
    const trier = channels.find(({ topic }) => topic === driver.joins[2]?.request.topic);
    if (how === "releases") void trier?.release();
    if (how === "loses") driver.joins[2]?.end({ where: "system", text: "channel_crash" });
    // It went for a reason of its own, which says nothing about the limit.
    await clock.advance(7_000);
    expect(channels.find((channel) => channel !== trier)?.status).toBe("waiting");
    await clock.advance(30_000);
    expect(channels.filter((channel) => channel.status === "joined").length).toBe(how === "releases" ? 1 : 2);
  });

  it("does not hold up those who wait for something else", async () => {
    const { notices } = makeNotices(() => true);
    const { pool, driver, clock } = makePool({}, { notices });
    const [first, second] = await Promise.all(many(2).map((topic) => pool.acquire(topic)));
    driver.joins[0]?.end(OVER);
    driver.joins[1]?.end({ where: "system", text: "channel_crash" });
    await clock.advance(5000);
    expect([first?.status, second?.status]).toEqual(["waiting", "joined"]);
  });

  it("is noticed by a notice, too", async () => {
    const { notices, counts } = makeNotices(() => true);
    const { pool, clock } = makePool({ sendWaitMs: 1000 }, { notices });
    const channel = await pool.acquire("room:1");
    await pool.broadcast("user:1", "e", {});
    const refused = expect(channel.send("m", {})).rejects.toMatchObject({ code: "POOL_SEND_THROTTLED" });
    await clock.advance(1000);
    await refused;
    await clock.advance(5000);
    expect(counts.probes).toBeGreaterThanOrEqual(1);
  });
});

describe("the events budget", () => {
  it("keeps the order of a channel's messages, whatever is said on hearing that it has joined", async () => {
    // Two messages fit before the first look of a counter that has just started.
    const { pool, driver, clock } = makePool({ eventsPerSecond: 0.5, joinShare: 1, unknownServerAge: "cold" });
    const channel = await pool.acquire("a");
    const work: Promise<void>[] = [];
    const say = (number: number) => work.push(channel.send("said", { number }));
    for (const number of [1, 2, 3]) say(number);
    channel.events.on("joined", () => say(4));
    driver.openSockets[0]?.drop({ where: "close", text: "", closeCode: 1012 });
    await clock.advance(1000);
    await Promise.all(work);
    expect(driver.joins.flatMap(({ sent }) => sent).map(({ payload }) => payload["number"])).toEqual([1, 2, 3, 4]);
  });

  it("halves once for an overrun, however long it lasts and however many channels it closes", async () => {
    let isOver = true;
    const { notices } = makeNotices(() => isOver);
    const { pool, driver, clock } = makePool({}, { notices });
    const throttled: unknown[] = [];
    pool.events.on("budget:throttled", (event) => throttled.push(event));
    await Promise.all(many(20).map((topic) => pool.acquire(topic)));
    for (const join of [...driver.joins]) {
      join.end(OVER);
      await clock.advance(2000);
    }
    isOver = false;
    await clock.advance(6000);
    expect(throttled).toEqual([{ budget: "events", ratio: 0.5, coolDownMs: 10_000 }]);
  });

  it("makes a message wait in line, and refuses it when it has waited long enough", async () => {
    const { pool, driver, clock } = makePool({ eventsPerSecond: 2, joinShare: 0.5, sendWaitMs: 4000 });
    const channel = await pool.acquire("room:1");
    const told: unknown[] = [];
    pool.events.on("send:waited", (event) => told.push(event));
    pool.events.on("send:refused", (event) => told.push(event));
    for (let n = 0; n < 29; n += 1) await channel.send("m", { n });
    await clock.advance(59_000);
    const late = Promise.allSettled([channel.send("m", { n: 29 }), channel.send("m", { n: 30 })]);
    await clock.advance(4000);
    expect((await late).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(driver.joins[0]?.sent.map(({ payload }) => payload["n"])).toEqual(Array.from({ length: 31 }, (_, n) => n));
    for (let n = 31; n < 29 + 29; n += 1) await channel.send("m", { n });
    const refused = expect(channel.send("m", {})).rejects.toMatchObject({
      code: "POOL_SEND_THROTTLED",
      retryable: true,
    });
    await clock.advance(4000);
    await refused;
    const waited = { topic: "room:1", waitMs: 1600 };
    expect(told).toEqual([waited, waited, { topic: "room:1" }]);
  });

  it("counts a message twice, for whoever hears it, and once what is received", async () => {
    const { pool, driver } = makePool();
    const channel = await pool.acquire("room:1");
    await channel.send("m", {});
    driver.joins[0]?.say("m", {});
    expect(pool.getStats().budgets.events).toEqual({ used: 3, allowed: 4799, ratio: 1 });
  });

  it("takes the limit the server tells for the plan's, if it is lower", async () => {
    const { pool } = makePool({}, { notices: makeNotices(() => false, 50).notices });
    await pool.broadcast("user:1", "e", {});
    expect(pool.getStats().budgets.events).toEqual({ used: 2, allowed: 2399, ratio: 1 });
  });

  it("lets a notice go before every message that waits", async () => {
    const sent: string[] = [];
    const { pool, driver, clock } = makePool(
      { eventsPerSecond: 2, joinShare: 0.5, sendWaitMs: 120_000 },
      {
        notices: {
          ...makeNotices(() => null).notices,
          send: async (topic) => {
            sent.push(topic, String(driver.joins[0]?.sent.length));
            return { kind: "sent" };
          },
        },
      },
    );
    const channel = await pool.acquire("room:1", { priority: "room" });
    for (let n = 0; n < 29; n += 1) await channel.send("m", {});
    const work = Promise.all([channel.send("m", {}), pool.broadcast("user:1", "e", {})]);
    await clock.advance(62_000);
    await work;
    expect(sent).toEqual(["user:1", "29"]);
  });

  it("refuses a message whose channel went while it waited", async () => {
    const { pool, driver, clock } = makePool({ eventsPerSecond: 2, joinShare: 0.5, sendWaitMs: 120_000 });
    const channel = await pool.acquire("room:1");
    for (let n = 0; n < 29; n += 1) await channel.send("m", {});
    const work = expect(channel.send("m", {})).rejects.toMatchObject({ code: "POOL_NOT_JOINED" });
    driver.options = { join: () => "hold" };
    driver.joins[0]?.end({ where: "system", text: "channel_crash" });
    await clock.advance(62_000);
    await work;
  });

  it("lets go of everybody who waits when the pool closes", async () => {
    const { pool } = makePool({ eventsPerSecond: 2, joinShare: 0.5, sendWaitMs: 120_000 });
    const channel = await pool.acquire("room:1");
    for (let n = 0; n < 29; n += 1) await channel.send("m", {});
    const work = expect(channel.send("m", {})).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await pool.close();
    await work;
  });
});

describe("the presence budget", () => {
  it("pays for everybody of ours in the topic, who listens or not: the server tells them all", async () => {
    const { pool } = makePool({}, {});
    const [first] = await Promise.all([1, 2, 3].map(() => pool.acquire("lobby")));
    await first?.track({ n: 1 });
    expect(pool.getStats().budgets.presence.used).toBe(2 + 3);
    const observer = await pool.acquire("lobby", { config: { presence: { key: "", listen: true } } });
    expect(pool.getStats().budgets.presence.used).toBe(5 + 1);
    await observer.release();
    await first?.track({ n: 2 });
    expect(pool.getStats().budgets.presence.used).toBe(6 + 2 + 3);
  });

  it("spreads the entries of a mass rejoin, rooms first, and loses none", async () => {
    const { pool, driver, clock } = makePool({ presenceEventsPerSecond: 4, joinShare: 0.5, channelsPerSocket: 90 });
    const join = (topic: string, priority: "room" | "idle") => pool.acquire(topic, { priority });
    const channels = await Promise.all([
      ...many(60).map((topic) => join(topic, "idle")),
      ...many(20).map((topic) => join(`live-${topic}`, "room")),
    ]);
    for (const channel of channels) void channel.track({ bot: channel.topic });
    // 119 events in a window are 39 calls: each is counted, told to the channel itself and to a person.
    await clock.advance(62_000 * 2);
    for (const socket of driver.openSockets) socket.drop({ where: "close", text: "", closeCode: 1012 });
    const before = driver.joins.length;
    const tracked = () =>
      driver.joins.slice(before).flatMap(({ presenceCalls }) => presenceCalls.map((entry) => String(entry?.["bot"])));
    // A cold counter's first look: 19 events, 6 calls.
    await clock.advance(5000);
    expect(areJoined(channels)).toBe(true);
    const first = tracked();
    expect(first.length).toBe(6);
    // Whoever was back first took what there was; of those who wait the rooms go first.
    await clock.advance(5000);
    const next = tracked().filter((topic) => !first.includes(topic));
    expect(next.length).toBe(3);
    expect(next.every((topic) => topic.startsWith("live-"))).toBe(true);
    await clock.advance(62_000 * 3);
    expect(tracked().sort()).toEqual(channels.map(({ topic }) => topic).sort());
  });

  it("halves when the server says that it is spent, and the entries follow later", async () => {
    const { pool, driver, clock } = makePool();
    const channel = await pool.acquire("lobby");
    await channel.track({ n: 1 });
    const throttled: unknown[] = [];
    pool.events.on("budget:throttled", (event) => throttled.push(event));
    driver.joins[0]?.end({ where: "system", text: "Too many presence messages per second" });
    await clock.advance(9_000);
    expect(channel.status).toBe("joined");
    expect(driver.joins[1]?.presenceCalls).toEqual([]);
    await clock.advance(1_000);
    expect(driver.joins[1]?.presenceCalls).toEqual([{ n: 1 }]);
    expect(throttled).toEqual([{ budget: "presence", ratio: 0.5, coolDownMs: 10_000 }]);
    expect(pool.getStats().budgets.presence).toEqual({ used: 6, allowed: 479, ratio: 0.5 });
  });
});
