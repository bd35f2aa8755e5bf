import { createSystemRuntime, type LogFields, silentLog, sleep } from "@shoal/kernel";
import { faultProxy, hasRedis, type OwnRedis, ownRedis } from "@shoal/testkit";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { parseRedisUrl } from "../../config/redis-url.ts";
import type { SharedCache } from "../shared-cache.ts";
import { openRedisCache } from "./redis-cache.ts";

const MAX_BYTES = 4096;
/** Longer than the breaker of bentocache stays open, which goes by `Date`. */
const BREAKER_OVER_MS = 6_000;

const { clock, rng } = createSystemRuntime();

afterEach(() => void vi.useRealTimers());

function openCache(url: string, prefix = "test") {
  const parsed = parseRedisUrl(url);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const lines: string[] = [];
  const keep = (level: string) => (fields: LogFields) =>
    void lines.push(`${level} ${fields["error_code"] ?? ""}`.trim());
  const log = { ...silentLog, info: keep("info"), warn: keep("warn"), error: keep("error"), child: () => log };
  const cache = openRedisCache({
    ...{ address: parsed.address, prefix, retentionMs: 60_000, maxBytes: MAX_BYTES },
    runtime: { clock, rng, log },
  });
  onTestFinished(() => cache.close());
  return { cache, lines };
}

/** Waits for what other processes do. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(clock, 5);
}

const isUp = (cache: SharedCache) => until(() => cache.status().isUp);
const isDown = (cache: SharedCache, code?: string) =>
  until(() => !cache.status().isUp && (code === undefined || cache.status().problem?.code === code));

/** Lets the breaker close without a wait. */
function passBreaker(): void {
  const nowMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(nowMs + BREAKER_OVER_MS);
}

/** Waits until it is used again, by itself. */
async function works(cache: SharedCache): Promise<void> {
  while ((await cache.get("again")) === undefined) {
    passBreaker();
    await cache.set("again", { n: 2 });
    await sleep(clock, 5);
  }
  expect(cache.status()).toMatchObject({ isUp: true, problem: null });
}

async function redisOfTest(...flags: string[]): Promise<OwnRedis> {
  const redis = await ownRedis({ flags });
  onTestFinished(() => redis.stop());
  return redis;
}

