import type { EventsResult } from "./scenarios/events.ts";
import type { LobbyResult } from "./scenarios/lobby.ts";
import type { ReconnectCyclesResult } from "./scenarios/reconnect-cycles.ts";
import type { ResidentResult } from "./scenarios/resident.ts";
import type { RestartResult } from "./scenarios/restart.ts";
import type { StartResult } from "./scenarios/start.ts";
import type { TwoDropsResult } from "./scenarios/two-drops.ts";

export interface PoolResults {
  readonly starts: StartResult[];
  readonly restarts: RestartResult[];
  readonly twoDrops: TwoDropsResult[];
  readonly events: EventsResult[];
  readonly lobby: LobbyResult[];
  readonly resident: ResidentResult[];
  readonly reconnects: ReconnectCyclesResult[];
}

/** Targets of the pool. In no scenario is the canary refused because of it. */
const START_MS: Readonly<Record<number, number>> = { 1000: 1000, 4000: 4000 };
const RESTART_MS: Readonly<Record<number, number>> = { 300: 2000, 1000: 14_000, 2500: 33_000 };
const AFTER_ARITHMETIC_MS = 2000;
const AFTER_EVENTS_MS = 15_000;
const LOBBY_CPU_MS = 2000;
const CHANNEL_BYTES = 15 * 1024;
const IDLE_CPU_PERCENT = 2;
const ADDED_P50_MS = 0.2;
const ADDED_P99_MS = 1;

/** Returns the missed targets, in words; with `quick` only those that do not depend on size or speed. */
export function missedTargets(results: PoolResults, quick: boolean): readonly string[] {
  const misses: string[] = [];
  const expect = (isMet: boolean, miss: string) => {
    if (!isMet) misses.push(miss);
  };
  const within = (ms: number | null, limitMs: number | undefined) =>
    ms !== null && (quick || limitMs === undefined || ms <= limitMs);

  for (const { fleet, channels, allJoinedMs, canaryRefused } of results.starts.filter(isPool)) {
    expect(within(allJoinedMs, START_MS[channels]), `${fleet} start of ${channels} took ${allJoinedMs} ms`);
    expect(canaryRefused === 0, `${canaryRefused} people refused during the start of ${channels}`);
  }
  for (const result of results.restarts.filter(isPool)) {
    const { restart, channels, backMs, presenceMissing, canaryRefused } = result;
    expect(within(backMs, RESTART_MS[channels]), `${channels} were back ${backMs} ms after the ${restart} restart`);
    expect(presenceMissing === 0, `${presenceMissing} presence entries missing after the ${restart} restart`);
    expect(canaryRefused === 0, `${canaryRefused} people refused after the ${restart} restart with ${channels}`);
  }
  for (const { backMs, arithmeticMs, upgradesRefused, dead, canaryRefused } of results.twoDrops.filter(isPool)) {
    const limitMs = arithmeticMs + AFTER_ARITHMETIC_MS;
    expect(within(backMs, limitMs), `back ${backMs} ms after two drops, ${limitMs} ms allowed`);
    expect(upgradesRefused === 0, `${upgradesRefused} upgrades refused after two drops`);
    expect(dead === 0, `${dead} channels dead after two drops`);
    expect(canaryRefused === 0, `${canaryRefused} people refused after two drops`);
  }
  for (const { backMs, dead } of results.events.filter(isPool)) {
    expect(within(backMs, AFTER_EVENTS_MS), `back ${backMs} ms after the events limit cleared`);
    expect(dead === 0, `${dead} channels dead after the events limit`);
  }
  for (const { bots, botsSeen, framesToFleet, fleetCpuMs } of results.lobby.filter(isPool)) {
    expect(botsSeen === bots, `${botsSeen} of ${bots} bots seen in the lobby`);
    expect(framesToFleet <= bots, `${framesToFleet} frames to a fleet of ${bots} bots`);
    expect(quick || fleetCpuMs < LOBBY_CPU_MS, `${fleetCpuMs} ms of CPU for the lobby of ${bots} bots`);
  }
  for (const { channels, channelBytes, idleCpuPercent, addedP50Ms, addedP99Ms } of quick ? [] : results.resident) {
    expect(channelBytes < CHANNEL_BYTES, `${channelBytes} bytes a channel at ${channels}`);
    expect(idleCpuPercent < IDLE_CPU_PERCENT, `${idleCpuPercent} % of a core while ${channels} channels rest`);
    expect(
      addedP50Ms < ADDED_P50_MS && addedP99Ms < ADDED_P99_MS,
      `${addedP50Ms} / ${addedP99Ms} ms added to a message`,
    );
  }
  for (const { cycles, heapRatio, isFlat } of results.reconnects) {
    expect(isFlat, `the heap grew to ${heapRatio} times what it was over ${cycles} reconnects`);
  }
  return misses;
}

function isPool({ fleet }: { readonly fleet: string }): boolean {
  return fleet === "pool";
}
