export { generateJwtSecret, makeKeys } from "./keys.ts";
export { startEmbeddedPostgres } from "./postgres/start-embedded-postgres.ts";
export type { LimitsOption } from "./realtime/limits.ts";
export { startRealtimeServer } from "./realtime/server.ts";
export type { FaultKind, RealtimeEvents, RealtimeFaults, RealtimeServer } from "./realtime/types.ts";
export { type LocalSupabase, startLocalSupabase } from "./start-local-supabase.ts";
