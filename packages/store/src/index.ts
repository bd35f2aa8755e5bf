export { createDatabase, type DatabaseOptions } from "./adapters/bun-sql/create-database.ts";
export { readMigrations } from "./adapters/migration-files.ts";
export type { Database, Listener, Sql, SqlValue } from "./database.ts";
export { StoreError } from "./errors.ts";
export { type MigrateOptions, type MigrateResult, migrate } from "./migrations/migrate.ts";
export type { Migration } from "./migrations/migration.ts";
