import type { Log } from "@shoal/kernel";
import { readMigrations } from "../adapters/migration-files.ts";
import type { Database, Sql } from "../database.ts";
import { statement } from "../statement.ts";
import { type AppliedMigration, assertUnchanged, type Migration, pendingMigrations } from "./migration.ts";

/** Options of `migrate`. */
export interface MigrateOptions {
  readonly database: Database;
  /** A folder of `<14 digits>_<name>.sql` files, such as `supabase/migrations`. */
  readonly directory: string;
  readonly log: Log;
}

/** The result of `migrate`. */
export interface MigrateResult {
  /** Versions applied by this call, in order. */
  readonly applied: readonly string[];
}

/**
 * The ledger is our own and not `supabase_migrations.schema_migrations`: with rows there that its user never made, the
 * Supabase CLI's `db push` reports a diverged history and refuses to work.
 */
const LEDGER_SQL = `
create schema if not exists shoal;
create table if not exists shoal.schema_migrations (
  version text primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
);
`;

/** Names the advisory lock that serialises daemons that start together. */
const LOCK_KEY = "shoal:migrate";

/**
 * Applies the pending migrations, in the order of their versions, each file in a transaction of its own. Safe to run from
 * many daemons at once: each step holds a transaction-level advisory lock (a session-level one breaks behind a transaction
 * pooler) and reads the ledger again under it. Idempotent. Later versions in the database are left alone: a newer daemon
 * was here, and its migrations only add, but for those of a newer major schema.
 *
 * @throws STORE_MIGRATION_CHANGED an applied file was edited
 * @throws STORE_MIGRATION_UNKNOWN the database was made by a version before the first release; the message says what to do
 * @throws STORE_SCHEMA_NEWER a migration of a newer major schema was applied
 * @throws STORE_MIGRATION_INVALID the folder cannot be read, a file is misnamed, or two have one version
 * @throws STORE_UNAVAILABLE, STORE_QUERY as `Sql.query`; what was applied before stays applied
 */
export async function migrate({ database, directory, log }: MigrateOptions): Promise<MigrateResult> {
  const pending = pendingMigrations(await readMigrations(directory), await readLedger(database));
  const applied: string[] = [];
  for (const migration of pending) {
    if (!(await applyOnce(database, migration))) continue;
    applied.push(migration.version);
    log.info({ version: migration.version, name: migration.name }, "migration applied");
  }
  return { applied };
}

async function readLedger(database: Database): Promise<AppliedMigration[]> {
  const [found] = await database.query<{ ledger: string | null }>(
    statement("migrate_ledger", "select to_regclass('shoal.schema_migrations')::text as ledger"),
  );
  if (!found?.ledger) return [];
  return database.query<AppliedMigration>(
    statement("migrate_applied", "select version, name, checksum from shoal.schema_migrations"),
  );
}

/** Applies one migration; false if another daemon has applied it meanwhile. */
function applyOnce(database: Database, migration: Migration): Promise<boolean> {
  return database.transaction(async (tx) => {
    await tx.query(statement("migrate_lock", "select pg_advisory_xact_lock(hashtextextended($1, 0))"), [LOCK_KEY]);
    await tx.script(LEDGER_SQL);
    const [row] = await tx.query<AppliedMigration>(
      statement("migrate_is_applied", "select version, name, checksum from shoal.schema_migrations where version = $1"),
      [migration.version],
    );
    assertUnchanged(migration, row?.checksum);
    if (row) return false;
    await tx.script(migration.sql);
    await record(tx, migration);
    return true;
  });
}

async function record(tx: Sql, { version, name, checksum }: Migration): Promise<void> {
  await tx.query(
    statement("migrate_record", "insert into shoal.schema_migrations (version, name, checksum) values ($1, $2, $3)"),
    [version, name, checksum],
  );
}
