import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, sleep } from "@shoal/kernel";
import { freePort, type ServerProcess, spawnServer } from "@shoal/local-supabase/postgres";
import type { RunningServer } from "./postgres-servers.ts";

const PROGRAMS = ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server"];

/** Returns the Redis in `REDIS_URL`, else starts one in a temporary directory, else resolves with undefined. */
export async function startTestRedis(redisUrl: string | undefined): Promise<RunningServer | undefined> {
  if (redisUrl) return { url: redisUrl, stop: async () => {} };
  const program = PROGRAMS.find((path) => existsSync(path));
  if (!program) return undefined;
  const directory = mkdtempSync(join(tmpdir(), "shoal-test-redis-"));
  const port = await freePort();
  const flags = ["--bind", "127.0.0.1", "--port", String(port), "--dir", directory, "--save", "", "--appendonly", "no"];
  const server = spawnServer({ kind: "self" }, [program, ...flags], join(directory, "redis.log"));
  const url = `redis://127.0.0.1:${port}`;
  const stop = async () => {
    server.stop();
    await server.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  if (await answers(url, server)) return { url, stop };
  await stop();
  throw new Error(`redis-server (${program}) ended before it answered on port ${port}`);
}

/** Resolves with true once a PING is answered, with false when the server ends before. */
async function answers(url: string, server: ServerProcess): Promise<boolean> {
  const { clock } = createSystemRuntime();
  while (!server.hasExited()) {
    if (await pingRedis(url)) return true;
    await sleep(clock, 10);
  }
  return false;
}

/** Sends one PING over a new connection. False when there is no answer. */
export async function pingRedis(url: string): Promise<boolean> {
  const client = new Bun.RedisClient(url, { autoReconnect: false, connectionTimeout: 1_000 });
  try {
    return (await client.ping()) === "PONG";
  } catch {
    return false;
  } finally {
    client.close();
  }
}
