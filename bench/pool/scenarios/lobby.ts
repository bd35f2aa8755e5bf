import { RealtimeClient } from "@supabase/realtime-js";
import { allJoined, now, openProject, type Project, pause } from "../project.ts";

export interface LobbyResult {
  readonly fleet: "pool" | "client-per-bot";
  readonly bots: number;
  readonly people: number;
  /** Number of bots that a person sees in the end. */
  readonly botsSeen: number;
  /** Frames that the server sent to the fleet, not to the people. */
  readonly framesToFleet: number;
  readonly fleetCpuMs: number;
}

const TOPIC = "bench:lobby";
const PEOPLE = 10;
const SETTLE_MS = 5000;

/** Ten people watch a lobby with many bots. */
export async function measureLobby({
  kind,
  bots,
  limitMs,
}: {
  kind: "pool" | "client-per-bot";
  bots: number;
  limitMs: number;
}): Promise<LobbyResult> {
  await using project = await openProject();
  const { server } = project;
  const people = await openPeople(project);
  const fleet = await project.fleet(kind, { lobby: TOPIC });
  const before = await fleet.figures();
  const deliveriesBefore = (await server.stats()).deliveries;
  await fleet.grow(bots);
  await allJoined(fleet, limitMs);
  await people.see(bots, limitMs);
  await pause(SETTLE_MS);
  const { cpuMs } = await fleet.figures();
  const deliveries = (await server.stats()).deliveries - deliveriesBefore;
  const result = {
    fleet: kind,
    bots,
    people: PEOPLE,
    botsSeen: people.seen(),
    framesToFleet: deliveries - people.frames(),
    fleetCpuMs: cpuMs - before.cpuMs,
  };
  await people.close();
  return result;
}

async function openPeople({ at }: Project) {
  let frames = 0;
  const clients: RealtimeClient[] = [];
  const channels = await Promise.all(
    Array.from({ length: PEOPLE }, async (_, index) => {
      const client = new RealtimeClient(`${at.url.replace(/^http/, "ws")}/realtime/v1`, { params: { apikey: at.key } });
      clients.push(client);
      const channel = client.channel(TOPIC, { config: { presence: { key: `person-${index}`, enabled: true } } });
      channel.on("presence", { event: "sync" }, () => {});
      client.stateChangeCallbacks.message.push([
        "bench",
        (frame: { event: string }) => {
          if (frame.event === "presence_diff") frames += 1;
        },
      ]);
      await new Promise<void>((resolve) => channel.subscribe((status) => status === "SUBSCRIBED" && resolve()));
      return channel;
    }),
  );
  const seen = () => {
    const entries = Object.values(channels[0]?.presenceState<{ bots?: unknown[] }>() ?? {}).flat();
    // One entry may stand for many bots, and names them.
    return entries.reduce((total, { bots }) => total + (Array.isArray(bots) ? bots.length : 1), 0);
  };
  return {
    seen,
    frames: () => frames,
    async see(bots: number, limitMs: number): Promise<void> {
      const untilMs = now() + limitMs;
      while (seen() < bots && now() < untilMs) await pause(200);
    },
    async close(): Promise<void> {
      await Promise.all(clients.map((client) => client.disconnect()));
    },
  };
}
