import { createSystemRuntime, type LogFields, silentLog, sleep, unreported } from "@shoal/kernel";
import { createMetrics } from "@shoal/monitor";
import { hasRedis, type OwnRedis, ownRedis, readSeries, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createAnalyticsPart } from "../src/analytics/part.ts";
import { ANALYTICS_QUERIES } from "../src/analytics/queries.ts";
import { parseRedisUrl } from "../src/config/redis-url.ts";
import { ANALYTICS_LIMIT_MS, addFill, addStrategies, strategy } from "./analytics-support.ts";

const [dashboard] = ANALYTICS_QUERIES;
const parameters = dashboard?.parameters.parse({});
if (!dashboard || !parameters) throw new Error("there is a dashboard");

interface Replica {
  readonly part: ReturnType<typeof createAnalyticsPart>;
  readonly lines: string[];
  readonly series: () => Promise<Readonly<Record<string, unknown>>>;
  /** Drains and closes it, and says what is left. */
  readonly end: () => Promise<{ readonly timers: number; readonly leases: number }>;
}

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  await addStrategies(test.database, 1);
  await addFill(test.database, { id: "f1", strategyId: strategy(0), at: new Date(Date.now() - 60_000).toISOString() });
}, ANALYTICS_LIMIT_MS);
afterAll(() => test?.[Symbol.asyncDispose]());

function startReplica(name: string, redisUrl?: string): Replica {
  const { clock, rng, ids } = createSystemRuntime();
  const lines: string[] = [];
  const keep = (level: string) => (fields: LogFields, message: string) => {
    lines.push(`${level} ${fields["error_code"] ?? ""} ${message}`);
  };
  const log = { ...silentLog, info: keep("info"), warn: keep("warn"), error: keep("error"), child: () => log };
  const address = redisUrl === undefined ? null : parseRedisUrl(redisUrl);
  if (address && "problem" in address) throw new Error(address.problem);
  const metrics = createMetrics();
  const database = test.connect(2);
  const part = createAnalyticsPart({
    ...{
      config: { role: "all", redis: address?.address ?? null },
      fleet: { analytics: {} },
      runtime: { clock, rng, ids, log },
    },
    ...{
      replicaId: name,
      members: { replicaId: name, live: [] },
      health: { reportLoop: unreported },
      database,
      backgroundDatabase: database,
    },
  });
  const stops = part.observe(metrics);
  const stopping = new AbortController();
  part.start(stopping.signal);
  const end = async () => {
    stopping.abort(new Error("the daemon drains"));
    await part.drain(10_000);
    await part.close(10_000);
    for (const stop of stops) stop();
    return { timers: clock.pendingTimers, leases: part.left().leases };
  };
  onTestFinished(() => end().then(() => {}));
  return { part, lines, end, series: () => readSeries(metrics) };
}

const ask = ({ part }: Replica) => part.answers.ask(dashboard, parameters);
const ended = ({ timers, leases }: { timers: number; leases: number }) =>
  expect({ timers, leases }).toEqual({ timers: 0, leases: 0 });
const forget = () => test.database.query("truncate shoal.analytics_answers");
const { clock } = createSystemRuntime();

