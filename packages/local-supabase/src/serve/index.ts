export {
  type SpawnedFaults,
  type SpawnedLift,
  type SpawnedRealtimeServer,
  type SpawnOptions,
  spawnRealtimeServer,
} from "./adapters/spawn-realtime-server.ts";
