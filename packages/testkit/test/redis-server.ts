import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, sleep } from "@shoal/kernel";
import { freePort, spawnServer } from "@shoal/local-supabase/postgres";
import type { RunningServer } from "./postgres-servers.ts";

const PROGRAMS = ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server"];
const READY_TRIES = 500;

/** The Redis in `REDIS_URL` as it is, else one in a temporary directory, else undefined. */
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
  if (await answers(url)) return { url, stop };
  await stop();
  throw new Error(`redis-server (${program}) did not answer on port ${port}`);
}

/** Whether a PING is answered, tried for about five seconds. */
async function answers(url: string): Promise<boolean> {
  const { clock } = createSystemRuntime();
  for (let attempt = 0; attempt < READY_TRIES; attempt += 1) {
    if (await pingRedis(url)) return true;
    await sleep(clock, 10);
  }
  return false;
}

/** One PING over a connection of its own; false when nobody answers it. */
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
