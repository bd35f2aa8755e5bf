import { join } from "node:path";
import { ANALYTICS_QUERIES } from "@shoal/bot-service/internals";
import { createSystemRuntime, MINUTE_MS } from "@shoal/kernel";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { ownBackends, ownPostgres, ownRedis, until } from "@shoal/testkit";
import { DASHBOARD_COUNT, watchDashboards } from "./analytics/dashboards.ts";
import { countedReads, PEERS } from "./analytics/peers.ts";
import { readerOf } from "./analytics/reader.ts";
import { REPLICA_COUNT, type Replicas, startReplicas } from "./analytics/replicas.ts";
import { addTrades, trade } from "./analytics/trades.ts";
import { measureManyTrades, missedUncached } from "./analytics/uncached.ts";
import type { Benchmark } from "./benchmark.ts";
import { quantile } from "./sandbox/measure.ts";

const MIGRATIONS = join(import.meta.dirname, "../supabase/migrations");
const runtime = createSystemRuntime();
const { clock } = runtime;

/** `settleMs`: after the cold start, before it is measured. A measured time is no multiple of a floor, so that it begins and ends between two queries. */
const WHOLE = {
  tradeCount: 100_000,
  rates: [0.1, 2, 500],
  settleMs: 15_000,
  measuredMs: 150_000,
  peerMs: 30_000,
  frozenAsks: 20,
  many: { tradeCount: 10_000_000, askCount: 50 },
};
const QUICK: Size = {
  ...{ tradeCount: 1000, rates: [2], settleMs: 500, measuredMs: 2000, peerMs: 500, frozenAsks: 3 },
  many: { tradeCount: 50_000, askCount: 3 },
};
const PEER_RATE = 2;

/** @source the section "Figures" */
const TARGETS = { queriesPerMinute: 7, hitRatio: 0.99, memoryHitP99Ms: 0.1, dashboardP99Ms: 20 };
/** Until the other replicas have it, and somebody asks. */
const TOLD_MS = 500;

type Size = typeof WHOLE;

export default {
  name: "analytics",
  summary:
    "100 dashboards over three replicas while trades are made, and ten million trades uncached; beside other ways to do it",
  async run({ quick }) {
    const size: Size = quick ? QUICK : WHOLE;
    const backend = ownBackends().includes("server") ? "server" : "embedded";
    await using server = await ownPostgres({ backend });
    await using redis = await ownRedis();
    const database = createDatabase<string>({ url: server.url, runtime, maxConnections: 4 });
    try {
      await migrate({ database, directory: MIGRATIONS, log: runtime.log });
      await addTrades(database, size.tradeCount);
      const [row] = await database.query<{ version: string }>("select current_setting('server_version') as version");
      const rates: RateFigures[] = [];
      for (const perSecond of size.rates)
        rates.push(told(await measureRate(database, server.url, redis.url, perSecond, size)));
      const peers: Record<string, PeerFigures> = {};
      for (const name of Object.keys(PEERS)) peers[name] = told(await measurePeer(database, redis.url, name, size));
      const frozen = told(await measureFrozen(database, server.url, redis, size));
      const many = told(await measureManyTrades({ backend, directory: MIGRATIONS, ...size.many }));
      const figures = { rates, peers, frozen, many };
      return {
        ...{ postgres: row?.version, dashboards: DASHBOARD_COUNT, replicas: REPLICA_COUNT, ...figures },
        targetsMissed: quick ? [] : [...rates.flatMap(missedTargets), ...missedUncached(many.uncached)],
      };
    } finally {
      await database.close();
    }
  },
} satisfies Benchmark;

type RateFigures = Awaited<ReturnType<typeof measureRate>>;
type PeerFigures = Awaited<ReturnType<typeof measurePeer>>;

async function measureRate(database: Database<string>, url: string, redisUrl: string, perSecond: number, size: Size) {
  await database.query("truncate shoal.analytics_answers");
  await using replicas = await startReplicas(url, redisUrl);
  await redisIsUp(replicas);
  const stopping = new AbortController();
  const trading = trade(database, clock, perSecond, stopping.signal);
  const ask = (replica: number, question: number) => replicas.get(replica, ANALYTICS_QUERIES[question]?.path ?? "");
  await watchDashboards(clock, size.settleMs, ANALYTICS_QUERIES.length, ask);
  replicas.takeFigures();
  const startedMs = clock.monotonicMs();
  const asked = await watchDashboards(clock, size.measuredMs, ANALYTICS_QUERIES.length, ask);
  const minutes = (clock.monotonicMs() - startedMs) / MINUTE_MS;
  const { hits, stale, misses, queryCount, slowestQueryMs, memoryHitsMs, maxAgeMs } = replicas.takeFigures();
  stopping.abort();
  const tradeCount = await trading;
  return {
    ...{ tradesPerSecond: perSecond, tradeCount, requests: asked.asked, failed: asked.failed },
    queriesPerMinute: rounded(queryCount / minutes),
    hitRatio: (hits + stale) / (hits + stale + misses),
    staleRatio: stale / (hits + stale + misses),
    memoryHitP50Ms: quantile(memoryHitsMs, 0.5),
    memoryHitP99Ms: quantile(memoryHitsMs, 0.99),
    ...{ httpP50Ms: asked.p50Ms, httpP99Ms: asked.p99Ms, dashboardP99Ms: asked.dashboardP99Ms, slowestQueryMs },
    maxAgeOverFloorMs: Math.max(...ANALYTICS_QUERIES.map(({ name, floorMs }) => (maxAgeMs[name] ?? 0) - floorMs)),
  };
}

