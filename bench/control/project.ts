import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { type LocalSupabase, startLocalSupabase } from "@shoal/local-supabase";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { type Backend, ownBackends, ownPostgres } from "@shoal/testkit";

const MIGRATIONS = join(import.meta.dirname, "../../supabase/migrations");
export const runtime = createSystemRuntime();

/** A project on one Postgres, durable as a daemon runs it, with the migrations applied. */
export interface Project extends AsyncDisposable {
  readonly backend: Backend;
  /** Version that the server reports. */
  readonly postgres: string;
  readonly local: LocalSupabase;
  connect(): Database<string>;
}

/** Returns the backends of this machine; `server`: the one in DATABASE_URL, or Debian's. */
export function projectBackends(): Backend[] {
  return process.env["DATABASE_URL"] ? ["embedded", "server"] : ownBackends();
}

export async function openProject(backend: Backend): Promise<Project> {
  await using undo = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "shoal-bench-control-"));
  undo.defer(() => rmSync(directory, { recursive: true, force: true }));
  const databaseUrl = backend === "server" ? await serverDatabase(undo) : undefined;
  const local = await startLocalSupabase({ directory, runtime, ...(databaseUrl && { databaseUrl }) });
  undo.defer(() => local.stop());
  const database = createDatabase<string>({ url: local.databaseUrl, runtime });
  undo.defer(() => database.close());
  await migrate({ database, directory: MIGRATIONS, log: runtime.log });
  const [row] = await database.query<{ version: string }>("select current_setting('server_version') as version");
  const kept = undo.move();
  return {
    backend,
    postgres: row?.version ?? "",
    local,
    connect() {
      const opened = createDatabase<string>({ url: local.databaseUrl, runtime });
      kept.defer(() => opened.close());
      return opened;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Creates a database for this run. */
async function serverDatabase(undo: AsyncDisposableStack): Promise<string> {
  const givenUrl = process.env["DATABASE_URL"];
  if (!givenUrl) return undo.use(await ownPostgres({ backend: "server" })).url;
  const name = `shoal_bench_${runtime.ids.uuid().replaceAll("-", "")}`;
  const admin = createDatabase<string>({ url: givenUrl, runtime, maxConnections: 1 });
  undo.defer(() => admin.close());
  await admin.query(`create database ${name}`);
  undo.defer(() => admin.query(`drop database if exists ${name} with (force)`).then(() => {}));
  const url = new URL(givenUrl);
  url.pathname = `/${name}`;
  const database = createDatabase<string>({ url: url.toString(), runtime, maxConnections: 1 });
  await database.query("create publication supabase_realtime");
  await database.close();
  return url.toString();
}
