export type { FaultKind, JoinFault, Lift, RealtimeFaults, RestartFault, UpgradeFault } from "./faults/types.ts";
export { startRealtimeServer } from "./server.ts";
export type { RealtimeEvents, RealtimeServer, RealtimeServerOptions, RealtimeStats } from "./types.ts";
