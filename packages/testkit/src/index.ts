export { seededRng } from "@shoal/kernel";
export { findChromium } from "./chromium-program.ts";
export { countedIds } from "./counted-ids.ts";
export { emptyTables } from "./empty-tables.ts";
export { type Explained, ExplainedSession, type PlanNode } from "./explained-session.ts";
export { type FaultProxy, faultProxy } from "./fault-proxy.ts";
export { type AskKept, pagesOfKeptPlans } from "./kept-plans.ts";
export { leakCheck } from "./leak-check.ts";
export { type EventTable, eventRows, metricNames, movedSeries, readSeries } from "./metric-series.ts";
export { ownBackends, ownPostgres, throwawayRoot } from "./own-postgres.ts";
export { hasRedis, type OwnRedis, ownRedis } from "./own-redis.ts";
export { startPgbouncer } from "./pgbouncer.ts";
export { findPgbouncer } from "./pgbouncer-program.ts";
export { type TestDatabase, testDatabase } from "./postgres-test-database.ts";
export { createSimulatedClock, type SimulatedClock } from "./simulated-clock.ts";
export { soakRuns } from "./soak-runs.ts";
export { spawnProgram, TETHER } from "./spawn-program.ts";
export {
  type Misbehaviour,
  type StandInExchange,
  type StandInOptions,
  type StandInRoute,
  standInExchange,
} from "./stand-in-exchange/stand-in-exchange.ts";
export { testRuntime } from "./test-runtime.ts";
export { type Backend, backends, testServers, usualBackends } from "./test-servers.ts";
export { startThrowawayServer } from "./throwaway-server.ts";
export { until } from "./until.ts";
