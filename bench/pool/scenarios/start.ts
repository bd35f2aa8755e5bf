import type { FleetKind } from "../fleets.ts";
import { allJoined, now, type Project, pause } from "../project.ts";

export interface StartResult {
  readonly fleet: FleetKind;
  readonly channels: number;
  /** Null: not all of them within the time given. */
  readonly allJoinedMs: number | null;
  readonly canaryTried: number;
  readonly canaryRefused: number;
  readonly canaryRefusedForMs: number;
}

/** A tick of the server's counters, and a second. */
const NEXT_TICK_MS = 6000;

/** All channels at once on a server that is warm, and what the people who come meanwhile see of it. */
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
  // The limit is looked at every 5 s: who was locked out is seen only then, and until the average has fallen.
  await pause(NEXT_TICK_MS);
  let seen = await canary.figures();
  let { tried, refused, refusedForMs } = seen;
  while (seen.refused > 0 && now() - startedMs < limitMs) {
    await pause(NEXT_TICK_MS);
    seen = await canary.figures();
    tried += seen.tried;
    refused += seen.refused;
    refusedForMs += seen.refusedForMs;
  }
  return {
    fleet: kind,
    channels,
    allJoinedMs: joinedAtMs === null ? null : joinedAtMs - startedMs,
    canaryTried: tried,
    canaryRefused: refused,
    canaryRefusedForMs: refusedForMs,
  };
}