describe("three replicas without Redis", { timeout: ANALYTICS_LIMIT_MS }, () => {
  it("ask the database once, and leave nothing behind", async () => {
    await forget();
    const replicas = ["a", "b", "c"].map((name) => startReplica(name));
    const answers = await Promise.all(replicas.map(ask));
    expect(new Set(answers.map(({ answer }) => answer.madeMs)).size).toBe(1);
    expect(answers[0]).toMatchObject({
      isStale: false,
      answer: { data: { currency: "USDT", trades: 1, volume: "100" } },
    });
    const stats = replicas.map(({ part }) => part.stats());
    expect(stats.reduce((sum, { misses }) => sum + misses, 0)).toBe(1);
    expect(stats.reduce((sum, { hits }) => sum + hits.database, 0)).toBe(2);
    await Promise.all(replicas.map(ask));
    expect(replicas.map(({ part }) => part.stats().hits.memory)).toEqual([1, 1, 1]);
    expect(replicas[0]?.part.stats().keys).toMatchObject([{ query: "dashboard", isFresh: true }]);
    for (const replica of replicas) ended(await replica.end());
    expect(replicas.flatMap(({ lines }) => lines)).toEqual([]);
  });

  it("hear of what one of them has made, and show it", async () => {
    await forget();
    const [first, second] = [startReplica("a"), startReplica("b")];
    await Promise.all([ask(first), ask(second)]);
    const [before] = await test.database.query<{ made: Date }>("select made_at as made from shoal.analytics_answers");
    await addFill(test.database, { id: "f2", strategyId: strategy(0), at: new Date().toISOString() });
    // As if a minute had passed.
    await test.database.query("update shoal.analytics_answers set made_at = made_at - interval '1 minute'");
    const late = startReplica("c");
    expect((await ask(late)).answer.data).toMatchObject({ trades: 2 });
    for (const replica of [first, second]) {
      // What it is told makes the next caller have it looked up, and the one after that has it.
      while (((await ask(replica)).answer.data as { trades: number }).trades === 1) await sleep(clock, 5);
    }
    const [after] = await test.database.query<{ made: Date }>("select made_at as made from shoal.analytics_answers");
    expect(after?.made.getTime()).toBeGreaterThan(before?.made.getTime() ?? Number.POSITIVE_INFINITY);
    const misses = [first, second, late].map(({ part }) => part.stats().misses);
    expect(misses.reduce((sum, each) => sum + each, 0)).toBe(2);
  });

  it("serve what they have while the database is away, and say so once", async () => {
    await forget();
    const replica = startReplica("a");
    await ask(replica);
    await test.database.script("alter function shoal.analytics_take rename to analytics_taken");
    onTestFinished(async () => {
      await test.database.script("alter function shoal.analytics_taken rename to analytics_take").catch(() => {});
    });
    replica.part.answers.told(replica.part.stats().keys[0]?.key ?? "", Number.POSITIVE_INFINITY);
    while (replica.part.stats().errors === 0) {
      expect((await ask(replica)).answer.data).toMatchObject({ currency: "USDT" });
      await sleep(clock, 5);
    }
    expect(await ask(replica)).toMatchObject({ isStale: true });
    await test.database.script("alter function shoal.analytics_taken rename to analytics_take");
    while ((await ask(replica)).isStale) await sleep(clock, 20);
    expect(replica.lines.filter((line) => line.startsWith("warn"))).toHaveLength(1);
  });
});

describe.runIf(hasRedis())("replicas with Redis", { timeout: ANALYTICS_LIMIT_MS }, () => {
  let redis: OwnRedis;
  beforeAll(async () => {
    redis = await ownRedis();
  });
  afterAll(() => redis?.stop());
  const isUp = async ({ part }: Replica) => {
    while (part.stats().redis?.isUp !== true) await sleep(clock, 5);
  };

  it("find there what another has made, and close their connections", async () => {
    await forget();
    const [first, second] = [startReplica("a", redis.url), startReplica("b", redis.url)];
    await Promise.all([isUp(first), isUp(second)]);
    await ask(first);
    using client = Object.assign(new Bun.RedisClient(redis.url), { [Symbol.dispose]: () => client.close() });
    const keys = async () => (await client.send("KEYS", ["shoal:*"])) as string[];
    while ((await keys()).length === 0) await sleep(clock, 5);
    await forget();
    await ask(second);
    expect(second.part.stats().hits).toEqual({ memory: 0, redis: 1, database: 0 });
    expect(await first.part.health?.read()).toEqual({ state: "ok" });
    expect(await first.series()).toMatchObject({ shoal_cache_redis_up: 1 });
    for (const replica of [first, second]) ended(await replica.end());
    const clients = async () => String(await client.send("CLIENT", ["LIST"])).match(/name=shoal /g)?.length ?? 0;
    while ((await clients()) > 0) await sleep(clock, 5);
  });

  it("answer as if there were none while it is frozen, which is a warning and no more", async () => {
    await forget();
    const replica = startReplica("a", redis.url);
    await isUp(replica);
    redis.freeze();
    onTestFinished(() => redis.thaw());
    expect(await ask(replica)).toMatchObject({ isStale: false });
    while (replica.part.stats().redis?.isUp !== false) await sleep(clock, 5);
    expect(await replica.part.health?.read()).toMatchObject({ state: "degraded", isExpected: true });
    expect(replica.part.health?.isRequired).toBe(false);
    expect(await replica.series()).toMatchObject({ shoal_cache_redis_up: 0 });
    for (const query of ANALYTICS_QUERIES.slice(1)) await replica.part.answers.ask(query, query.parameters.parse({}));
    expect(replica.part.stats()).toMatchObject({ misses: ANALYTICS_QUERIES.length, errors: 0 });
    redis.thaw();
    await isUp(replica);
    ended(await replica.end());
    expect(replica.lines.map((line) => line.split(" ")[0])).toEqual(["warn", "info"]);
  });

  it("end while it is frozen or away", async () => {
    const frozen = startReplica("a", redis.url);
    await isUp(frozen);
    redis.freeze();
    onTestFinished(() => redis.thaw());
    ended(await frozen.end());
    ended(await startReplica("b", "redis://127.0.0.1:1").end());
    ended(await startReplica("c", redis.url).end());
  });
});
