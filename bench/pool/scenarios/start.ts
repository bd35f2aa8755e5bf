import type { FleetKind } from "../fleet-process.ts";
import { watchCanary } from "../people.ts";
import { allJoined, now, type Project, pause } from "../project.ts";

export interface StartResult {
  readonly fleet: FleetKind;
  readonly channels: number;
  /** Null if not all joined in time. */
  readonly allJoinedMs: number | null;
  readonly canaryTried: number;
  readonly canaryRefused: number;
  readonly canaryRefusedForMs: number;
}

/** Starts all channels at once on a warm server, while people come. */
export async function measureStart(
  project: Project,
  { kind, channels, limitMs }: { kind: FleetKind; channels: number; limitMs: number },
): Promise<StartResult> {
  await using open = project;
  const canary = await open.canary();
  const fleet = await open.fleet(kind);
  await pause(2000);
  await canary.figures();
  const startedMs = now();
  await fleet.grow(channels);
  const joinedAtMs = await allJoined(fleet, limitMs);
  const { tried, refused, refusedForMs } = await watchCanary(canary, limitMs - (now() - startedMs));
  return {
    fleet: kind,
    channels,
    allJoinedMs: joinedAtMs === null ? null : joinedAtMs - startedMs,
    canaryTried: tried,
    canaryRefused: refused,
    canaryRefusedForMs: refusedForMs,
  };
}
