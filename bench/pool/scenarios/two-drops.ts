import type { FleetKind } from "../fleet-process.ts";
import { watchCanary } from "../people.ts";
import { allJoined, mustAllJoin, now, openProject, pause, someLost, WINDOW_MS } from "../project.ts";
import { coldArithmeticMs } from "../window-arithmetic.ts";

export interface TwoDropsResult {
  readonly fleet: FleetKind;
  readonly channels: number;
  readonly joinsPerSecond: number;
  /** Time from the second drop to the last channel; null if it took too long. */
  readonly backMs: number | null;
  /** Shortest possible time with 80 % of the limit on counters that may be cold. */
  readonly arithmeticMs: number;
  readonly upgradesRefused: number;
  readonly dead: number;
  readonly canaryRefused: number;
}

const BETWEEN_MS = 8000;
const JOINS_PER_SECOND = 20;
const SHARE = 0.8;

/** Drops all sockets twice, 8 s apart, on a project that allows 20 joins a second. */
export async function measureTwoDrops({
  kind,
  channels,
  limitMs,
}: {
  kind: FleetKind;
  channels: number;
  limitMs: number;
}): Promise<TwoDropsResult> {
  await using project = await openProject();
  const { server } = project;
  const fleet = await project.fleet(kind, { joinsPerSecond: JOINS_PER_SECOND });
  await fleet.grow(channels);
  await mustAllJoin(fleet, limitMs);
  // Waits until the joins of the start have left the window.
  await pause(WINDOW_MS + 2000);
  await server.setLimits({ plan: "unlimited", joinsPerSecond: JOINS_PER_SECOND });
  const canary = await project.canary();
  await pause(2000);
  await canary.figures();
  const refusedBefore = (await server.stats()).socketsRefused;
  const firstDropMs = now();
  await server.faults.dropSockets();
  await pause(BETWEEN_MS);
  const secondDropMs = now();
  await server.faults.dropSockets();
  await someLost(fleet, 2000);
  const joinedAtMs = await allJoined(fleet, limitMs);
  // People may be locked out afterwards, until the average has fallen.
  const { refused } = await watchCanary(canary, limitMs);
  const { dead } = await fleet.figures();
  return {
    fleet: kind,
    channels,
    joinsPerSecond: JOINS_PER_SECOND,
    backMs: joinedAtMs === null ? null : joinedAtMs - secondDropMs,
    arithmeticMs: coldArithmeticMs({
      joinsPerSecond: JOINS_PER_SECOND * SHARE,
      channels,
      dropsAtMs: [0, secondDropMs - firstDropMs],
    }),
    upgradesRefused: (await server.stats()).socketsRefused - refusedBefore,
    dead,
    canaryRefused: refused,
  };
}
