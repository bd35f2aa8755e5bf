import type { Benchmark } from "./benchmark.ts";
import { LIMITS, openProject, warmProjects } from "./pool/project.ts";
import { measureEvents } from "./pool/scenarios/events.ts";
import { measureLobby } from "./pool/scenarios/lobby.ts";
import { measureReconnectCycles } from "./pool/scenarios/reconnect-cycles.ts";
import { measureResident } from "./pool/scenarios/resident.ts";
import { measureRestart } from "./pool/scenarios/restart.ts";
import { measureStart, type StartResult } from "./pool/scenarios/start.ts";
import { measureTwoDrops } from "./pool/scenarios/two-drops.ts";
import { missedTargets, type PoolResults } from "./pool/targets.ts";

const KINDS = ["pool", "client-per-bot", "client-per-100"] as const;
const STARTS = [1000, 4000, 9000] as const;
const RESTARTS = [300, 1000, 2500] as const;
const LIMIT_MS = 240_000;
/** Bounds a peer in the lobby scenario, in ms: it takes minutes, and waiting longer shows nothing new. */
const PEER_LOBBY_LIMIT_MS = 60_000;
const CRASH_DOWN_MS = 10_000;
/** Length of a restart, in ms: the real server was away for about 3 s. @source REALTIME-FRAMES.md, restart */
const CLEAN_DOWN_MS = 3000;

export default {
  name: "pool",
  summary: "starts, restarts and limits beside realtime-js alone, while a person joins every 500 ms",
  async run({ quick }) {
    const results = quick ? await runQuick() : await runWhole();
    return { ...results, targetsMissed: missedTargets(results, quick) };
  },
} satisfies Benchmark;

async function runWhole(): Promise<PoolResults> {
  const results: PoolResults = {
    starts: [],
    restarts: [],
    twoDrops: [],
    events: [],
    lobby: [],
    resident: [],
    reconnects: [],
  };
  say("warming servers up for the starts");
  const warm = await warmProjects(STARTS.length * KINDS.length);
  try {
    for (const restart of ["clean", "crash"] as const) {
      for (const channels of RESTARTS) {
        for (const kind of KINDS) {
          const downMs = restart === "clean" ? CLEAN_DOWN_MS : CRASH_DOWN_MS;
          results.restarts.push(await told(measureRestart({ kind, restart, channels, downMs, limitMs: LIMIT_MS })));
        }
      }
    }
    for (const channels of STARTS) {
      for (const kind of KINDS) {
        results.starts.push(await told(measureStart(await warm.take(), { kind, channels, limitMs: LIMIT_MS })));
      }
    }
  } finally {
    await warm.close();
  }
  // These run at the same time, because each has its own server and mostly waits for windows.
  const drops = (["pool", "client-per-100"] as const).map((kind) =>
    told(measureTwoDrops({ kind, channels: 1000, limitMs: LIMIT_MS })),
  );
  results.twoDrops.push(...(await Promise.all(drops)));
  for (const kind of KINDS) {
    results.events.push(
      await told(measureEvents({ kind, channels: 1000, limitMs: kind === "pool" ? LIMIT_MS : 30_000 })),
    );
  }
  for (const bots of [250, 500, 1000])
    results.lobby.push(await told(measureLobby({ kind: "pool", bots, limitMs: LIMIT_MS })));
  results.lobby.push(await told(measureLobby({ kind: "client-per-bot", bots: 1000, limitMs: PEER_LOBBY_LIMIT_MS })));
  results.resident.push(
    await told(measureResident({ channels: 10_000, idleMs: 30_000, echoes: 4000, limitMs: LIMIT_MS })),
  );
  results.reconnects.push(await told(measureReconnectCycles(200_000)));
  return results;
}

/** Runs every scenario once, small and on cold counters: shows that it works, not how well. */
async function runQuick(): Promise<PoolResults> {
  const starts: StartResult[] = [];
  for (const kind of ["pool", "client-per-100"] as const) {
    starts.push(await measureStart(await openProject(LIMITS), { kind, channels: 200, limitMs: 30_000 }));
  }
  const restarts = [
    await measureRestart({ kind: "pool", restart: "crash", channels: 200, downMs: 1000, limitMs: 30_000 }),
  ];
  const lobby = [await measureLobby({ kind: "pool", bots: 100, limitMs: 30_000 })];
  const resident = [await measureResident({ channels: 500, idleMs: 1000, echoes: 200, limitMs: 30_000 })];
  const reconnects = [await measureReconnectCycles(5000)];
  return { starts, restarts, twoDrops: [], events: [], lobby, resident, reconnects };
}

/** Prints each result at once, because a whole run takes about half an hour. */
async function told<Result>(work: Promise<Result>): Promise<Result> {
  const result = await work;
  say(JSON.stringify(result));
  return result;
}

function say(what: string): void {
  process.stderr.write(`  pool: ${what}\n`);
}
