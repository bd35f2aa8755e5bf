export type { FaultKind, JoinFault, Lift, RealtimeFaults, RestartFault, UpgradeFault } from "./faults/types.ts";
export type { Limits, LimitsOption, PlanName } from "./limits.ts";
export type { AccessRule, TopicPolicies } from "./policies.ts";
export { startRealtimeServer } from "./server.ts";
export type {
  RealtimeEvents,
  RealtimeServer,
  RealtimeServerOptions,
  RealtimeStats,
  TenantSettings,
} from "./types.ts";
