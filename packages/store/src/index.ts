export { createDatabase, type DatabaseOptions } from "./adapters/bun-sql/create-database.ts";
export { readMigrations } from "./adapters/migration-files.ts";
export type { Database, Listener, Sql, SqlValue } from "./database.ts";
export { isAboutTheValues, isRefusedForGood, StoreError } from "./errors.ts";
export type { Lease, LeaseEvents, LeaseLossReason } from "./leases/lease.ts";
export { createLeaseKeeper, type LeaseKeeper, type LeaseKeeperOptions } from "./leases/lease-keeper.ts";
export {
  type AcquireLeases,
  acquireLeases,
  assertLease,
  countLeases,
  fenceLeases,
  releaseLeases,
  renewLeases,
} from "./leases/lease-sql.ts";
export { type MigrateOptions, type MigrateResult, migrate } from "./migrations/migrate.ts";
export type { Migration } from "./migrations/migration.ts";
