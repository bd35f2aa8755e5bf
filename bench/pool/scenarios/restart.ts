import type { FleetKind } from "../fleet-process.ts";
import { watchCanary } from "../people.ts";
import { allJoined, LIMITS, mustAllJoin, now, openProject, pause, someLost } from "../project.ts";

export interface RestartResult {
  readonly fleet: FleetKind;
  readonly restart: "clean" | "crash";
  readonly channels: number;
  readonly downMs: number;
  /** Time from the server's return to the last channel; null if it took too long. */
  readonly backMs: number | null;
  /** Number of presence entries missing a moment after all channels were back. */
  readonly presenceMissing: number;
  readonly canaryRefused: number;
  readonly canaryRefusedForMs: number;
  readonly upgradesRefused: number;
}

const PRESENCE_LIMIT_MS = 60_000;

/** Stops the server and starts it with new counters, while every channel holds a presence entry. */
export async function measureRestart({
  kind,
  restart,
  channels,
  downMs,
  limitMs,
}: {
  kind: FleetKind;
  restart: "clean" | "crash";
  channels: number;
  downMs: number;
  limitMs: number;
}): Promise<RestartResult> {
  await using project = await openProject();
  const { server } = project;
  const fleet = await project.fleet(kind, { tracks: true, presenceEventsPerSecond: 1000 });
  await fleet.grow(channels);
  await mustAllJoin(fleet, limitMs);
  await presenceOf(project, channels);
  await server.setLimits(LIMITS);
  const canary = await project.canary();
  await pause(2000);
  await canary.figures();
  const refusedBefore = (await server.stats()).socketsRefused;
  await server.faults.restart({ kind: restart, downMs });
  const returnedMs = now();
  await someLost(fleet, 2000);
  const joinedAtMs = await allJoined(fleet, limitMs);
  const presenceMissing = await presenceOf(project, channels);
  const { refused, refusedForMs } = await watchCanary(canary, limitMs);
  return {
    fleet: kind,
    restart,
    channels,
    downMs,
    backMs: joinedAtMs === null ? null : joinedAtMs - returnedMs,
    presenceMissing,
    canaryRefused: refused,
    canaryRefusedForMs: refusedForMs,
    upgradesRefused: (await server.stats()).socketsRefused - refusedBefore,
  };
}

/** Waits for every entry. @returns the number still missing in the end */
async function presenceOf({ server }: Awaited<ReturnType<typeof openProject>>, channels: number): Promise<number> {
  const untilMs = now() + PRESENCE_LIMIT_MS;
  let missing = channels;
  while (missing > 0 && now() < untilMs) {
    missing = channels - (await server.stats()).presenceEntries;
    if (missing > 0) await pause(100);
  }
  return Math.max(0, missing);
}
