import { z } from "zod";
import type { FaultKind, Lift, RealtimeFaults } from "../../realtime/faults/types.ts";
import type { LimitsOption } from "../../realtime/limits.ts";
import type { RealtimeStats } from "../../realtime/types.ts";
import type { ServeOptions } from "../messages.ts";
import { ChildServer } from "./child-server.ts";

/** What a server in a child process is started with. */
export interface SpawnOptions extends ServeOptions {
  /** The Bun to run it with. Default: the one this process runs on, or on Node `bun` from the PATH. */
  readonly bunPath?: string;
}

/** Ends a fault in the other process. Idempotent. */
export type SpawnedLift = () => Promise<void>;

type Spawned<Result> = Promise<Result extends Lift ? SpawnedLift : Result>;

/** `RealtimeFaults`, each answered when it has happened there. */
export type SpawnedFaults = {
  readonly [Kind in FaultKind]: (
    ...args: Parameters<RealtimeFaults[Kind]>
  ) => Spawned<Awaited<ReturnType<RealtimeFaults[Kind]>>>;
};

/** A Realtime server in a process of its own. */
export interface SpawnedRealtimeServer {
  readonly url: string;
  readonly anonKey: string;
  /** A secret. */
  readonly serviceRoleKey: string;
  readonly pid: number;
  readonly faults: SpawnedFaults;
  /** As `setLimits` of the server itself: `LOCAL_REALTIME_LIMITS`. */
  setLimits(option: LimitsOption): Promise<void>;
  stats(): Promise<RealtimeStats>;
  /** Ends the server and its process. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a Realtime server without a database in a child process, which ends with this one. Runs on Bun and on Node 22;
 * the child is always Bun.
 *
 * Errors, none of them retryable: `LOCAL_SPAWN_FAILED` when there is no such Bun; the server's own
 * (`LOCAL_REALTIME_PORT`, `LOCAL_REALTIME_LIMITS`); `LOCAL_SERVE_COMMAND` for an option or argument out of range; and
 * from every call after the child is gone `LOCAL_SPAWN_ENDED` (`details.exitCode`, `details.signal`).
 */
export async function spawnRealtimeServer(options: SpawnOptions = {}): Promise<SpawnedRealtimeServer> {
  const { bunPath = process.versions["bun"] ? process.execPath : "bun", ...serveOptions } = options;
  const { child, hello } = await ChildServer.start(bunPath, serveOptions);
  return {
    ...hello,
    faults: spawnedFaults(child),
    setLimits: async (limits) => void (await child.ask({ limits })),
    stats: async () => (await child.ask({ stats: true })) as RealtimeStats,
    close: () => child.close(),
  };
}

const lasting = z.object({ lift: z.int() });

function spawnedFaults(child: ChildServer): SpawnedFaults {
  const happen = async (fault: FaultKind, ...args: unknown[]) => void (await child.ask({ fault, args }));
  const count = async (fault: FaultKind, ...args: unknown[]) => z.int().parse(await child.ask({ fault, args }));
  const start = async (fault: FaultKind, ...args: unknown[]): Promise<SpawnedLift> => {
    const { lift } = lasting.parse(await child.ask({ fault, args }));
    return async () => void (await child.ask({ lift }));
  };
  return {
    dropSockets: (...codes) => count("dropSockets", ...codes),
    restart: (how) => happen("restart", how),
    requestDisconnect: () => happen("requestDisconnect"),
    refuseUpgrades: (how) => start("refuseUpgrades", how),
    refuseJoins: ({ topic, ...how }) =>
      start("refuseJoins", { ...how, topic: topic && { source: topic.source, flags: topic.flags } }),
    halfOpen: () => start("halfOpen"),
    delay: (ms) => start("delay", ms),
    crashChannel: (topic) => count("crashChannel", topic),
    closeChannel: (topic, message) => count("closeChannel", topic, message),
    losePresence: () => count("losePresence"),
    muteChanges: () => start("muteChanges"),
    exceedEvents: () => start("exceedEvents"),
    exceedJoins: () => start("exceedJoins"),
  };
}