async function measurePeer(database: Database<string>, redisUrl: string, name: string, size: Size) {
  const make = PEERS[name];
  if (!make) throw new Error(`there is no peer ${name}`);
  const { read, count } = countedReads(readerOf(database));
  const peer = make(read, redisUrl);
  const stopping = new AbortController();
  const trading = trade(database, clock, PEER_RATE, stopping.signal, peer.onTrade);
  const startedMs = clock.monotonicMs();
  const asked = await watchDashboards(clock, size.peerMs, ANALYTICS_QUERIES.length, peer.ask);
  const minutes = (clock.monotonicMs() - startedMs) / MINUTE_MS;
  stopping.abort();
  await trading;
  await peer.close();
  const { p50Ms, p99Ms, failed } = asked;
  return { name, tradesPerSecond: PEER_RATE, queriesPerMinute: rounded(count() / minutes), p50Ms, p99Ms, failed };
}

/** Questions that nobody has asked before, one after the other, from the moment in which Redis stands still. */
async function measureFrozen(
  database: Database<string>,
  url: string,
  redis: Awaited<ReturnType<typeof ownRedis>>,
  size: Size,
) {
  const [growth] = ANALYTICS_QUERIES.filter(({ name }) => name === "user_growth");
  if (!growth) throw new Error("there is a query of growth");
  await using replicas = await startReplicas(url, redis.url);
  await redisIsUp(replicas);
  const [part] = replicas.parts;
  const zones = Intl.supportedValuesOf("timeZone")
    .filter((zone) => zone.startsWith("Europe/"))
    .slice(0, size.frozenAsks);
  const timed = async (work: () => Promise<unknown>) => {
    const startedMs = clock.monotonicMs();
    await work();
    return clock.monotonicMs() - startedMs;
  };
  const reader = readerOf(database);
  const uncachedMs: number[] = [];
  for (const zone of zones) uncachedMs.push(await timed(() => reader.read(growth, growth.parameters.parse({ zone }))));
  redis.freeze();
  const missesMs: number[] = [];
  for (const zone of zones)
    missesMs.push(await timed(async () => part?.answers.ask(growth, growth.parameters.parse({ zone }))));
  redis.thaw();
  const [firstMissMs = Number.NaN, ...laterMs] = missesMs;
  return {
    firstMissMs: rounded(firstMissMs),
    laterMissP50Ms: quantile(laterMs, 0.5),
    queryP50Ms: quantile(uncachedMs, 0.5),
  };
}

const redisIsUp = ({ parts }: Replicas) => until(() => parts.every((part) => part.stats().redis?.isUp === true));

function missedTargets(figures: RateFigures): string[] {
  const at = `at ${figures.tradesPerSecond} trades a second`;
  const missed: string[] = [];
  const check = (isMet: boolean, words: string) => isMet || missed.push(`${at}: ${words}`);
  check(figures.failed === 0, `${figures.failed} requests failed`);
  for (const name of ["queriesPerMinute", "memoryHitP99Ms", "dashboardP99Ms"] as const) {
    check(figures[name] < TARGETS[name], `${name} is ${figures[name]} (under ${TARGETS[name]})`);
  }
  check(figures.hitRatio > TARGETS.hitRatio, `hitRatio is ${figures.hitRatio} (over ${TARGETS.hitRatio})`);
  const mayMs = figures.slowestQueryMs + TOLD_MS;
  check(
    figures.maxAgeOverFloorMs <= mayMs,
    `an answer was ${figures.maxAgeOverFloorMs} ms older than its floor (${mayMs})`,
  );
  return missed;
}

const rounded = (value: number) => Math.round(value * 100) / 100;

/** Prints each result at once, because a whole run takes ten minutes. */
function told<Result>(result: Result): Result {
  process.stderr.write(`  analytics: ${JSON.stringify(result)}\n`);
  return result;
}