describe.runIf(hasRedis())("a cache in Debian's Redis", () => {
  it("finds what another daemon has kept, and nothing of another database", async () => {
    const redis = await redisOfTest();
    const [first, second, other] = [openCache(redis.url), openCache(redis.url), openCache(redis.url, "other")];
    await Promise.all([first, second, other].map(({ cache }) => isUp(cache)));
    await first.cache.set("a", { n: 1, text: 'with "quotes"' });
    expect(await second.cache.get("a")).toEqual({ n: 1, text: 'with "quotes"' });
    expect(await second.cache.get("b")).toBeUndefined();
    expect(await other.cache.get("a")).toBeUndefined();
    expect(first.lines).toEqual([]);
  });

  it("takes what somebody else has written there for a miss, and asks on", async () => {
    const redis = await redisOfTest();
    const { cache, lines } = openCache(redis.url);
    await isUp(cache);
    using client = clientOf(redis.url);
    await cache.set("good", { n: 1 });
    const huge = `{"value":{"text":"${"x".repeat(10 * MAX_BYTES)}"},"createdAt":1,"logicalExpiration":9e15}`;
    const deep = `{"value":${"[".repeat(10_000)}${"]".repeat(10_000)},"createdAt":1,"logicalExpiration":9e15}`;
    const values = [
      "",
      "nonsense",
      "null",
      "[]",
      "{}",
      '{"value":1}',
      '{"value":1,"createdAt":"x","logicalExpiration":"y"}',
    ];
    for (const value of [...values, huge, deep]) {
      await client.send("SET", ["test:bad", value]);
      expect(await cache.get("bad")).toBeUndefined();
    }
    // Without an end, so that it would be kept for ever.
    expect(await cache.get("good")).toEqual({ n: 1 });
    await client.send("DEL", ["test:bad"]);
    await client.send("LPUSH", ["test:bad", "x"]);
    expect(await cache.get("bad")).toBeUndefined();
    expect(await cache.get("good")).toEqual({ n: 1 });
    await cache.set("bad", { n: 2 });
    expect(await cache.get("bad")).toEqual({ n: 2 });
    expect(cache.status()).toMatchObject({ isUp: true, problem: null });
    expect(lines).toEqual([]);
  });

  it("does not write what is too large, and lets all else expire", async () => {
    const redis = await redisOfTest();
    const { cache, lines } = openCache(redis.url);
    await isUp(cache);
    await cache.set("huge", { text: "x".repeat(2 * MAX_BYTES) });
    await cache.set("small", { n: 1 });
    using client = clientOf(redis.url);
    expect(await client.send("KEYS", ["*"])).toEqual(["test:small"]);
    expect(await client.send("PTTL", ["test:small"])).toBeGreaterThan(1000);
    expect(lines).toEqual([]);
  });

  it("costs nobody more than one time limit while Redis is frozen, and is back by itself", async () => {
    const redis = await redisOfTest();
    const { cache, lines } = openCache(redis.url);
    await isUp(cache);
    await cache.set("a", { n: 1 });
    redis.freeze();
    expect(await cache.get("a")).toBeUndefined();
    for (let round = 0; round < 20; round += 1) {
      expect(await cache.get("a")).toBeUndefined();
      await cache.set("b", { n: round });
    }
    await isDown(cache);
    expect(lines).toEqual(["warn REDIS_TIMEOUT"]);
    redis.thaw();
    await works(cache);
    expect(lines).toEqual(["warn REDIS_TIMEOUT", "info"]);
  });

  it("goes without a Redis that was killed, and finds the one that comes in its place", async () => {
    const redis = await ownRedis();
    const { cache, lines } = openCache(redis.url);
    await isUp(cache);
    await redis.stop();
    await isDown(cache);
    expect(await cache.get("a")).toBeUndefined();
    await cache.set("a", { n: 1 });
    await isDown(cache, "ECONNREFUSED");
    const next = await ownRedis({ port: redis.port });
    onTestFinished(() => next.stop());
    await works(cache);
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["warn", "info"]);
  });

  it("reads on from a Redis that is full, and says once that it takes nothing", async () => {
    const redis = await redisOfTest("--maxmemory", "1mb", "--maxmemory-policy", "noeviction");
    const { cache, lines } = openCache(redis.url);
    await isUp(cache);
    await cache.set("a", { n: 1 });
    using client = clientOf(redis.url);
    const fill = (count: number) => client.send("SET", [`filling-${count}`, "x".repeat(100_000)]);
    for (let count = 0; await fill(count).catch(() => undefined); count += 1);
    for (let round = 0; round < 3; round += 1) {
      await cache.set("b", { text: "y".repeat(1000) });
      passBreaker();
      expect(await cache.get("a")).toEqual({ n: 1 });
    }
    expect(cache.status()).toMatchObject({ isUp: false, problem: { code: "OOM" } });
    expect(lines).toEqual(["warn OOM"]);
    await client.send("CONFIG", ["SET", "maxmemory", "0"]);
    await works(cache);
    expect(lines).toEqual(["warn OOM", "info"]);
  });

  it("reads on from a Redis that may not be written, and says so once", async () => {
    const redis = await redisOfTest();
    const { cache, lines } = openCache(redis.url);
    await isUp(cache);
    await cache.set("a", { n: 1 });
    using client = clientOf(redis.url);
    await client.send("REPLICAOF", ["127.0.0.1", "1"]);
    await cache.set("b", { n: 2 });
    await cache.set("b", { n: 2 });
    passBreaker();
    expect(await cache.get("a")).toEqual({ n: 1 });
    expect(lines).toEqual(["warn READONLY"]);
    await client.send("REPLICAOF", ["NO", "ONE"]);
    await works(cache);
    expect(lines).toEqual(["warn READONLY", "info"]);
  });

  it("says once that the password is wrong, and never what it is", async () => {
    const redis = await redisOfTest("--requirepass", "right");
    const { cache, lines } = openCache(redis.url.replace("//", "//:wrong-secret@"));
    await isDown(cache, "WRONGPASS");
    expect(await cache.get("a")).toBeUndefined();
    await cache.set("a", { n: 1 });
    expect(lines).toEqual(["warn WRONGPASS"]);
    expect(JSON.stringify(cache.status())).not.toContain("wrong-secret");
    using client = clientOf(redis.url.replace("//", "//:right@"));
    await client.send("CONFIG", ["SET", "requirepass", "wrong-secret"]);
    await works(cache);
  });

  it("has no password for a Redis that wants one", async () => {
    const redis = await redisOfTest("--requirepass", "right");
    const { cache, lines } = openCache(redis.url);
    await isDown(cache, "NOAUTH");
    expect(await cache.get("a")).toBeUndefined();
    expect(lines).toHaveLength(1);
  });

  it("survives a network that holds its bytes back, or breaks", async () => {
    const redis = await redisOfTest();
    await using proxy = await faultProxy(redis.port);
    const { cache, lines } = openCache(`redis://127.0.0.1:${proxy.port}`);
    await isDown(cache, "ECONNREFUSED");
    await proxy.open();
    await isUp(cache);
    proxy.freeze();
    await cache.set("a", { n: 1 });
    expect(await cache.get("a")).toBeUndefined();
    await isDown(cache);
    await proxy.close();
    expect(await cache.get("a")).toBeUndefined();
    await proxy.open();
    await works(cache);
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["warn", "info", "warn", "info"]);
  });
});

