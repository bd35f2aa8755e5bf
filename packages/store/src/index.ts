export {
  type ConnectionUrl,
  type PoolerMode,
  parseConnectionUrl,
  readConnectionUrl,
} from "./adapters/bun-sql/connection-url.ts";
export { createDatabase } from "./adapters/bun-sql/create-database.ts";
export type { DatabaseOptions } from "./adapters/bun-sql/options.ts";
export { readMigrations } from "./adapters/migration-files.ts";
export type {
  ConnectionFigures,
  Database,
  Listener,
  PooledDatabase,
  ShareOptions,
  Sql,
  SqlValue,
} from "./database.ts";
export { isAboutTheValues, isRefusedForGood, StoreError } from "./errors.ts";
export type { StoreEvents } from "./events.ts";
export type { Lease } from "./leases/lease.ts";
export { createLeaseKeeper, type LeaseKeeper } from "./leases/lease-keeper.ts";
export { countLeases, fenceLeases } from "./leases/lease-sql.ts";
export { migrate } from "./migrations/migrate.ts";
export type { Migration } from "./migrations/migration.ts";
export { nameOfStatement, type Statement, statement } from "./statement.ts";
export { createWakeListener, type WakeListener } from "./wake-listener.ts";
