export { generateJwtSecret, makeKeys, type ProjectKeys } from "./keys.ts";
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  installPgmq,
  LocalPostgresError,
  type PgmqInstallation,
  startEmbeddedPostgres,
} from "./postgres/index.ts";
export {
  type FaultKind,
  type JoinFault,
  type Lift,
  type RealtimeEvents,
  type RealtimeFaults,
  type RealtimeServer,
  type RealtimeServerOptions,
  type RealtimeStats,
  type RestartFault,
  startRealtimeServer,
  type UpgradeFault,
} from "./realtime/index.ts";
export { type LocalSupabase, type LocalSupabaseOptions, startLocalSupabase } from "./start-local-supabase.ts";
