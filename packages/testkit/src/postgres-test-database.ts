import { join } from "node:path";
import { createSystemRuntime, isFleetError, type Runtime } from "@shoal/kernel";
import { createDatabase, type Database, migrate, readMigrations } from "@shoal/store";
import { BASE_DATABASE, type Backend, testServers } from "./test-servers.ts";

/** A database of one test, dropped at the end of its scope. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  readonly database: Database;
  readonly runtime: Runtime;
  /** Another pool on the same database, closed with it: a second replica. */
  connect(maxConnections?: number): Database;
}

/** What to prepare. */
export interface TestDatabaseOptions {
  /** `embedded` by default. */
  readonly backend?: Backend;
  /** With the roles of Supabase and our migrations; true by default. */
  readonly migrate?: boolean;
}

const MIGRATIONS = join(import.meta.dirname, "../../../supabase/migrations");

/** Makes a fresh database; a migrated one is cloned from a template, which the first test of a run makes. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const runtime = createSystemRuntime();
  const serverUrl = urlOf(options.backend ?? "embedded");
  const admin = createDatabase({ url: serverUrl, runtime, maxConnections: 2 });
  const name = `shoal_test_${runtime.ids.uuid().replaceAll("-", "")}`;
  try {
    const template = options.migrate === false ? "template0" : await migratedTemplate(admin, serverUrl, runtime);
    await cloneDatabase(admin, name, template);
  } catch (thrown) {
    await admin.close();
    throw thrown;
  }
  const url = withDatabase(serverUrl, name);
  const pools: Database[] = [];
  const connect = (maxConnections = 5) => {
    const pool = createDatabase({ url, runtime, maxConnections });
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
  if (!url) throw new Error(`this run has no ${backend} Postgres: use backends() to list what it has`);
  return url;
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

/** Named by its content, so that a server that outlives the run never serves an old one. */
async function migratedTemplate(admin: Database, serverUrl: string, runtime: Runtime): Promise<string> {
  const migrations = await readMigrations(MIGRATIONS);
  const content = migrations.map((migration) => migration.version + migration.checksum).toSorted();
  const template = `shoal_template_${Bun.hash(content.join()).toString(16)}`;
  // Held by a transaction of one connection while another works: workers make the template once.
  await admin.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtext($1))", [template]);
    const found = await tx.query("select from pg_database where datname = $1", [template]);
    if (found.length === 0) await makeTemplate(admin, serverUrl, template, runtime);
  });
  return template;
}

async function makeTemplate(admin: Database, serverUrl: string, template: string, runtime: Runtime): Promise<void> {
  const draft = `${template}_draft`;
  await admin.query(`drop database if exists ${draft} with (force)`);
  await retryWhileInUse(() => admin.query(`create database ${draft} template ${BASE_DATABASE}`));
  const database = createDatabase({ url: withDatabase(serverUrl, draft), runtime, maxConnections: 1 });
  try {
    await migrate({ database, directory: MIGRATIONS, log: runtime.log });
  } finally {
    await database.close();
  }
  await retryWhileInUse(() => admin.query(`alter database ${draft} rename to ${template}`));
}

function cloneDatabase(admin: Database, name: string, template: string): Promise<unknown> {
  return retryWhileInUse(() => admin.query(`create database ${name} template ${template}`));
}

/** A closed connection, or a clone in the making, may still count as a session for a moment. */
async function retryWhileInUse<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      const isInUse = isFleetError(thrown) && thrown.details["sqlstate"] === "55006";
      if (!isInUse || tries >= 100) throw thrown;
      await Bun.sleep(20);
    }
  }
}
