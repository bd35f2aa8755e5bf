import { PLAN_LIMITS, type PoolOptions } from "@shoal/realtime-pool";
import type { Backend } from "../backend/backend.ts";
import type { Config } from "../config.ts";

/** Returns the pool's options from the configuration. */
export function poolOptions(config: Config, backend: Pick<Backend, "isFresh">): Partial<PoolOptions> {
  return {
    private: config.channelAccess === "private",
    channelsPerSocket: config.poolChannelsPerSocket,
    maxSockets: config.poolMaxSockets,
    ...limitsOf(config),
    canaryMs: config.poolCanaryMs,
    joinShare: config.joinShare,
    unknownServerAge: backend.isFresh ? "cold" : "warm",
    start:
      config.startMode === "quota"
        ? { mode: "quota" }
        : { mode: "stagger", minMs: config.staggerMinMs, maxMs: config.staggerMaxMs },
  };
}

/** Returns the limits of the project's plan, except those that are configured one by one. */
export function limitsOf(config: Config) {
  const { supabasePlan, backend } = config;
  const automaticPlan = backend.kind === "embedded" ? "self-hosted" : "free";
  const plan = PLAN_LIMITS[supabasePlan === "auto" ? automaticPlan : supabasePlan];
  return {
    joinsPerSecond: config.poolJoinsPerSecond ?? plan.joinsPerSecond,
    eventsPerSecond: config.poolEventsPerSecond ?? plan.eventsPerSecond,
    presenceEventsPerSecond: config.poolPresencePerSecond ?? plan.presenceEventsPerSecond,
  };
}
