import { hasRedis, ownRedis } from "../src/own-redis.ts";
import type { RunningServer } from "./postgres-servers.ts";

/** Returns the Redis in `REDIS_URL`, else starts one, else resolves with undefined. */
export async function startTestRedis(redisUrl: string | undefined): Promise<RunningServer | undefined> {
  if (redisUrl) return { url: redisUrl, stop: async () => {} };
  return hasRedis() ? ownRedis() : undefined;
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
