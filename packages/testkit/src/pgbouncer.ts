import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startThrowawayServer } from "./throwaway-server.ts";

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
  const server = await startThrowawayServer({
    name: "pgbouncer",
    isUp: accepts,
    prepare(directory, port) {
      const configFile = join(directory, "pgbouncer.ini");
      writeFileSync(configFile, configOf(options, port));
      // It refuses to run as root, and then has to read its own file.
      const asUser = process.getuid?.() === 0 ? ["-u", "postgres"] : [];
      if (asUser.length > 0) Bun.spawnSync(["chown", "-R", "postgres", directory]);
      return [options.program, ...asUser, configFile];
    },
  });
  const url = new URL(options.url);
  url.port = String(server.port);
  return { url: url.toString(), [Symbol.asyncDispose]: server.stop };
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
