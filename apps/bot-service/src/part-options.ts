import type { createRealtimePool } from "@shoal/realtime-pool";
import type { Backend } from "./backend.ts";
import type { Config } from "./config.ts";
import type { ScalingPolicy } from "./fleet/scaling.ts";

type PoolOptions = NonNullable<Parameters<typeof createRealtimePool>[0]["options"]>;

/** What the configuration means to the pool. */
export function poolOptions(config: Config, backend: Pick<Backend, "isFresh">): PoolOptions {
  return {
    channelsPerSocket: config.poolChannelsPerSocket,
    maxSockets: config.poolMaxSockets,
    joinsPerSecond: config.poolJoinsPerSecond,
    joinShare: config.poolJoinShare / 100,
    unknownServerAge: backend.isFresh ? "cold" : "warm",
    start:
      config.startMode === "quota"
        ? { mode: "quota" }
        : { mode: "stagger", minMs: config.staggerMinMs, maxMs: config.staggerMaxMs },
  };
}

/** What it means to the number of bots. */
export function scalingPolicy(config: Config): ScalingPolicy {
  return {
    minCount: config.botMinCount,
    maxCount: config.botMaxCount,
    targetPercentage: config.botTargetPercentage,
    stabilizationMs: config.maintenanceIntervalMs,
  };
}
