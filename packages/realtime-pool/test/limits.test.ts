import { type Clock, createSystemRuntime, type Runtime } from "@shoal/kernel";
import type { LimitsOption, RealtimeServer } from "@shoal/local-supabase";
import { afterEach, describe, expect, it } from "vitest";
import { createRealtimePool, type PoolOptions, type PresenceState, type RealtimePool } from "../src/index.ts";

/** The server shares the test's clock, so it must run here, and it runs on Bun. */
const isBun = "Bun" in globalThis;
const jwtSecret = "a-secret-that-is-only-used-in-tests-0123456789";
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Server and pools live by one clock that goes this much faster: its windows are a minute long. */
const FASTER = 10;

function fastRuntime(): Runtime {
  const runtime = createSystemRuntime();
  const { clock } = runtime;
  const fast: Clock = {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs() * FASTER,
    after: (delayMs, fire) => clock.after(delayMs / FASTER, fire),
    get pendingTimers() {
      return clock.pendingTimers;
    },
  };
  return { ...runtime, clock: fast };
}

async function serve(runtime: Runtime, limits: LimitsOption): Promise<RealtimeServer> {
  const { startRealtimeServer } = await import("@shoal/local-supabase");
  const server = await startRealtimeServer({ runtime, jwtSecret, port: 0, limits });
  cleanups.push(() => server.close());
  return server;
}

/** What waits for answers that come in real time gets as much of it. */
async function makePool(
  runtime: Runtime,
  server: RealtimeServer,
  options: Partial<PoolOptions> = {},
): Promise<RealtimePool> {
  const { makeKeys } = await import("@shoal/local-supabase");
  const keys = await makeKeys({ jwtSecret, now: () => Date.now() });
  const pool = createRealtimePool({
    url: server.url,
    apiKey: keys.serviceRole,
    runtime,
    options: {
      start: { mode: "quota" },
      unknownServerAge: "cold",
      // In real time, as the library has it: the server drops a socket that is silent for 60 s of its own, which are 6 s.
      heartbeatMs: 1500,
      connectTimeoutMs: 10_000 * FASTER,
      replyTimeoutMs: 10_000 * FASTER,
      staleAfterMs: 100_000 * FASTER,
      ...options,
    },
  });
  cleanups.push(() => pool.close());
  return pool;
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `room:${index}`);

describe.runIf(isBun)("a fleet on a server that counts events", () => {
  it("says more than fits at once, in order and without loss, and is closed for nothing", async () => {
    const runtime = fastRuntime();
    const server = await serve(runtime, { eventsPerSecond: 5 });
    const pool = await makePool(runtime, server, { eventsPerSecond: 5, sendWaitMs: 120_000 });
    const lost: string[] = [];
    pool.events.on("channel:lost", ({ reason }) => lost.push(reason));
    const bot = await pool.acquire("room:1");
    const other = await pool.acquire("room:1");
    const heard: unknown[] = [];
    const isDone = Promise.withResolvers<void>();
    other.onBroadcast("m", ({ n }) => {
      heard.push(n);
      if (heard.length === 100) isDone.resolve();
    });
    await Promise.all(Array.from({ length: 100 }, (_, n) => bot.send("m", { n })));
    await isDone.promise;
    expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(lost).toEqual([]);
    expect(pool.getStats().budgets.events).toMatchObject({ ratio: 1 });
  });

  it("waits out an overrun of somebody else, with hardly a join, and says it all again afterwards", async () => {
    const runtime = fastRuntime();
    const server = await serve(runtime, { eventsPerSecond: 5 });
    const lift = server.faults.exceedEvents();
    const pool = await makePool(runtime, server, { eventsPerSecond: 5, channelsPerSocket: 50, sendWaitMs: 600_000 });
    const person = await makePool(runtime, server, { eventsPerSecond: 1_000_000 });
    const topics = many(20);
    const channels = await Promise.all(topics.map((topic) => pool.acquire(topic)));
    const voices = await Promise.all(topics.map((topic) => person.acquire(topic)));
    const reasons = new Set<string>();
    const areLost = Promise.withResolvers<void>();
    pool.events.on("channel:lost", ({ reason }) => {
      reasons.add(reason);
      if (channels.every(({ status }) => status !== "joined")) areLost.resolve();
    });
    let isTalking = true;
    const talk = async () => {
      while (isTalking) {
        await Promise.all(voices.map((voice) => voice.send("m", {})));
        await new Promise<void>((resolve) => runtime.clock.after(2000, resolve));
      }
    };
    const talking = talk();
    await areLost.promise;
    isTalking = false;
    await talking;
    expect([...reasons]).toEqual(["Too many messages per second"]);
    expect(pool.getStats().budgets.events).toMatchObject({ allowed: 0, ratio: 0.5 });

    const joinsBefore = pool.getStats().joins.total;
    const liftedAtMs = runtime.clock.monotonicMs();
    const areBack = Promise.all(channels.map((channel) => channel.events.next("recovered")));
    const said = new Promise((resolve) => voices[0]?.onBroadcast("still here", resolve));
    lift();
    await areBack;
    await channels[0]?.send("still here", {});
    await said;
    // One each, and where a slow machine left probes unanswered one for each try, 8 s apart at least.
    const mostTries = Math.ceil((runtime.clock.monotonicMs() - liftedAtMs) / 8000) + 1;
    expect(pool.getStats().joins.total - joinsBefore).toBeLessThanOrEqual(20 + mostTries);
    expect(pool.getStats().budgets.events.ratio).toBeGreaterThanOrEqual(0.5);
  });
});

describe.runIf(isBun)("a fleet on a server that counts presence events", () => {
  it("shows all of its entries to an observer, some later than others, and is closed for none", async () => {
    const runtime = fastRuntime();
    const server = await serve(runtime, { presenceEventsPerSecond: 40 });
    const pool = await makePool(runtime, server, { presenceEventsPerSecond: 40 });
    const lost: string[] = [];
    pool.events.on("channel:lost", ({ reason }) => lost.push(reason));
    const observer = await pool.acquire("lobby", { config: { presence: { key: "observer", listen: true } } });
    const areSeen = Promise.withResolvers<PresenceState>();
    observer.onPresence((state) => Object.keys(state).length === 40 && areSeen.resolve(state));
    const bots = await Promise.all(
      many(40).map((key) => pool.acquire("lobby", { config: { presence: { key, listen: false } } })),
    );
    await Promise.all(bots.map((bot) => bot.track({ bot: true })));
    expect(Object.keys(await areSeen.promise).sort()).toEqual(many(40).sort());
    expect(lost).toEqual([]);
    expect(pool.getStats().budgets.presence).toMatchObject({ ratio: 1 });
  });
});
