import { createSystemRuntime, isFleetError } from "@shoal/kernel";
import { spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import { afterEach, describe, expect, it } from "vitest";
import { createRealtimePool, type PoolOptions, type PresenceState, type RealtimePool } from "../src/index.ts";
import { startRawServer } from "./raw-server.ts";

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** In a process of its own, so that the pool may run on whatever the tests run on. */
async function serve(): ReturnType<typeof spawnRealtimeServer> {
  const server = await spawnRealtimeServer();
  cleanups.push(() => server.close());
  return server;
}

function makePool(url: string, apiKey: string, options: Partial<PoolOptions> = {}) {
  const runtime = createSystemRuntime();
  const pool: RealtimePool = createRealtimePool({
    url,
    apiKey,
    runtime,
    options: {
      start: { mode: "quota" },
      presenceEventsPerSecond: 1000,
      retryBaseMs: 50,
      probeBaseMs: 50,
      probeMaxMs: 100,
      ...options,
    },
  });
  cleanups.push(() => pool.close());
  return { pool, runtime };
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `user:${index}`);

describe("the pool against a real protocol", () => {
  it("acquires, talks, tracks, notifies, releases and closes, and leaves nothing behind", async () => {
    const server = await serve();
    const { pool, runtime } = makePool(server.url, server.serviceRoleKey);
    const bot = await pool.acquire("room:1", {
      clientId: "bot",
      config: { ack: true, presence: { key: "bot", listen: false } },
    });
    const observer = await pool.acquire("room:1", {
      clientId: "observer",
      config: { presence: { key: "observer", listen: true } },
    });
    const states: PresenceState[] = [];
    const isPresent = Promise.withResolvers<void>();
    observer.onPresence((state) => {
      states.push(state);
      if (state["bot"]?.[0]?.["bot"] === true) isPresent.resolve();
    });
    const message = new Promise((resolve) => observer.onBroadcast("message", resolve));
    const notice = new Promise((resolve) => observer.onBroadcast("stranger_matched", resolve));

    await bot.send("message", { text: "grüß dich" });
    expect(await message).toEqual({ text: "grüß dich" });
    await bot.track({ bot: true });
    await isPresent.promise;
    await pool.broadcast("room:1", "stranger_matched", { match_id: "m" });
    expect(await notice).toEqual({ match_id: "m" });

    await bot.release();
    expect((await server.stats()).channels).toBe(1);
    await pool.close();
    expect(pool.getStats()).toMatchObject({ sockets: { open: 0, connecting: 0 }, slots: { held: 0 } });
    expect(runtime.clock.pendingTimers).toBe(0);
    expect(await server.stats()).toMatchObject({ joinsAccepted: 2, joinsRefused: 0 });
  });

  it("brings 60 channels back after a server restart with one join each, presence and handlers included", async () => {
    const server = await serve();
    const { pool } = makePool(server.url, server.serviceRoleKey, { channelsPerSocket: 20 });
    const channels = await Promise.all(
      many(60).map((topic) => pool.acquire(topic, { config: { presence: { key: topic, listen: true } } })),
    );
    await Promise.all(channels.map((channel) => channel.track({ bot: true })));
    const heard = channels.map((channel) => new Promise((resolve) => channel.onBroadcast("hello", resolve)));
    const recovered = channels.map((channel) => channel.events.next("recovered"));

    await server.faults.restart({ kind: "clean", downMs: 200 });
    await Promise.all(recovered);

    const present = channels.map((channel, index) => {
      const key = many(60)[index] ?? "";
      return new Promise<void>((resolve) => channel.onPresence((state) => state[key] && resolve()));
    });
    await Promise.all(present);
    await Promise.all(channels.map((channel) => pool.broadcast(channel.topic, "hello", {})));
    await Promise.all(heard);
    expect(await server.stats()).toMatchObject({ joinsAccepted: 120, joinsRefused: 0, socketsOpened: 6 });
    expect(pool.getStats().channels).toMatchObject({ joined: 60, waiting: 0, failed: 0 });
  });

  it("asks once for a topic it may not read, while its neighbours go on (traps 1 and 2)", async () => {
    const server = await serve();
    // A refusal holds its socket up for 5 s: a heartbeat may wait that long for its answer.
    const { pool } = makePool(server.url, server.anonKey, { heartbeatMs: 5500 });
    const neighbour = await pool.acquire("room:public");
    const failed = pool.events.next("channel:failed");
    const error = await pool.acquire("room:secret", { config: { private: true } }).catch((thrown: unknown) => thrown);
    expect(isFleetError(error, "POOL_JOIN_REFUSED") && error.details["errorClass"]).toBe("permission");
    expect(await failed).toMatchObject({ topic: "room:secret", errorClass: "permission" });
    // Two sockets beat every 4.4 to 5.5 s: this is longer than the second after which the library would ask again.
    for (let beat = 0; beat < 3; beat += 1) await pool.events.next("heartbeat:answered");
    expect(await server.stats()).toMatchObject({ joinsAccepted: 1, joinsRefused: 1 });
    expect(neighbour.status).toBe("joined");
  });

  it("says that a wrong key is a matter of auth, after one handshake", async () => {
    const server = await serve();
    const other = await serve();
    const { pool } = makePool(server.url, other.anonKey);
    let handshakes = 0;
    pool.events.on("socket:opening", () => {
      handshakes += 1;
    });
    const error = await pool.acquire("room:1").catch((thrown: unknown) => thrown);
    expect(isFleetError(error, "POOL_JOIN_REFUSED") && error.details["errorClass"]).toBe("auth");
    expect([handshakes, (await server.stats()).socketsOpened]).toEqual([1, 0]);
  });
});

describe("the pool against a server it has to wait for", () => {
  it("joins once per channel when the server comes up late (trap 6)", async () => {
    const placeholder = await startRawServer();
    await placeholder.stop();
    const { pool } = makePool(placeholder.url, "key");
    const work = Promise.all(many(5).map((topic) => pool.acquire(topic)));
    for (let failures = 0; failures < 3; failures += 1) await pool.events.next("socket:closed");
    const server = await startRawServer({}, placeholder.port);
    cleanups.push(() => server.stop());
    await work;
    expect(server.sent("phx_join").map((frame) => frame.topic)).toEqual(many(5).map((topic) => `realtime:${topic}`));
  });

  it("joins anew when the server has dropped the channel without a word", async () => {
    let isKnown = false;
    const server = await startRawServer({
      onPush: () => (isKnown ? { ok: {} } : { error: { reason: "unmatched topic" } }),
      onJoin: (_frame, index) => {
        isKnown = index > 0;
        return { ok: { postgres_changes: [] } };
      },
    });
    cleanups.push(() => server.stop());
    const { pool } = makePool(server.url, "key", { retryBaseMs: 10, retryMaxMs: 10 });
    const channel = await pool.acquire("room:1", { config: { ack: true, presence: { key: "me", listen: false } } });
    const lost = channel.events.next("lost");
    const recovered = channel.events.next("recovered");
    // Kept, and said again by the next join.
    await channel.track({ name: "Ada" });
    expect(await lost).toMatchObject({ errorClass: "server" });
    await recovered;
    await channel.send("message", {});
    expect(server.sent("phx_join").length).toBe(2);
    expect(server.sent("presence").length).toBe(2);
    expect(server.sockets).toBe(1);
  });
});
