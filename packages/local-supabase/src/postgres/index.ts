export { freePort } from "./adapters/free-port.ts";
export type { PostgresBinaries } from "./adapters/postgres-binaries.ts";
export { type ServerProcess, spawnServer } from "./adapters/server-process.ts";
export { BOOTSTRAP_SQL } from "./bootstrap-sql.ts";
export { LocalPostgresError } from "./errors.ts";
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "./start-embedded-postgres.ts";
