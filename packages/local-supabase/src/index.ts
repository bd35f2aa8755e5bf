export type { TokenClaims } from "./keys.ts";
export { generateJwtSecret, makeKeys, type ProjectKeys } from "./keys.ts";
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  LocalPostgresError,
  startEmbeddedPostgres,
} from "./postgres/index.ts";
export {
  type AccessRule,
  type FaultKind,
  type JoinFault,
  type Lift,
  type Limits,
  type LimitsOption,
  type PlanName,
  type RealtimeEvents,
  type RealtimeFaults,
  type RealtimeServer,
  type RealtimeServerOptions,
  type RealtimeStats,
  type RestartFault,
  startRealtimeServer,
  type TenantSettings,
  type TopicPolicies,
  type UpgradeFault,
} from "./realtime/index.ts";
export {
  type SpawnedFaults,
  type SpawnedLift,
  type SpawnedRealtimeServer,
  type SpawnOptions,
  spawnRealtimeServer,
} from "./serve/index.ts";
export { type LocalSupabase, type LocalSupabaseOptions, startLocalSupabase } from "./start-local-supabase.ts";
