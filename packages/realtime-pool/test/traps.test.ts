import { createSystemRuntime, isFleetError } from "@shoal/kernel";
import { spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createRealtimePool, type PoolOptions } from "../src/index.ts";
import type { RealtimePoolConfig } from "../src/options.ts";
import { makeToken } from "./make-token.ts";
import { type RawServerOptions, startRawServer } from "./raw-server.ts";

/**
 * What realtime-js 2.119.1 on @supabase/phoenix 0.4.5 does to a long-lived process when it is left to itself, and does
 * not do behind the pool. Numbers are those of the traps in REALTIME.md 3.3; more of them, against the library's own
 * timers: src/adapters/realtime-js/driver.test.ts.
 */
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  vi.restoreAllMocks();
});

/** One for all tests, in a process of its own; what a test does to it ends with the test. */
let server: Awaited<ReturnType<typeof spawnRealtimeServer>>;
beforeAll(async () => {
  server = await spawnRealtimeServer();
});
afterAll(() => server.close());

async function serveRaw(options: RawServerOptions = {}) {
  const server = await startRawServer({ onPush: () => ({ ok: {} }), ...options });
  cleanups.push(() => server.stop());
  return server;
}

function makePool(
  url: string,
  apiKey: string,
  options: Partial<PoolOptions> = {},
  more: Partial<RealtimePoolConfig> = {},
) {
  const pool = createRealtimePool({
    url,
    apiKey,
    runtime: createSystemRuntime(),
    options: { start: { mode: "quota" }, retryBaseMs: 50, probeBaseMs: 50, probeMaxMs: 100, ...options },
    ...more,
  });
  cleanups.push(() => pool.close());
  return pool;
}

const topics = (count: number) => Array.from({ length: count }, (_, index) => `room:${index}`);

describe("joins", () => {
  it("an outage does not double the joins (6)", async () => {
    const pool = makePool(server.url, server.serviceRoleKey, { channelsPerSocket: 5 });
    const before = await server.stats();
    const channels = await Promise.all(topics(20).map((topic) => pool.acquire(topic)));
    const recovered = Promise.all(channels.map((channel) => channel.events.next("recovered")));
    await server.faults.restart({ kind: "crash", downMs: 1000 });
    await recovered;
    const after = await server.stats();
    expect(after.joinsAccepted - before.joinsAccepted).toBe(40);
    expect(after).toMatchObject({ joinsRefused: 0, channels: 20 });
  });

  it("a used channel object is never used again: a crashed channel joins anew on the same socket (4)", async () => {
    const server = await serveRaw();
    const pool = makePool(server.url, "key", { retryMaxMs: 50 });
    const channel = await pool.acquire("room:1", { config: { ack: true } });
    const heard: unknown[] = [];
    channel.onBroadcast("*", (payload) => heard.push(payload));
    for (let crash = 0; crash < 3; crash += 1) {
      const recovered = channel.events.next("recovered");
      server.say("realtime:room:1", "phx_error", { reason: "channel_crash" }, server.sent("phx_join").at(-1)?.joinRef);
      await recovered;
    }
    server.say("realtime:room:1", "broadcast", { type: "broadcast", event: "message", payload: { n: 1 } });
    await channel.send("message", {});
    expect(heard).toEqual([{ n: 1 }]);
    expect(new Set(server.sent("phx_join").map((frame) => frame.joinRef)).size).toBe(4);
    expect(server.upgrades).toBe(1);
  });
});

