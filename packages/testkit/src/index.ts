export { seededRng } from "@shoal/kernel";
export { countedIds } from "./counted-ids.ts";
export { type FaultProxy, faultProxy, type PoolerRefusal } from "./fault-proxy.ts";
export { type LeakCheck, leakCheck } from "./leak-check.ts";
export {
  type EventTable,
  eventRows,
  type MetricSeries,
  metricNames,
  movedSeries,
  readSeries,
} from "./metric-series.ts";
export { type OwnPostgresOptions, ownBackends, ownPostgres } from "./own-postgres.ts";
export { type TestDatabase, type TestDatabaseOptions, testDatabase } from "./postgres-test-database.ts";
export { createSimulatedClock, type SimulatedClock } from "./simulated-clock.ts";
export { soakRuns } from "./soak-runs.ts";
export { type ProgramOptions, spawnProgram, TETHER } from "./spawn-program.ts";
export { testRuntime } from "./test-runtime.ts";
export { type Backend, backends, type PrometheusPrograms, type TestServers, testServers } from "./test-servers.ts";
