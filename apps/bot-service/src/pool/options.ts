import { MINUTE_MS } from "@shoal/kernel";
import { PLAN_LIMITS, type PoolOptions } from "@shoal/realtime-pool";
import type { Config } from "../config.ts";

/** Part of the daemon's drain in which channels may take turns to leave: as long as bots wait for it, there is the rest for all else. */
const POOL_DRAIN_RATIO = 0.25;

/** Returns the pool's options from the configuration. */
export function poolOptions(config: Config): Partial<PoolOptions> {
  return {
    private: config.channelAccess === "private",
    channelsPerSocket: config.poolChannelsPerSocket,
    maxSockets: config.poolMaxSockets,
    ...limitsOf(config),
    canaryMs: config.poolCanaryMs,
    joinShare: config.joinShare,
    // The counter of a project where nobody joined for minutes has ended, and nothing tells whether somebody did.
    unknownServerAge: "cold",
    drainLimitMs: config.drainTimeoutMs * POOL_DRAIN_RATIO,
    start:
      config.startMode === "quota"
        ? { mode: "quota" }
        : { mode: "stagger", minMs: config.staggerMinMs, maxMs: config.staggerMaxMs },
  };
}

/** Returns the limits of the joins that all replicas share. */
export function sharedLimitsOf(config: Config) {
  return { perSecond: limitsOf(config).joinsPerSecond, joinShare: config.joinShare, windowMs: MINUTE_MS };
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