describe("sockets", () => {
  it("a reconnect adds no handler: after many each message is heard once (5)", async () => {
    const server = await serveRaw();
    const pool = makePool(server.url, "key", { retryMaxMs: 50 });
    const channel = await pool.acquire("room:1", { config: { ack: true } });
    const heard: unknown[] = [];
    channel.onBroadcast("*", (payload) => heard.push(payload));
    for (let round = 0; round < 6; round += 1) {
      const recovered = channel.events.next("recovered");
      server.closeSockets(1006);
      await recovered;
    }
    server.say("realtime:room:1", "broadcast", { type: "broadcast", event: "message", payload: { n: 1 } });
    await channel.send("message", {});
    expect(heard).toEqual([{ n: 1 }]);
    expect([server.sent("phx_join").length, server.sockets]).toEqual([7, 1]);
  });

  it("the status of a refused upgrade is told, with what it means (8)", async () => {
    cleanups.push(await server.faults.refuseUpgrades({ status: 429, reason: "Too many connected users" }));
    const pool = makePool(server.url, server.serviceRoleKey);
    const waiting = pool.acquire("room:1").catch(() => {});
    expect(await pool.events.next("socket:closed")).toMatchObject({ errorClass: "capacity" });
    await pool.close();
    await waiting;
  });

  it("every failed handshake is told, not the first one alone (9)", async () => {
    const server = await serveRaw({ upgrade: () => 503 });
    const pool = makePool(server.url, "key");
    pool.acquire("room:1").catch(() => {});
    for (let failures = 0; failures < 4; failures += 1) {
      expect(await pool.events.next("socket:closed")).toMatchObject({ errorClass: "server" });
    }
    expect(server.upgrades).toBeGreaterThanOrEqual(4);
  });

  it("a half-open socket is found by its silence, and its channels come back", async () => {
    const pool = makePool(server.url, server.serviceRoleKey, { heartbeatMs: 1000, staleAfterMs: 500 });
    const channel = await pool.acquire("room:1");
    const stale = pool.events.next("socket:stale");
    const recovered = channel.events.next("recovered");
    const lift = await server.faults.halfOpen();
    cleanups.push(lift);
    expect((await stale).silentMs).toBeGreaterThanOrEqual(500);
    await lift();
    await recovered;
    expect(channel.status).toBe("joined");
  });

  it("a socket on which nothing is delivered is found by its canary", async () => {
    const server = await serveRaw({ onPush: ({ event }) => (event === "broadcast" ? "silence" : { ok: {} }) });
    const pool = makePool(server.url, "key", { canaryMs: 1000 });
    await pool.acquire("room:1");
    const stale = pool.events.next("socket:stale");
    for (let lost = 0; lost < 2; lost += 1) await pool.events.next("canary:lost");
    await stale;
  });

  it("a canary hears itself on a server that delivers", async () => {
    const pool = makePool(server.url, server.serviceRoleKey, { canaryMs: 1000 });
    await pool.acquire("room:1");
    expect((await pool.events.next("canary:answered")).roundTripMs).toBeGreaterThanOrEqual(0);
  });
});

describe("letting go", () => {
  it("removing a channel inside its own callback ends, with no flood of leaves (3)", async () => {
    const server = await serveRaw();
    const pool = makePool(server.url, "key");
    const [byLoss, byMessage, byJoin] = await Promise.all(topics(3).map((topic) => pool.acquire(topic)));
    const released: Promise<void>[] = [];
    byLoss?.events.on("lost", () => released.push(byLoss.release()));
    byMessage?.onBroadcast("*", () => released.push(byMessage.release()));
    byJoin?.events.on("recovered", () => released.push(byJoin.release()));
    const joinRef = (topic: string) => server.sent("phx_join").find((frame) => frame.topic === topic)?.joinRef;
    server.say("realtime:room:0", "phx_close", {}, joinRef("realtime:room:0"));
    server.say("realtime:room:1", "broadcast", { type: "broadcast", event: "bye", payload: {} });
    const ended = byJoin?.events.next("recovered");
    server.say("realtime:room:2", "phx_error", { reason: "channel_crash" }, joinRef("realtime:room:2"));
    await ended;
    await Promise.all(released);
    expect(released.length).toBe(3);
    expect(pool.getStats().slots.held).toBe(0);
    expect(server.sent("phx_leave").length).toBeLessThanOrEqual(4);
  });

  it("close leaves no timer that keeps the process alive, the library's included (10)", async () => {
    const server = await serveRaw();
    const timers = trackTimers();
    const pool = makePool(
      server.url,
      "key",
      { canaryMs: 1000 },
      { accessToken: async () => makeToken(Date.now() + 3_600_000) },
    );
    const channels = await Promise.all(topics(25).map((topic) => pool.acquire(topic)));
    await channels[0]?.track({ name: "Ada" }).catch(() => {});
    expect(timers.size).toBeGreaterThan(0);
    await pool.close();
    expect(timers.size).toBe(0);
  });

  it("a message to a channel that is away is refused, not sent another way behind the caller's back (16)", async () => {
    const server = await serveRaw();
    const pool = makePool(server.url, "key");
    const channel = await pool.acquire("room:1");
    const requests = vi.spyOn(globalThis, "fetch");
    const lost = channel.events.next("lost");
    server.closeSockets(1006);
    await lost;
    const error = await channel.send("message", {}).catch((thrown: unknown) => thrown);
    expect(isFleetError(error, "POOL_NOT_JOINED") && error.retryable).toBe(true);
    expect(requests).not.toHaveBeenCalled();
  });
});

