import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startThrowawayServer } from "./throwaway-server.ts";

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
  const pidFileIn = (directory: string) => join(directory, "redis.pid");
  const { port, directory, ...server } = await startThrowawayServer({
    ...{ name: "redis-server", port: wanted, isUp: answersPing },
    prepare: (directory, port) => [
      ...[program, "--bind", "127.0.0.1", "--port", `${port}`, "--dir", directory, "--pidfile", pidFileIn(directory)],
      ...["--daemonize", "no", "--save", "", "--appendonly", "no", ...flags],
    ],
  });
  const signal = (name: "SIGSTOP" | "SIGCONT") => {
    if (!server.hasExited()) process.kill(Number(readFileSync(pidFileIn(directory), "utf8")), name);
  };
  const stop = () => {
    signal("SIGCONT");
    return server.stop();
  };
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
