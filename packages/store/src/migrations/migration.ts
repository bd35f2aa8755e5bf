import { StoreError } from "../errors.ts";

/** One file of `supabase/migrations`. */
export interface Migration {
  /** The 14 digits its name starts with. */
  readonly version: string;
  readonly name: string;
  /** SHA-256 of the text with line ends as LF, hexadecimal. */
  readonly checksum: string;
  readonly sql: string;
}

/** An applied migration, as the database has it. */
export interface AppliedMigration {
  readonly version: string;
  readonly name: string;
  readonly checksum: string;
}

/** Name of a migration that takes away or changes what daemons without it use: the first of a new major schema. */
const MAJOR_NAME = /^major_(\d+)/;

/** Name layout of the Supabase CLI. @source https://supabase.com/docs/guides/deployment/database-migrations */
const FILE_NAME = /^(\d{14})_([a-z0-9_]+)\.sql$/;

/**
 * Makes a migration from a file's name and text.
 *
 * @throws STORE_MIGRATION_INVALID the name does not follow `<14 digits>_<name>.sql`
 */
export function parseMigration(fileName: string, text: string, sha256: (text: string) => string): Migration {
  const [, version, name] = FILE_NAME.exec(fileName) ?? [];
  if (!version || !name) {
    throw new StoreError(
      "STORE_MIGRATION_INVALID",
      `The migration file ${fileName} is not named <14 digits>_<lower_case_name>.sql. Rename it.`,
      { details: { file: fileName } },
    );
  }
  // A checkout with CRLF line ends is the same migration.
  return { version, name, checksum: sha256(text.replaceAll("\r\n", "\n")), sql: text };
}

/**
 * Returns the migrations still to apply, in order. Applied versions later than all files are left alone: a newer daemon
 * was here, and its migrations only add, but for those named `major_<n>`.
 *
 * @throws STORE_MIGRATION_INVALID two files with one version
 * @throws STORE_MIGRATION_CHANGED a file differs from what was applied under its version
 * @throws STORE_MIGRATION_UNKNOWN an applied version has no file and is earlier than the last one
 * @throws STORE_SCHEMA_NEWER an applied version without a file is named `major_<n>`
 */
export function pendingMigrations(files: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const checksums = new Map(applied.map((row) => [row.version, row.checksum]));
  const ordered = files.toSorted((left, right) => (left.version < right.version ? -1 : 1));
  for (const [index, file] of ordered.entries()) {
    const next = ordered[index + 1];
    if (next?.version === file.version) throw sameVersion(file, next);
    assertUnchanged(file, checksums.get(file.version));
  }
  assertKnown(ordered, applied);
  return ordered.filter((file) => !checksums.has(file.version));
}

/** @throws STORE_MIGRATION_CHANGED `appliedChecksum` is there and differs from the file's */
export function assertUnchanged(file: Migration, appliedChecksum: string | undefined): void {
  if (appliedChecksum === undefined || appliedChecksum === file.checksum) return;
  throw new StoreError(
    "STORE_MIGRATION_CHANGED",
    `The migration ${file.version}_${file.name} was changed after it had been applied to this database. Restore the file, and put the change into a new migration.`,
    { details: { version: file.version, name: file.name } },
  );
}

function assertKnown(ordered: readonly Migration[], applied: readonly AppliedMigration[]): void {
  const versions = new Set(ordered.map((file) => file.version));
  const last = ordered.at(-1)?.version ?? "";
  const others = applied.filter(({ version }) => !versions.has(version));
  const major = others.find(({ version, name }) => version > last && MAJOR_NAME.test(name));
  if (major) throw newerSchema(major);
  const unknown = others.map(({ version }) => version).filter((version) => version < last);
  if (unknown.length === 0) return;
  throw new StoreError(
    "STORE_MIGRATION_UNKNOWN",
    `The database was made by an older Shoal, before its first release, and cannot be upgraded: ${unknown.length} of its migrations (the first is ${unknown.toSorted()[0]}) are not among those of this one. Nothing was changed. Start anew: stop all daemons, then remove the directory .shoal (embedded backend), or run "drop schema shoal cascade; drop table public.bot_control, public.bot_deployments;" (your own project). All tickets, matches, jobs and commands are lost.`,
    { details: { versions: unknown } },
  );
}

function newerSchema({ version, name }: AppliedMigration): StoreError {
  const major = Number(MAJOR_NAME.exec(name)?.[1]);
  return new StoreError(
    "STORE_SCHEMA_NEWER",
    `A newer Shoal has brought the database to major version ${major} of its schema (${version}_${name}), on which this one cannot work. Nothing was changed. Start that version or a later one, on every machine (docs/upgrades.md).`,
    { details: { version, name, major } },
  );
}

function sameVersion(left: Migration, right: Migration): StoreError {
  return new StoreError(
    "STORE_MIGRATION_INVALID",
    `Two migrations have the version ${left.version}: ${left.name} and ${right.name}. Give one of them a later one.`,
    { details: { version: left.version } },
  );
}