describe("tokens", () => {
  it("a token is replaced ahead of its end on every joined channel, and no join is spent on it (12)", async () => {
    const server = await serveRaw({ onPush: ({ event }) => (event === "access_token" ? "silence" : { ok: {} }) });
    let calls = 0;
    const accessToken = async () => {
      calls += 1;
      return makeToken(Date.now() + (calls === 1 ? 10_000 : 3_600_000), `${calls}`);
    };
    const pool = makePool(server.url, "key", { channelsPerSocket: 2 }, { accessToken });
    await Promise.all(topics(6).map((topic) => pool.acquire(topic)));
    await server.received("access_token", 6);
    const shown = server.sent("access_token").map((frame) => frame.topic);
    expect(new Set(shown).size).toBe(6);
    expect(server.sent("phx_join").length).toBe(6);
    expect(calls).toBe(2);
  });

  it("a token the server calls expired is never shown to it again (12)", async () => {
    const server = await serveRaw();
    let calls = 0;
    const accessToken = async () => {
      calls += 1;
      return makeToken(Date.now() + 3_600_000, `${calls}`);
    };
    const pool = makePool(server.url, "key", {}, { accessToken });
    const channel = await pool.acquire("room:1");
    const recovered = channel.events.next("recovered");
    const message = "Token has expired 0 seconds ago";
    const joinRef = server.sent("phx_join")[0]?.joinRef;
    server.say("realtime:room:1", "system", { extension: "system", status: "error", message }, joinRef);
    server.say("realtime:room:1", "phx_close", {}, joinRef);
    await recovered;
    const [first, second] = server.sent("phx_join").map((frame) => frame.payload["access_token"]);
    expect(second).not.toBe(first);
    expect([calls, server.sent("phx_join").length]).toEqual([2, 2]);
  });
});

/** Started by the pool or its library: the server of the test, in the same process, has timers of its own. */
const isOfThePool = () =>
  /realtime-pool.src|packages.kernel|@supabase|realtime-js|phoenix/.test(new Error().stack ?? "");

/** The pool's timers that were started from now on and have neither fired nor been cleared. */
function trackTimers(): ReadonlySet<unknown> {
  const { setTimeout: start, clearTimeout: clear } = globalThis;
  const active = new Set<unknown>();
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((fire: (...args: unknown[]) => void, ...rest: [number]) => {
    const timer = start(
      () => {
        active.delete(timer);
        fire();
      },
      ...rest,
    );
    if (isOfThePool()) active.add(timer);
    return timer;
  }) as typeof setTimeout);
  vi.spyOn(globalThis, "clearTimeout").mockImplementation((timer) => {
    active.delete(timer);
    clear(timer);
  });
  return active;
}
