import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, sleep } from "@shoal/kernel";

export interface PgbouncerOptions {
  /** Path of the program. */
  readonly program: string;
  /** Of the database that it leads to. */
  readonly url: string;
  readonly mode: "session" | "transaction";
  /** Sessions of the server that it opens at most. */
  readonly sessionCount: number;
}

/** Starts a PgBouncer before a database, for one test; it ends with its scope. `url` leads through it. */
export async function startPgbouncer(options: PgbouncerOptions): Promise<{ readonly url: string } & AsyncDisposable> {
  // Imported late, as in own-postgres.ts.
  const { freePort, spawnServer } = await import("@shoal/local-supabase/postgres");
  const directory = mkdtempSync(join(tmpdir(), "shoal-test-pgbouncer-"));
  const port = await freePort();
  const configFile = join(directory, "pgbouncer.ini");
  writeFileSync(configFile, configOf(options, port));
  // It refuses to run as root, and then has to read its own file.
  const asUser = process.getuid?.() === 0 ? ["-u", "postgres"] : [];
  if (asUser.length > 0) Bun.spawnSync(["chown", "-R", "postgres", directory]);
  const server = spawnServer({ kind: "self" }, [options.program, ...asUser, configFile], join(directory, "log"));
  const stop = async () => {
    server.stop();
    await server.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const { clock } = createSystemRuntime();
  while (!(await accepts(port))) {
    if (server.hasExited()) {
      const log = await Bun.file(join(directory, "log")).text();
      await stop();
      throw new Error(`pgbouncer ended before it took connections: ${log}`);
    }
    await sleep(clock, 10);
  }
  const url = new URL(options.url);
  url.port = String(port);
  return { url: url.toString(), [Symbol.asyncDispose]: stop };
}

function configOf({ url, mode, sessionCount }: PgbouncerOptions, port: number): string {
  const { hostname, port: serverPort, username, password } = new URL(url);
  return `[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${sessionCount}
ignore_startup_parameters = extra_float_digits
`;
}

async function accepts(port: number): Promise<boolean> {
  const opened = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).catch(() => undefined);
  opened?.end();
  return opened !== undefined;
}
