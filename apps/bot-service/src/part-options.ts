import { type createRealtimePool, PLAN_LIMITS } from "@shoal/realtime-pool";
import type { Backend } from "./backend.ts";
import type { Config } from "./config.ts";
import type { LobbyMeans } from "./fleet/lobby-presence.ts";
import type { ScalingPolicy } from "./fleet/scaling.ts";

type PoolOptions = NonNullable<Parameters<typeof createRealtimePool>[0]["options"]>;

/** What the configuration means to the pool. */
export function poolOptions(config: Config, backend: Pick<Backend, "isFresh">): PoolOptions {
  return {
    channelsPerSocket: config.poolChannelsPerSocket,
    maxSockets: config.poolMaxSockets,
    ...limits(config),
    canaryMs: config.poolCanaryMs,
    joinShare: config.poolJoinShare / 100,
    unknownServerAge: backend.isFresh ? "cold" : "warm",
    start:
      config.startMode === "quota"
        ? { mode: "quota" }
        : { mode: "stagger", minMs: config.staggerMinMs, maxMs: config.staggerMaxMs },
  };
}

/** And to how bots are shown. */
export function lobbyMeans(config: Config): LobbyMeans {
  const { botMaxCount, poolMaxSockets: maxSockets, poolJoinShare } = config;
  const presenceEventsPerSecond = (limits(config).presenceEventsPerSecond * poolJoinShare) / 100;
  return { botMaxCount, maxSockets, presenceEventsPerSecond };
}

/** The plan's, but for single ones that were given. */
function limits(config: Config) {
  const { supabasePlan, backend } = config;
  const automaticPlan = backend.kind === "embedded" ? "self-hosted" : "free";
  const plan = PLAN_LIMITS[supabasePlan === "auto" ? automaticPlan : supabasePlan];
  return {
    joinsPerSecond: config.poolJoinsPerSecond ?? plan.joinsPerSecond,
    eventsPerSecond: config.poolEventsPerSecond ?? plan.eventsPerSecond,
    presenceEventsPerSecond: config.poolPresencePerSecond ?? plan.presenceEventsPerSecond,
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
