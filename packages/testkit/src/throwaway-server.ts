import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

export interface ThrowawayServerOptions {
  /** Of the program, for the name of its directory and for errors. */
  readonly name: string;
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** Writes what the server reads into its directory, and returns its program with arguments. */
  readonly prepare: (directory: string, port: number) => readonly string[];
  /** Whether it can be used now. */
  readonly isUp: (port: number) => Promise<boolean>;
}

export interface ThrowawayServer {
  readonly port: number;
  /** Removed when it stops. */
  readonly directory: string;
  hasExited(): boolean;
  /** Ends it and removes its files. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a server of one test. It also ends with a process that is killed. Rejects when it ends before it is up, with what it has said. */
export async function startThrowawayServer(options: ThrowawayServerOptions): Promise<ThrowawayServer> {
  const { name, prepare, isUp } = options;
  // Imported late, because it needs Bun, and the other parts of testkit are used on Node as well.
  const { freePort, spawnServer } = await import("@shoal/local-supabase/postgres");
  const port = options.port ?? (await freePort());
  const directory = mkdtempSync(join(tmpdir(), `shoal-test-${name}-`));
  const log = join(directory, "server.log");
  const server = spawnServer({ kind: "self" }, prepare(directory, port), log);
  const stop = async () => {
    server.stop();
    await server.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  await until(async () => server.hasExited() || (await isUp(port)));
  if (server.hasExited()) {
    const said = readFileSync(log, "utf8");
    await stop();
    throw new Error(`${name} ended before it was up on port ${port}: ${said}`);
  }
  return { port, directory, hasExited: server.hasExited, stop };
}
