import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, sleep } from "@shoal/kernel";

const PROGRAMS = ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server"];

/** A Redis of one test, which the test may freeze or kill. */
export interface OwnRedis extends AsyncDisposable {
  /** `redis://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** Stops its process where it stands: connections stay, nothing is answered (SIGSTOP). */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its files, also while frozen. Idempotent. */
  stop(): Promise<void>;
}

/** Options of a Redis. */
export interface OwnRedisOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Arguments besides those of address and files: `["--maxmemory", "1mb"]`. */
  readonly flags?: readonly string[];
}

/** Returns whether `ownRedis` can start one here. */
export const hasRedis = (): boolean => PROGRAMS.some((path) => existsSync(path));

/** Starts a Redis without files. It also ends with a process that is killed. Rejects when it ends before it has answered. */
export async function ownRedis({ port: wanted, flags = [] }: OwnRedisOptions = {}): Promise<OwnRedis> {
  const program = PROGRAMS.find((path) => existsSync(path));
  if (!program) throw new Error("no redis-server is installed here: ask hasRedis() first");
  // Imported late, because it needs Bun, and the other parts of testkit are used on Node as well.
  const { freePort, spawnServer } = await import("@shoal/local-supabase/postgres");
  const directory = mkdtempSync(join(tmpdir(), "shoal-test-redis-"));
  const port = wanted ?? (await freePort());
  const pidFile = join(directory, "redis.pid");
  const own = [
    "--bind",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--dir",
    directory,
    "--pidfile",
    pidFile,
    "--daemonize",
    "no",
  ];
  const command = [program, ...own, "--save", "", "--appendonly", "no", ...flags];
  const server = spawnServer({ kind: "self" }, command, join(directory, "redis.log"));
  const pid = () => Number(readFileSync(pidFile, "utf8"));
  const signal = (name: "SIGSTOP" | "SIGCONT") => {
    if (!server.hasExited()) process.kill(pid(), name);
  };
  const stop = async () => {
    signal("SIGCONT");
    server.stop();
    await server.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const { clock } = createSystemRuntime();
  while (!(await answersPing(port))) {
    if (server.hasExited()) {
      rmSync(directory, { recursive: true, force: true });
      throw new Error(`redis-server (${program}) ended before it answered on port ${port}`);
    }
    await sleep(clock, 10);
  }
  return {
    ...{ url: `redis://127.0.0.1:${port}`, port, stop, [Symbol.asyncDispose]: stop },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
  };
}

/** Sends one PING over a new connection. Any reply will do: one that asks for a password, or says that data are loading, is an answer. */
async function answersPing(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const over = () => resolve(false);
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (opened) => void opened.write("PING\r\n"),
      data: (_, reply) => resolve(/^[+-]/.test(reply.toString())),
      ...{ close: over, error: over },
    },
  }).catch(() => undefined);
  if (!socket) return false;
  const isAnswered = await promise;
  socket.end();
  return isAnswered;
}
