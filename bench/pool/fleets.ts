import { type Clock, every, type Runtime } from "@shoal/kernel";
import { createRealtimePool, type RealtimePool } from "@shoal/realtime-pool";
import { type RealtimeChannel, RealtimeClient } from "@supabase/realtime-js";
import type { FleetKind, FleetOptions } from "./fleet-process.ts";

export interface Fleet {
  /** Starts `count` more channels, and waits for none. */
  grow(channels: number): void;
  joined(): number;
  dead(): number;
  /** Sends broadcasts to oneself one after the other; returns each round trip in ms. */
  echo(messages: number, everyMs: number): Promise<readonly number[]>;
}

interface FleetParts {
  readonly url: string;
  readonly key: string;
  readonly runtime: Runtime;
  readonly options: FleetOptions;
}

/** Channels per socket that the design recommends at scale; the server allows 100. @source REALTIME.md 2.1 */
const POOL_CHANNELS_PER_SOCKET = 90;
const PEER_CHANNELS_PER_CLIENT = 100;
const ENTRY = { bot: true };
const SHOW_EVERY_MS = 1000;

export function openFleet(kind: FleetKind, parts: FleetParts): Fleet {
  switch (kind) {
    case "pool":
      return pooled(parts);
    case "client-per-bot":
      return bare(parts, 1);
    case "client-per-100":
      return bare(parts, PEER_CHANNELS_PER_CLIENT);
  }
}

function pooled({ url, key, runtime, options }: FleetParts): Fleet {
  const { joinsPerSecond, eventsPerSecond, presenceEventsPerSecond, heartbeatMs } = options;
  const pool = createRealtimePool({
    url,
    apiKey: key,
    runtime,
    options: {
      start: { mode: "quota" },
      channelsPerSocket: POOL_CHANNELS_PER_SOCKET,
      maxSockets: 120,
      joinsPerSecond,
      ...(eventsPerSecond === undefined ? {} : { eventsPerSecond }),
      ...(presenceEventsPerSecond === undefined ? {} : { presenceEventsPerSecond }),
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    },
  });
  let count = 0;
  const lobby = options.lobby === undefined ? null : showFleet(pool, options.lobby, runtime.clock);
  const open = async (index: number) => {
    const clientId = `bot-${index}`;
    const presence = { key: clientId, listen: false };
    const channel = await pool.acquire(`bench:${index}`, { clientId, priority: "room", config: { presence } });
    if (options.tracks) await channel.track({ ...ENTRY, index });
    lobby?.show(clientId);
  };
  return {
    grow(channels) {
      for (const last = count + channels; count < last; count += 1) void open(count);
    },
    joined: () => pool.getStats().channels.joined,
    dead: () => pool.getStats().channels.failed,
    async echo(messages, everyMs) {
      const channel = await pool.acquire("bench:echo:pool", { priority: "room", config: { self: true } });
      return roundTrips(runtime, messages, everyMs, {
        send: (n) => channel.send("echo", { n }),
        hear: (listener) => channel.onBroadcast("echo", ({ n }) => listener(n)),
      }).finally(() => channel.release());
    },
  };
}

/** Shows all bots by one entry; one channel watches for all of them. Updated once a second: five calls in 30 s is the limit. */
function showFleet(pool: RealtimePool, topic: string, clock: Clock): { show(bot: string): void } {
  const bots: string[] = [];
  let told = 0;
  const channel = pool.acquire(topic, { priority: "lobby", config: { presence: { key: "fleet", listen: true } } });
  const tell = async () => {
    if (told === bots.length) return;
    told = bots.length;
    await (await channel).track({ bots: [...bots] });
  };
  every(clock, SHOW_EVERY_MS, tell, () => {});
  return { show: (bot) => void bots.push(bot) };
}

function bare({ url, key, runtime, options }: FleetParts, perClient: number): Fleet {
  const clients: RealtimeClient[] = [];
  const channels: RealtimeChannel[] = [];
  const clientFor = (index: number): RealtimeClient => {
    const at = Math.floor(index / perClient);
    clients[at] ??= new RealtimeClient(`${url.replace(/^http/, "ws")}/realtime/v1`, {
      params: { apikey: key },
      // The library logs every frame it drops to the console, which would be measured too.
      logger: () => {},
      ...(options.heartbeatMs === undefined ? {} : { heartbeatIntervalMs: options.heartbeatMs }),
    });
    return clients[at];
  };
  const open = (index: number) => {
    const topic = options.lobby ?? `bench:${index}`;
    const isLobby = options.lobby !== undefined;
    const channel = clientFor(index).channel(topic, {
      config: { presence: { key: `bot-${index}`, enabled: isLobby } },
    });
    channels.push(channel);
    // The bot listens but does not read the state: reading it at each change would cost the library minutes.
    if (isLobby) channel.on("presence", { event: "sync" }, () => {});
    channel.on("broadcast", { event: "*" }, () => {});
    channel.subscribe((status) => {
      if (status === "SUBSCRIBED" && (options.tracks || isLobby)) void channel.track({ ...ENTRY, index });
    });
  };
  return {
    grow(count) {
      for (const last = channels.length + count; channels.length < last; ) open(channels.length);
    },
    joined: () => channels.filter((channel) => channel.state === "joined").length,
    dead: () => channels.filter((channel) => channel.state === "closed").length,
    async echo(messages, everyMs) {
      const client = new RealtimeClient(`${url.replace(/^http/, "ws")}/realtime/v1`, { params: { apikey: key } });
      const channel = client.channel("bench:echo:bare", { config: { broadcast: { self: true } } });
      const heard = new Set<(n: unknown) => void>();
      channel.on("broadcast", { event: "echo" }, ({ payload }) => {
        for (const listener of heard) listener(payload["n"]);
      });
      await new Promise<void>((resolve) => channel.subscribe((status) => status === "SUBSCRIBED" && resolve()));
      return roundTrips(runtime, messages, everyMs, {
        send: (n) => channel.send({ type: "broadcast", event: "echo", payload: { n } }),
        hear: (listener) => void heard.add(listener),
      }).finally(() => client.removeChannel(channel));
    },
  };
}

interface Line {
  send(n: number): Promise<unknown>;
  hear(listener: (n: unknown) => void): void;
}

async function roundTrips(
  { clock }: Runtime,
  messages: number,
  everyMs: number,
  line: Line,
): Promise<readonly number[]> {
  const sentAtMs: number[] = [];
  const tookMs: number[] = [];
  const done = Promise.withResolvers<void>();
  line.hear((n) => {
    tookMs.push(performance.now() - (sentAtMs[Number(n)] ?? Number.NaN));
    if (tookMs.length === messages) done.resolve();
  });
  const send = () => {
    if (sentAtMs.length === messages) return timer.cancel();
    sentAtMs.push(performance.now());
    void line.send(sentAtMs.length - 1);
  };
  const timer = every(clock, everyMs, send, () => {});
  await done.promise;
  return tookMs;
}
