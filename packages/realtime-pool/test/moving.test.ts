import { createSystemRuntime } from "@shoal/kernel";
import { spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import { afterEach, describe, expect, it } from "vitest";
import { createRealtimeJsDriver } from "../src/adapters/realtime-js/driver.ts";
import type { Channel } from "../src/channel.ts";
import type { DriverChannel, DriverSocket } from "../src/driver.ts";
import { DEFAULT_OPTIONS } from "../src/options.ts";
import { openTwoSockets } from "./two-sockets.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const ROOMS = Array.from({ length: 20 }, (_, index) => `room:${index}`);
const NOTHING = () => {};

async function setUp() {
  const server = await spawnRealtimeServer({ limits: "unlimited" });
  cleanups.push(() => server.close());
  const runtime = createSystemRuntime();
  const options = DEFAULT_OPTIONS;
  const url = `${server.url}/realtime/v1`;
  const driver = createRealtimeJsDriver({ url, apiKey: server.anonKey, tokens: undefined, runtime, options });
  const sockets = await openTwoSockets(runtime, driver, options);
  cleanups.push(() => sockets.close());
  const speaker = await new Promise<DriverSocket>((resolve, reject) => {
    const socket: DriverSocket = driver.open({
      onOpen: () => resolve(socket),
      onClosed: ({ text }) => reject(new Error(text)),
      onHeartbeat: NOTHING,
      onPresenceDropped: NOTHING,
    });
  });
  cleanups.push(() => speaker.close());
  return { server, sockets, speaker, runtime };
}

/** Somebody else in a topic, on a socket of their own. */
function speakIn(socket: DriverSocket, topic: string): Promise<DriverChannel> {
  return new Promise((resolve, reject) => {
    const channel = socket.join(
      { topic, config: { ack: true }, refresh: false },
      {
        onJoined: () => resolve(channel),
        onDown: ({ text }) => reject(new Error(text)),
        onBroadcast: NOTHING,
        onPresence: NOTHING,
        onChange: NOTHING,
        onChangesReady: NOTHING,
        onChangesFailed: NOTHING,
      },
    );
  });
}

describe("channels that move while messages flow as fast as they can", () => {
  it("hear every message once, and are present all the while", async () => {
    const { server, sockets, speaker } = await setUp();
    const heard = new Map<string, number[]>(ROOMS.map((topic) => [topic, []]));
    const last = new Map<string, PromiseWithResolvers<void>>(ROOMS.map((topic) => [topic, Promise.withResolvers()]));
    const channels: Channel[] = [];
    const speakers: DriverChannel[] = [];
    for (const topic of ROOMS) {
      speakers.push(await speakIn(speaker, topic));
      const channel = sockets.channel({ presence: { key: "bot", listen: false } }, topic);
      await channel.ready();
      await channel.track({ bot: true });
      channel.onBroadcast("message", ({ n }) => void heard.get(topic)?.push(Number(n)));
      channel.onBroadcast("last", () => last.get(topic)?.resolve());
      channels.push(channel);
    }

    let movedCount = 0;
    const allMoved = Promise.withResolvers<void>();
    sockets.events.on("channel:moved", () => {
      movedCount += 1;
      if (movedCount === ROOMS.length) allMoved.resolve();
    });
    let isDone = false;
    let said = 0;
    const flow = (async () => {
      for (; !isDone; said += 1) await Promise.all(speakers.map((to) => to.broadcast("message", { n: said }, true)));
    })();
    for (const channel of channels) {
      const atLeast = said + 2;
      while (said < atLeast) await speakers[0]?.broadcast("pause", {}, true);
      expect(sockets.move(channel)).not.toBe(null);
    }
    await allMoved.promise;
    const enough = said + 20;
    while (said < enough) await speakers[0]?.broadcast("pause", {}, true);
    isDone = true;
    await flow;
    await Promise.all(speakers.map((to) => to.broadcast("last", {}, true)));
    await Promise.all([...last.values()].map(({ promise }) => promise));

    const all = Array.from({ length: said }, (_, n) => n);
    for (const numbers of heard.values()) expect([...numbers].sort((a, b) => a - b)).toEqual(all);
    expect(channels.map((channel) => sockets.places.get(channel))).toEqual(ROOMS.map(() => "b"));
    await Promise.all(channels.map((channel) => channel.release()));
    expect(sockets.places.size).toBe(0);
    expect(await server.stats()).toMatchObject({
      channels: ROOMS.length,
      joinsRefused: 0,
      presenceCalls: 2 * ROOMS.length,
    });
  });
});
