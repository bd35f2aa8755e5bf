import { createSystemRuntime } from "@shoal/kernel";
import { BOOTSTRAP_SQL } from "@shoal/local-supabase/postgres";
import { createDatabase, type Database } from "@shoal/store";
import { BASE_DATABASE } from "../src/test-servers.ts";

/** Makes the database that test databases are cloned from, once per server: like that of a new Supabase project. */
export async function prepareBaseDatabase(serverUrl: string): Promise<void> {
  const runtime = createSystemRuntime();
  const admin = createDatabase<string>({ url: serverUrl, runtime, maxConnections: 2 });
  try {
    // Locked, because a server in DATABASE_URL may serve several runs at once.
    await admin.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtext($1))", [BASE_DATABASE]);
      await createIfMissing(admin);
      await bootstrap(serverUrl);
    });
  } finally {
    await admin.close();
  }
}

async function createIfMissing(admin: Database<string>): Promise<void> {
  const found = await admin.query("select from pg_database where datname = $1", [BASE_DATABASE]);
  if (found.length === 0) await admin.query(`create database ${BASE_DATABASE} template template0`);
}

async function bootstrap(serverUrl: string): Promise<void> {
  const url = new URL(serverUrl);
  url.pathname = `/${BASE_DATABASE}`;
  const database = createDatabase<string>({ url: url.toString(), runtime: createSystemRuntime(), maxConnections: 1 });
  try {
    await database.script(BOOTSTRAP_SQL);
  } finally {
    await database.close();
  }
}
