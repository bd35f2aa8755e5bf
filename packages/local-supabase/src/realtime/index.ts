export { startRealtimeServer } from "./server.ts";
export type { RealtimeEvents, RealtimeServer, RealtimeServerOptions, RealtimeStats } from "./types.ts";
