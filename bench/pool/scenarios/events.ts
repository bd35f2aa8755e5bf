import { type RealtimeChannel, RealtimeClient } from "@supabase/realtime-js";
import type { FleetKind } from "../fleet-process.ts";
import { allJoined, mustAllJoin, now, openProject, type Project, pause } from "../project.ts";

export interface EventsResult {
  readonly fleet: FleetKind;
  readonly channels: number;
  readonly overLimitMs: number;
  /** Time from the limit's clearing to the last channel; null if it took too long. */
  readonly backMs: number | null;
  readonly dead: number;
  readonly joinsWasted: number;
}

const OVER_LIMIT_MS = 20_000;
const EVENTS_PER_SECOND = 100;
const TOPICS_PER_CLIENT = 100;
/** Interval at which each topic gets a message: every other second, so that the server's tick misses none. */
const ROUND_MS = 2000;
const CLEAR_LIMIT_MS = 90_000;
const ASK_EVERY_MS = 250;
const HTTP_ACCEPTED = 202;

/** Another client sends too much for 20 s. The server closes every channel that receives a message meanwhile. */
export async function measureEvents({
  kind,
  channels,
  limitMs,
}: {
  kind: FleetKind;
  channels: number;
  limitMs: number;
}): Promise<EventsResult> {
  await using project = await openProject();
  const { server } = project;
  const fleet = await project.fleet(kind, { eventsPerSecond: EVENTS_PER_SECOND });
  await fleet.grow(channels);
  await mustAllJoin(fleet, limitMs);
  const chatter = await openChatter(project, channels);
  await server.setLimits({ plan: "unlimited", joinsPerSecond: 100, eventsPerSecond: EVENTS_PER_SECOND });
  const joinsBefore = (await server.stats()).joinsAccepted;
  await chatter.talkFor(OVER_LIMIT_MS);
  const clearedMs = await limitCleared(project);
  const joinedAtMs = await allJoined(fleet, limitMs);
  const { dead } = await fleet.figures();
  await chatter.close();
  return {
    fleet: kind,
    channels,
    overLimitMs: OVER_LIMIT_MS,
    backMs: joinedAtMs === null ? null : Math.max(0, joinedAtMs - clearedMs),
    dead,
    joinsWasted: (await server.stats()).joinsAccepted - joinsBefore - channels,
  };
}

/** Probes as any client could, by an HTTP broadcast, until the server accepts it. */
async function limitCleared({ at }: Project): Promise<number> {
  const untilMs = now() + CLEAR_LIMIT_MS;
  while (now() < untilMs) {
    const { status } = await fetch(`${at.url}/realtime/v1/api/broadcast`, {
      method: "POST",
      headers: { apikey: at.key, "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ topic: "bench:clear", event: "ask", payload: {} }] }),
    });
    if (status === HTTP_ACCEPTED) return now();
    await pause(ASK_EVERY_MS);
  }
  throw new Error(`the events limit did not clear within ${CLEAR_LIMIT_MS} ms`);
}

async function openChatter({ at }: Project, channels: number) {
  const clients: RealtimeClient[] = [];
  const lines: RealtimeChannel[] = [];
  for (let index = 0; index < channels; index += 1) {
    if (index % TOPICS_PER_CLIENT === 0) {
      clients.push(new RealtimeClient(`${at.url.replace(/^http/, "ws")}/realtime/v1`, { params: { apikey: at.key } }));
    }
    const channel = clients.at(-1)?.channel(`bench:${index}`);
    if (channel) lines.push(channel);
  }
  await Promise.all(
    lines.map(
      (channel) => new Promise<void>((resolve) => channel.subscribe((status) => status === "SUBSCRIBED" && resolve())),
    ),
  );
  return {
    async talkFor(forMs: number): Promise<void> {
      const untilMs = now() + forMs;
      while (now() < untilMs) {
        const roundMs = now();
        for (const channel of lines) void channel.send({ type: "broadcast", event: "chat", payload: {} });
        await pause(Math.max(0, roundMs + ROUND_MS - now()));
      }
    },
    async close(): Promise<void> {
      await Promise.all(clients.map((client) => client.disconnect()));
    },
  };
}