function clientOf(url: string): Bun.RedisClient & Disposable {
  const client = new Bun.RedisClient(url);
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

/** Answers what a client sends, as `reply` says; silence where it returns undefined. Counts what was asked. */
function standInRedis(reply: (asked: string) => string | undefined) {
  const asked: string[] = [];
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        for (const [, name = ""] of bytes.toString().matchAll(/\*\d+\r\n\$\d+\r\n([A-Za-z]+)\r\n/g)) {
          asked.push(name.toUpperCase());
          const text = reply(name.toUpperCase());
          if (text !== undefined) socket.write(text);
        }
      },
      error() {},
    },
  });
  onTestFinished(() => server.stop(true));
  return { url: `redis://127.0.0.1:${server.port}`, asked };
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
/** What a client asks before it uses the connection. */
const greet = (asked: string): string | undefined =>
  asked === "INFO" ? bulk("redis_version:7.0.15\r\nloading:0\r\n") : asked === "CLIENT" ? "+OK\r\n" : undefined;

describe("a cache behind an address where something else answers", () => {
  it.each<[string, (asked: string) => string | undefined]>([
    ["nothing, ever", () => undefined],
    ["what is no Redis", () => "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["bytes of no protocol", () => "\u0000\u0001\u0002\u0003\r\n\r\n"],
    ["numbers", () => ":1\r\n"],
    ["lists without an end", () => "*1000000\r\n"],
    ["texts without an end", () => "$536870912\r\nabc"],
    ["that it loads its data", () => "-LOADING Redis is loading the dataset in memory\r\n"],
    ["with errors of its own", () => "-ERR no\r\n"],
    ["one byte", () => "$"],
    ["what is no Redis, once it is asked", (asked) => greet(asked) ?? "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["numbers, once it is asked", (asked) => greet(asked) ?? ":1\r\n"],
    ["lists, once it is asked", (asked) => greet(asked) ?? "*2\r\n:1\r\n:2\r\n"],
    ["nothing, once it is asked", greet],
    [
      "that it loads, once it is asked",
      (asked) => greet(asked) ?? "-LOADING Redis is loading the dataset in memory\r\n",
    ],
    ["a piece of a value, once it is asked", (asked) => greet(asked) ?? "$100\r\n{"],
  ])("goes on without it where it says %s", async (_, reply) => {
    const { url } = standInRedis(reply);
    const { cache, lines } = openCache(url);
    // Whatever state the connection is in.
    for (let round = 0; round < 10 || lines.length === 0; round += 1) {
      expect(await cache.get("a")).toBeUndefined();
      await cache.set("a", { n: 1 });
      passBreaker();
      await sleep(clock, 5);
    }
    expect(lines.filter((line) => line.startsWith("warn"))).toHaveLength(1);
  });

  it("asks one that is silent once, and nobody after that waits for it", async () => {
    // The breaker stays open, however slow this machine is.
    vi.useFakeTimers({ toFake: ["Date"] });
    const { url, asked } = standInRedis(greet);
    const { cache } = openCache(url);
    await isUp(cache);
    expect(await Promise.all(["a", "b", "c"].map((key) => cache.get(key)))).toEqual([undefined, undefined, undefined]);
    await isUp(cache);
    for (let round = 0; round < 50; round += 1) {
      expect(await cache.get("a")).toBeUndefined();
      await cache.set("a", { n: 1 });
    }
    // Those of the three that were asked together: it looks well again, and is not asked while the breaker is open.
    expect(asked.filter((name) => name === "GETRANGE")).toHaveLength(3);
    expect(asked).not.toContain("SET");
  });

  it("goes on where a name is not found or nobody is at the address", async () => {
    for (const host of ["redis.invalid", "192.0.2.1"]) {
      const { cache } = openCache(`redis://${host}`);
      expect(await cache.get("a")).toBeUndefined();
      await cache.set("a", { n: 1 });
      await cache.close();
    }
  });

  it("ends at once, whatever it waits for", async () => {
    const { url } = standInRedis(() => undefined);
    const { cache, lines } = openCache(url);
    const pending = cache.get("a");
    await cache.close();
    await cache.close();
    expect(await pending).toBeUndefined();
    expect(await cache.get("a")).toBeUndefined();
    expect(lines).toEqual([]);
  });
});
