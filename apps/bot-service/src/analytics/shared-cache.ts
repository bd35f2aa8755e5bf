import type { Runtime } from "@shoal/kernel";
import type { RedisAddress } from "../config/redis-url.ts";

/** Values that all daemons share outside of the database. Nothing here rejects: what cannot be had is missing, what cannot be kept is not. */
export interface SharedCache {
  /** Returns what JSON has under a key, whoever wrote it; undefined where there is nothing, too much, or no answer in time. */
  get(key: string): Promise<unknown>;
  /** Keeps a value of which there is JSON, unless it is too large. */
  set(key: string, value: object): Promise<void>;
  status(): SharedCacheStatus;
  /** Closes the connection and stops all timers. Idempotent. */
  close(): Promise<void>;
}

export interface SharedCacheProblem {
  readonly code: string;
  readonly message: string;
}

export interface SharedCacheStatus {
  readonly isUp: boolean;
  /** What does not work; null while all does. */
  readonly problem: SharedCacheProblem | null;
  /** In ms since 1970. */
  readonly since: number;
}

export interface SharedCacheOptions {
  readonly address: RedisAddress;
  /** Of all keys: two deployments may share one Redis. */
  readonly prefix: string;
  readonly runtime: Pick<Runtime, "clock" | "rng" | "log">;
  /** How long a value is kept, in ms. */
  readonly retentionMs: number;
  /** JSON above it is neither written nor read. */
  readonly maxBytes: number;
}
