import { createSystemRuntime, every, sleep } from "@shoal/kernel";
import { type SpawnedRealtimeServer, spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import { RealtimeClient } from "@supabase/realtime-js";
import { type FleetKind, type FleetOptions, type FleetProcess, startFleet } from "./fleet-process.ts";
import { type Canary, startCanary } from "./people.ts";

/** Joins per second allowed to all fleets. @source REALTIME.md 8: the default of a self-hosted server */
export const JOINS_PER_SECOND = 100;

/** Limits with only the joins bounded, so that each scenario shows one limit. */
export const LIMITS = { plan: "unlimited", joinsPerSecond: JOINS_PER_SECOND } as const;
const UNLIMITED = { plan: "unlimited" } as const;

/** The server averages over 12 ticks of 5 s. */
export const WINDOW_MS = 60_000;
const KEEP_WARM_MS = 50_000;

const { clock, ids } = createSystemRuntime();
export const pause = (ms: number) => sleep(clock, ms);
export const now = () => clock.now();

/** A server in a separate process, with its key. */
export interface Project extends AsyncDisposable {
  readonly server: SpawnedRealtimeServer;
  readonly at: { readonly url: string; readonly key: string };
  fleet(kind: FleetKind, options?: Partial<FleetOptions>): Promise<FleetProcess>;
  canary(): Promise<Canary>;
}

/** Starts a server with new counters. */
export async function openProject(limits: object = UNLIMITED): Promise<Project> {
  const server = await spawnRealtimeServer({ limits });
  const at = { url: server.url, key: server.anonKey };
  const open: { close(): Promise<void> }[] = [];
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    open.push(part);
    return part;
  };
  return {
    server,
    at,
    fleet: async (kind, options = {}) =>
      keep(await startFleet(kind, at, { joinsPerSecond: JOINS_PER_SECOND, ...options })),
    canary: async () => keep(await startCanary(at)),
    async [Symbol.asyncDispose]() {
      for (const part of open.reverse()) await part.close();
      await server.close();
    },
  };
}

/** Warms up servers together, one per scenario: each has counted for a whole window when it is taken. */
export async function warmProjects(count: number): Promise<{ take(): Promise<Project>; close(): Promise<void> }> {
  const projects = await Promise.all(Array.from({ length: count }, () => openProject(LIMITS)));
  // The server drops a counter that is not used for five minutes; it would be cold again.
  const visitAll = async () => void (await Promise.all(projects.map(({ at }) => visit(at))));
  await visitAll();
  const keeper = every(clock, KEEP_WARM_MS, visitAll, () => {});
  const warmAtMs = now() + WINDOW_MS + 2000;
  return {
    async take() {
      await pause(Math.max(0, warmAtMs - now()));
      const project = projects.shift();
      if (!project) throw new Error("more scenarios than warm servers");
      return project;
    },
    async close() {
      keeper.cancel();
      for (const project of projects) await project[Symbol.asyncDispose]();
    },
  };
}

async function visit({ url, key }: Project["at"]): Promise<void> {
  const client = new RealtimeClient(`${url.replace(/^http/, "ws")}/realtime/v1`, { params: { apikey: key } });
  const channel = client.channel(`visit:${ids.uuid()}`);
  await new Promise<void>((resolve) => channel.subscribe(() => resolve()));
  await client.removeAllChannels();
  await client.disconnect();
}

/** Waits until every channel is joined and returns when that was (epoch ms), or null after `limitMs`. */
export async function allJoined(fleet: FleetProcess, limitMs: number): Promise<number | null> {
  const untilMs = now() + limitMs;
  while (now() < untilMs) {
    const { allJoinedSinceMs } = await fleet.figures();
    if (allJoinedSinceMs !== null) return allJoinedSinceMs;
    await pause(50);
  }
  return null;
}

/** Waits for the whole fleet before the measured part. */
export async function mustAllJoin(fleet: FleetProcess, limitMs: number): Promise<void> {
  const joinedAtMs = await allJoined(fleet, limitMs);
  if (joinedAtMs === null) throw new Error(`the fleet's channels were not all joined after ${limitMs} ms`);
}

/** Waits until some channel is lost, so that "all joined" afterwards is a recovery. */
export async function someLost(fleet: FleetProcess, limitMs: number): Promise<void> {
  const untilMs = now() + limitMs;
  while (now() < untilMs && (await fleet.figures()).allJoinedSinceMs !== null) await pause(20);
}
