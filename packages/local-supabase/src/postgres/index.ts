/** The embedded Postgres alone, with what tests need to run servers of their own. */
export { freePort } from "./adapters/free-port.ts";
export type { PostgresBinaries } from "./adapters/postgres-binaries.ts";
export { type ServerProcess, spawnServer } from "./adapters/server-process.ts";
export { BOOTSTRAP_SQL } from "./bootstrap-sql.ts";
export { type EmbeddedPostgres, startEmbeddedPostgres } from "./start-embedded-postgres.ts";
