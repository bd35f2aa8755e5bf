import { backoffDelayMs, FleetError, parseBoundedJson, proportionalJitter, SECOND_MS, toError } from "@shoal/kernel";
import { BentoCache, bentostore } from "bentocache";
import { RedisDriver } from "bentocache/drivers/redis";
import { Redis, type RedisOptions } from "ioredis";
import { z } from "zod";
import { type RedisWatch, watchRedis } from "../redis-watch.ts";
import type { SharedCache, SharedCacheOptions } from "../shared-cache.ts";

/**
 * With these, and without a queue of what is asked while there is no connection, a frozen Redis costs one caller 250 ms. bentocache
 * heeds the breaker only where its constructor is given it.
 */
const COMMAND_LIMIT_MS = 250;
const BREAKER = "5s";
const CONNECT_LIMIT_MS = 2 * SECOND_MS;
const RECONNECT = proportionalJitter(250, 5 * SECOND_MS);
/** Of the entry that bentocache makes of a value. */
const WRAPPING_BYTES = 1024;

/** Opens the connection in the background: until it stands nothing is found, and nobody waits for it. */
export function openRedisCache(options: SharedCacheOptions): SharedCache {
  const { runtime, prefix, retentionMs, maxBytes } = options;
  const watch = watchRedis(runtime);
  const redis = new Redis(connectionOptions(options));
  redis.on("error", (error) => watch.failed("connection", error));
  redis.on("close", watch.lost);
  redis.on("ready", watch.connected);
  // How it ends is told by the events.
  redis.connect().catch(() => {});
  const limits = { maxBytes: maxBytes + WRAPPING_BYTES, watch };
  const bento = new BentoCache({
    default: "answers",
    ttl: retentionMs,
    suppressL2Errors: true,
    l2CircuitBreakerDuration: BREAKER,
    serializer: { serialize: JSON.stringify, deserialize: entryOf },
    stores: {
      answers: bentostore().useL2Layer({
        options: {},
        factory: () => new BoundedRedisDriver({ connection: redis, prefix }, limits),
      }),
    },
  });
  return {
    get: (key) => bento.get<unknown>({ key }),
    async set(key, value) {
      await bento.set({ key, value });
    },
    status: watch.status,
    async close() {
      watch.close();
      await bento.disconnect();
      // A silent peer would not end its side.
      redis.stream?.destroy();
    },
  };
}

function connectionOptions({ address, runtime }: SharedCacheOptions): RedisOptions {
  const { host, port, username, password, database, isEncrypted } = address;
  return {
    ...{ host, port, db: database },
    ...(username !== "" && { username }),
    ...(password !== "" && { password }),
    ...(isEncrypted && { tls: {} }),
    connectionName: "shoal",
    disableClientInfo: true,
    lazyConnect: true,
    commandTimeout: COMMAND_LIMIT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout: CONNECT_LIMIT_MS,
    maxLoadingRetryTime: COMMAND_LIMIT_MS,
    disconnectTimeout: COMMAND_LIMIT_MS,
    retryStrategy: (attempt) => backoffDelayMs(RECONNECT, attempt, runtime.rng),
  };
}

/** What bentocache makes of a value. */
const entry = z.object({ value: z.unknown(), createdAt: z.number(), logicalExpiration: z.number() });
/** A value that has expired is a miss; an error would open the breaker for all keys. */
const EXPIRED = { value: null, createdAt: 0, logicalExpiration: 0 };

/** Reads what stands in Redis, where anybody may have written it. */
function entryOf(text: string): z.infer<typeof entry> {
  const json = parseBoundedJson(text);
  const read = entry.safeParse(json.kind === "json" ? json.value : undefined);
  return read.success ? read.data : EXPIRED;
}

interface DriverLimits {
  readonly maxBytes: number;
  readonly watch: RedisWatch;
}

/** The driver of bentocache, which reads and writes no more than `maxBytes`, and tells how each command ended. */
class BoundedRedisDriver extends RedisDriver {
  readonly #redis: Redis;
  readonly #limits: DriverLimits;

  constructor(config: { readonly connection: Redis; readonly prefix: string }, limits: DriverLimits) {
    super(config);
    this.#redis = config.connection;
    this.#limits = limits;
  }

  override get(key: string): Promise<string | undefined> {
    return this.#attempt("read", async () => {
      // One byte more than is ever written: of a text that is too large it is a piece, which is no JSON.
      const text: unknown = await this.#redis
        .getrange(this.getItemKey(key), 0, this.#limits.maxBytes)
        .catch((thrown: unknown) => {
          // A list or the like, which a write replaces. As an error it would put Redis out of use each time that it is read.
          if (toError(thrown).message.startsWith("WRONGTYPE ")) return "";
          throw thrown;
        });
      if (typeof text !== "string") throw oddReply("GETRANGE");
      return text === "" ? undefined : text;
    });
  }

  override async set(key: string, text: string, ttlMs?: number): Promise<boolean> {
    if (Buffer.byteLength(text) > this.#limits.maxBytes) return false;
    return this.#attempt("write", async () => {
      if (!(await super.set(key, text, ttlMs))) throw oddReply("SET");
      return true;
    });
  }

  async #attempt<T>(kind: "read" | "write", command: () => Promise<T>): Promise<T> {
    const { watch } = this.#limits;
    // Of the connection the watch knows by its events, and it may still be the first one.
    if (this.#redis.status !== "ready") throw refusal("REDIS_NOT_CONNECTED", "there is no connection now");
    try {
      const result = await command();
      watch.worked(kind);
      return result;
    } catch (thrown) {
      const isLate = toError(thrown).message === "Command timed out";
      watch.failed(kind, isLate ? refusal("REDIS_TIMEOUT", `no reply within ${COMMAND_LIMIT_MS} ms`) : thrown);
      // A connection whose reply is late is given up: what trickles in would pile up, and stands before all later replies.
      if (isLate) this.#redis.disconnect(true);
      throw thrown;
    }
  }
}

const refusal = (code: string, message: string) => new FleetError(code, message, { retryable: true });
const oddReply = (command: string) => refusal("REDIS_ODD_REPLY", `what answers ${command} is no Redis`);
