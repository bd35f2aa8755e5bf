import { join } from "node:path";
import { createSystemRuntime, isFleetError, type Runtime, retry } from "@shoal/kernel";
import { createDatabase, type Database, migrate, readMigrations } from "@shoal/store";
import { BASE_DATABASE, type Backend, testServers } from "./test-servers.ts";

/** A database for one test, dropped at the end of its scope. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  readonly database: Database<string>;
  readonly runtime: Runtime;
  /** Opens another pool on the same database, as a second replica does. It is closed with the database. */
  connect(maxConnections?: number): Database<string>;
}

/** Options of a test database. */
export interface TestDatabaseOptions {
  /** Default: `embedded`. */
  readonly backend?: Backend;
  /** Whether it has Supabase's schema and our migrations; the roles belong to the whole server. Default: true. */
  readonly migrate?: boolean;
}

/** No pooler stands before a test's server: asking for one takes a connection four times as long as opening it. */
const DIRECT = { prepare: true };

const MIGRATIONS = join(import.meta.dirname, "../../../supabase/migrations");

/** Makes a new database. A migrated one is cloned from a template, which the first test of a run makes. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const runtime = createSystemRuntime();
  const serverUrl = urlOf(options.backend ?? "embedded");
  const admin: Database<string> = createDatabase({ ...DIRECT, url: serverUrl, runtime, maxConnections: 2 });
  const name = `shoal_test_${runtime.ids.uuid().replaceAll("-", "")}`;
  try {
    const template = options.migrate === false ? "template0" : await migratedTemplate(admin, serverUrl, runtime);
    // Copies files in place of pages: half the work, and the caches of the catalog, which a first session makes else, come along.
    const create = `create database ${name} template ${template} strategy file_copy`;
    await retryWhileInUse(runtime, () => admin.query(create));
  } catch (thrown) {
    await admin.close();
    throw thrown;
  }
  const url = withDatabase(serverUrl, name);
  const pools: Database<string>[] = [];
  const connect = (maxConnections = 5) => {
    const pool: Database<string> = createDatabase({ ...DIRECT, url, runtime, maxConnections });
    pools.push(pool);
    return pool;
  };
  return {
    url,
    name,
    runtime,
    connect,
    database: connect(),
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map((pool) => pool.close()));
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.close();
    },
  };
}

function urlOf(backend: Backend): string {
  const url = testServers()[backend];
  if (!url) throw new Error(`this run has no ${backend} Postgres: call backends() for those it has`);
  return url;
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

/** Makes the template unless it exists. Its name is a hash of the migrations, so that a server that outlives the run never uses an old one. */
async function migratedTemplate(admin: Database<string>, serverUrl: string, runtime: Runtime): Promise<string> {
  const migrations = await readMigrations(MIGRATIONS);
  const content = migrations.map((migration) => migration.version + migration.checksum).toSorted();
  const template = `shoal_template_${Bun.hash(content.join()).toString(16)}`;
  // One connection holds the lock while another makes the template, so that parallel workers make it once.
  await admin.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtext($1))", [template]);
    const found = await tx.query("select from pg_database where datname = $1", [template]);
    if (found.length === 0) await makeTemplate(admin, serverUrl, template, runtime);
  });
  return template;
}

async function makeTemplate(
  admin: Database<string>,
  serverUrl: string,
  template: string,
  runtime: Runtime,
): Promise<void> {
  const draft = `${template}_draft`;
  await admin.query(`drop database if exists ${draft} with (force)`);
  await retryWhileInUse(runtime, () => admin.query(`create database ${draft} template ${BASE_DATABASE}`));
  const database = createDatabase({ ...DIRECT, url: withDatabase(serverUrl, draft), runtime, maxConnections: 1 });
  try {
    await migrate({ database, directory: MIGRATIONS, log: runtime.log });
  } finally {
    await database.close();
  }
  await retryWhileInUse(runtime, () => admin.query(`alter database ${draft} rename to ${template}`));
}

/** SQLSTATE object_in_use. */
const IN_USE = "55006";
const MAX_TRIES = 1_000;

/** Tries for at least 20 s: a closed connection, or a clone that is being made, counts as a session for a while. */
function retryWhileInUse<T>(runtime: Runtime, work: () => Promise<T>): Promise<T> {
  const when = (thrown: unknown, attempt: number) =>
    isFleetError(thrown) && thrown.details["sqlstate"] === IN_USE && attempt < MAX_TRIES;
  return retry(work, { runtime, backoff: () => 20, when });
}
