import { isFleetError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import type { FakeDriverOptions } from "../test/fake-driver.ts";
import { poolsWithoutLeaks } from "../test/make-pool.ts";
import type { Evidence } from "./classify.ts";

const makePool = poolsWithoutLeaks();

const CRASHED: Evidence = { where: "join", text: "channel_crash" };
const DROPPED: Evidence = { where: "close", text: "", closeCode: 1006 };
const refusedWith = (httpStatus: number): Evidence => ({ where: "handshake", text: "", httpStatus });

describe("a listener that lets go in the middle of the news", () => {
  it("of a loss gets no further join, and nobody waits behind it", async () => {
    const { pool, driver, clock } = makePool({ channelsPerSocket: 2 });
    const [first, second] = await Promise.all([pool.acquire("a"), pool.acquire("b")]);
    first?.events.on("lost", () => void first.release());
    driver.joins[0]?.end(CRASHED);
    await clock.advance(60_000);
    expect(driver.joinedTopics).toEqual(["a", "b"]);
    expect(first?.status).toBe("released");
    expect(second?.status).toBe("joined");
    expect(pool.getStats()).toMatchObject({ slots: { held: 1 }, channels: { waiting: 0, joined: 1, released: 1 } });
    expect((await pool.acquire("c")).status).toBe("joined");
  });

  it("of a refusal gets no further join", async () => {
    const { pool, driver, clock } = makePool({}, { join: () => CRASHED });
    const controller = new AbortController();
    pool.events.on("channel:refused", () => controller.abort(new Error("enough")));
    await expect(pool.acquire("a", { signal: controller.signal })).rejects.toThrow("enough");
    await clock.advance(60_000);
    expect(driver.joins.length).toBe(1);
    expect(pool.getStats()).toMatchObject({ slots: { held: 0 }, channels: { waiting: 0 } });
  });

  it("of a join being sent leaves the topic on the server too", async () => {
    const { pool, driver, clock, settle } = makePool({}, { join: () => "hold" });
    const controller = new AbortController();
    pool.events.on("channel:joining", () => controller.abort(new Error("enough")));
    await expect(pool.acquire("a", { signal: controller.signal })).rejects.toThrow("enough");
    await settle();
    expect(driver.sockets[0]?.topics).toEqual([]);
    expect(driver.joins[0]?.isLeft).toBe(true);
    await clock.advance(0);
  });

  it("of a join sent before acquire has returned holds nothing", async () => {
    const { pool, driver, settle } = makePool();
    await pool.acquire("a");
    const controller = new AbortController();
    pool.events.on("channel:joining", () => controller.abort(new Error("enough")));
    await expect(pool.acquire("b", { signal: controller.signal })).rejects.toThrow("enough");
    await settle();
    expect(driver.sockets.flatMap(({ topics }) => topics)).toEqual(["a"]);
    expect(pool.getStats()).toMatchObject({ slots: { held: 1 }, channels: { waiting: 0, joining: 0, joined: 1 } });
  });

  it.each([
    ["changes:ready", []],
    ["changes-ready", ["changes:ready"]],
    ["changes:failed", []],
    ["changes-failed", ["changes:failed"]],
    ["channel:lost", []],
    ["lost", ["channel:lost"]],
    ["channel:joined", ["channel:lost", "lost"]],
    ["joined", ["channel:lost", "lost", "channel:joined"]],
    ["channel:recovered", ["channel:lost", "lost", "channel:joined", "joined"]],
    ["recovered", ["channel:lost", "lost", "channel:joined", "joined", "channel:recovered"]],
  ])("of %s hears nothing after the release", async (last, before) => {
    const { pool, driver, clock } = makePool();
    const channel = await pool.acquire("a");
    const told: string[] = [];
    const tell = (name: string) => () => {
      told.push(name);
      if (name === last) void channel.release();
    };
    for (const name of ["channel:joined", "channel:lost", "channel:recovered", "channel:released"] as const)
      pool.events.on(name, tell(name));
    for (const name of ["changes:ready", "changes:failed"] as const) pool.events.on(name, tell(name));
    for (const name of ["joined", "lost", "recovered", "changes-ready", "changes-failed"] as const)
      channel.events.on(name, tell(name));
    if (last.endsWith("ready")) driver.joins[0]?.listener.onChangesReady();
    if (last.endsWith("failed")) driver.joins[0]?.listener.onChangesFailed(CRASHED);
    driver.joins[0]?.end(CRASHED);
    await clock.advance(60_000);
    expect(told).toEqual([...before, last, "channel:released"]);
  });

  it("of its own join is rejected and holds nothing", async () => {
    const { pool, driver, settle } = makePool();
    const controller = new AbortController();
    pool.events.on("channel:joined", () => queueMicrotask(() => controller.abort(new Error("enough"))));
    const outcome = await pool.acquire("a", { signal: controller.signal }).then(
      (channel) => channel.status,
      (error: Error) => error.message,
    );
    await settle();
    // Either the abort came in time, or the channel is the caller's: never a channel that is already over.
    expect(["joined", "enough"]).toContain(outcome);
    expect(driver.sockets[0]?.topics.length).toBe(outcome === "joined" ? 1 : 0);
  });
});

describe("whoever waits for a slot", () => {
  it("gets it when those who lost it give up before they come back", async () => {
    const { pool, driver, clock, settle } = makePool({
      channelsPerSocket: 2,
      maxSockets: 1,
      joinsPerSecond: 0.12,
      joinShare: 0.5,
    });
    const spent = await Promise.all([pool.acquire("x"), pool.acquire("y")]);
    for (const channel of spent) await channel.release();
    await (await pool.acquire("z")).release();
    const controller = new AbortController();
    const lost = ["a", "b"].map((topic) => pool.acquire(topic, { signal: controller.signal }));
    for (const work of lost) work.catch(() => {});
    const waiting = pool.acquire("c");
    await settle();
    expect(driver.joinedTopics).toEqual(["x", "y", "z"]);
    driver.sockets[0]?.drop(DROPPED);
    controller.abort(new Error("given up"));
    await clock.advance(180_000);
    expect(pool.getStats().channels).toMatchObject({ joined: 1, waiting: 0 });
    expect((await waiting).topic).toBe("c");
  });
});

describe("the tries of a bounded acquire", () => {
  const ends = (work: Promise<unknown>) =>
    work.then(
      () => "joined",
      (error: unknown) => (isFleetError(error) ? error.code : "another error"),
    );

  it("are used up by a server that ends the socket at each of its joins", async () => {
    const kill: FakeDriverOptions["join"] = (_request, _index, socket) => {
      queueMicrotask(() => socket.drop({ where: "close", text: "", closeCode: 1009 }));
      return "hold";
    };
    const { pool, driver, clock } = makePool({}, { join: kill });
    const work = ends(pool.acquire("a", { maxRetries: 3 }));
    await clock.advance(600_000);
    expect(driver.joins.length).toBe(4);
    expect(await work).toBe("POOL_JOIN_REFUSED");
  });

  it("are not counted before its turn in the line of starts", async () => {
    const { pool, driver, clock } = makePool({ start: { mode: "stagger", minMs: 600_000, maxMs: 600_000 } });
    await pool.acquire("a");
    const work = ends(pool.acquire("b", { maxRetries: 2 }));
    driver.options = { handshake: () => ({ where: "handshake", text: "Failed to connect", closeCode: 1006 }) };
    driver.openSockets[0]?.drop(DROPPED);
    await clock.advance(300_000);
    driver.options = {};
    await clock.advance(310_000);
    expect(await work).toBe("joined");
  });

  it("are over for everybody who waits once one is told that the project is closed", async () => {
    const text = "RealtimeDisabledForTenant: Realtime disabled for this tenant";
    const { pool, driver, clock } = makePool({}, { join: () => ({ where: "join", text }) });
    const works = Array.from({ length: 20 }, (_, index) => ends(pool.acquire(`room:${index}`)));
    await clock.advance(1000);
    expect(await Promise.all(works)).toEqual(Array(20).fill("POOL_JOIN_REFUSED"));
    expect(driver.joins.length).toBe(1);
  });
});

describe("a refused handshake", () => {
  it.each([401, 403, 404])("with status %i ends who never joined, but not who did: they return", async (status) => {
    const { pool, driver, clock } = makePool({ channelsPerSocket: 2 });
    const channel = await pool.acquire("a");
    const failures: string[] = [];
    channel.events.on("failed", ({ reason }) => failures.push(reason));
    driver.options = { handshake: () => refusedWith(status) };
    driver.sockets[0]?.drop(DROPPED);
    const late = pool.acquire("b").catch((thrown: unknown) => isFleetError(thrown, "POOL_JOIN_REFUSED"));
    await clock.advance(600_000);
    expect(await late).toBe(true);
    expect(failures).toEqual([]);
    expect(channel.status).toBe("waiting");
    // Somebody has to change something first, so one look a minute is plenty.
    expect(driver.sockets.length).toBeLessThanOrEqual(12);
    driver.options = {};
    await clock.advance(80_000);
    expect(channel.status).toBe("joined");
  });

  it("because the key has expired is as final as any other bad key", async () => {
    const { pool } = makePool(
      {},
      { canRefresh: true, handshake: () => ({ where: "handshake", text: "Token has expired", httpStatus: 401 }) },
    );
    const outcome = await pool.acquire("a").catch((thrown: unknown) => thrown);
    expect(isFleetError(outcome, "POOL_JOIN_REFUSED") && outcome.details["errorClass"]).toBe("auth");
  });
});

describe("topics that are refused again and again", () => {
  it("go behind those that are not, whatever their priority", async () => {
    const { pool, driver, clock, settle } = makePool(
      { channelsPerSocket: 100, retryBaseMs: 10, retryMaxMs: 10 },
      { join: () => "hold" },
    );
    // Each refusal takes 5 s on the wire, so two such rooms alone keep the lane of their socket busy.
    const refuse = async () => {
      for (const join of driver.joins.filter(({ isAlive, request }) => isAlive && request.topic.startsWith("bad"))) {
        await clock.advance(5_000);
        join.end({ where: "join", text: "UnknownErrorOnChannel: no" });
      }
      await settle();
    };
    for (const topic of ["bad:1", "bad:2"]) pool.acquire(topic, { priority: "room" }).catch(() => {});
    await settle();
    for (let round = 0; round < 6; round += 1) await refuse();
    const idle = pool.acquire("good", { priority: "idle" });
    for (let round = 0; round < 4; round += 1) {
      await refuse();
      driver.joins.find(({ isAlive, request }) => isAlive && request.topic === "good")?.accept();
    }
    expect((await idle).status).toBe("joined");
  });
});

describe("what acquire is told", () => {
  it.each([
    [{ baseDelayMs: Number.NaN }, "baseDelayMs"],
    [{ baseDelayMs: -1 }, "baseDelayMs"],
    [{ maxDelayMs: Number.POSITIVE_INFINITY }, "maxDelayMs"],
    [{ maxRetries: Number.NaN }, "maxRetries"],
    [{ maxRetries: -1 }, "maxRetries"],
  ])("is checked first: %j", async (options, name) => {
    const { pool } = makePool();
    const outcome = await pool.acquire("a", options).catch((thrown: unknown) => thrown);
    expect(isFleetError(outcome, "POOL_BAD_OPTIONS") && outcome.message).toContain(name);
    expect(pool.getStats().channels.waiting).toBe(0);
  });
});

describe("every socket dropped again and again, by a server that is up", () => {
  it("is recovered from as fast each time as the server lets, not by the growing waits of single channels", async () => {
    const { pool, driver, clock } = makePool({ channelsPerSocket: 5, joinsPerSecond: 1000 });
    const topics = Array.from({ length: 30 }, (_, index) => `room:${index}`);
    await Promise.all(topics.map((topic) => pool.acquire(topic)));
    const backMs: number[] = [];
    for (let drop = 0; drop < 5; drop += 1) {
      await clock.advance(10_000);
      // One after the other, as they come in: the first losses look like those of single sockets.
      for (const socket of driver.openSockets) {
        socket.drop(DROPPED);
        await clock.advance(1);
      }
      let waitedMs = 0;
      for (; pool.getStats().channels.joined < topics.length && waitedMs < 30_000; waitedMs += 50)
        await clock.advance(50);
      backMs.push(waitedMs);
    }
    // Twice at once, then the breaker looks after about 0.5, 1 and 2 s.
    const limitsMs = [750, 750, 1200, 1850, 3150];
    for (const [index, waitedMs] of backMs.entries()) expect(waitedMs).toBeLessThanOrEqual(limitsMs[index] ?? 0);
  });
});

describe("a project over its limit of joins", () => {
  it("is asked by HTTP whether it lets anybody in again, and joined only then", async () => {
    const statuses = [429, 429, 101];
    const askedAtMs: number[] = [];
    const askUpgrade = async () => {
      askedAtMs.push(clock.monotonicMs());
      return { status: statuses[askedAtMs.length - 1] ?? 101, text: "" };
    };
    const { pool, driver, clock } = makePool({}, { askUpgrade });
    await pool.acquire("room:1");
    driver.options = { join: () => ({ where: "join", text: "ClientJoinRateLimitReached: Too many joins per second" }) };
    const next = pool.acquire("room:2");
    await clock.advance(1000);
    const refusedJoins = driver.joins.length;
    expect(pool.getStats().breaker).toEqual({ state: "held", errorClass: "rate", cause: "joinRate" });
    driver.options = {};
    for (let second = 0; second < 30 && askedAtMs.length < 3; second += 1) {
      expect(driver.joins.length).toBe(refusedJoins);
      await clock.advance(1000);
    }
    expect(askedAtMs.length).toBe(3);
    await clock.advance(1000);
    expect((await next).status).toBe("joined");
    expect(driver.joins.length).toBe(refusedJoins + 1);
  });

  it("is not asked any more once the pool is closed", async () => {
    const signals: AbortSignal[] = [];
    const askUpgrade = (signal: AbortSignal) =>
      new Promise<null>((resolve) => {
        signals.push(signal);
        signal.addEventListener("abort", () => resolve(null), { once: true });
      });
    const limited: Evidence = { where: "join", text: "ClientJoinRateLimitReached: Too many joins per second" };
    const { pool, clock } = makePool({}, { askUpgrade, join: () => limited });
    pool.acquire("room:1").catch(() => {});
    await clock.advance(20_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await pool.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
