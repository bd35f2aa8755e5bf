import { percentile } from "@shoal/kernel";
import type { FleetKind } from "../fleet-process.ts";
import { allJoined, mustAllJoin, openProject, pause } from "../project.ts";

export interface ResidentResult {
  readonly fleet: FleetKind;
  readonly channels: number;
  readonly sockets: number;
  readonly channelBytes: number;
  /** Share of one core, while nothing happens but heartbeats. */
  readonly idleCpuPercent: number;
  /** Round trips of broadcasts to oneself with all those channels held. */
  readonly echoP50Ms: number;
  readonly echoP99Ms: number;
  /** Round trips of a bare client with one channel, in the same process and minute. */
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
}

const ECHO_EVERY_MS = 10;

/** Measures the cost of many joined channels while nothing happens, and of a message among them. */
export async function measureResident({
  channels,
  idleMs,
  echoes,
  limitMs,
}: {
  channels: number;
  idleMs: number;
  echoes: number;
  limitMs: number;
}): Promise<ResidentResult> {
  await using project = await openProject();
  const plenty = { joinsPerSecond: 10_000, eventsPerSecond: 1_000_000 };
  const fleet = await project.fleet("pool", plenty);
  await fleet.grow(1);
  await allJoined(fleet, limitMs);
  const { residentBytes: restingBytes } = await fleet.rest();
  await fleet.grow(channels - 1);
  await mustAllJoin(fleet, limitMs);
  const { residentBytes, cpuMs } = await fleet.rest();
  await pause(idleMs);
  const idleCpuMs = (await fleet.figures()).cpuMs - cpuMs;
  // In turns, so that other load of the machine affects both.
  const bare = await project.fleet("client-per-bot");
  const pooled: number[] = [];
  const alone: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    alone.push(...(await bare.echo(echoes / 4, ECHO_EVERY_MS)));
    pooled.push(...(await fleet.echo(echoes / 4, ECHO_EVERY_MS)));
  }
  return {
    fleet: "pool",
    channels,
    sockets: (await project.server.stats()).sockets - 1,
    channelBytes: Math.round((residentBytes - restingBytes) / channels),
    idleCpuPercent: round((idleCpuMs / idleMs) * 100),
    echoP50Ms: round(quantile(pooled, 0.5)),
    echoP99Ms: round(quantile(pooled, 0.99)),
    addedP50Ms: round(quantile(pooled, 0.5) - quantile(alone, 0.5)),
    addedP99Ms: round(quantile(pooled, 0.99) - quantile(alone, 0.99)),
  };
}

function quantile(values: readonly number[], ratio: number): number {
  return percentile(Float64Array.from(values).sort(), ratio);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
