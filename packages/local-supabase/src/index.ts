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
  type RealtimeEvents,
  type RealtimeServer,
  type RealtimeServerOptions,
  type RealtimeStats,
  startRealtimeServer,
} from "./realtime/index.ts";
export { type LocalSupabase, type LocalSupabaseOptions, startLocalSupabase } from "./start-local-supabase.ts";
