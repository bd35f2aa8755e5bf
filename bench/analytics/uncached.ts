import { ANALYTICS_QUERIES, type AnalyticsQueryName } from "@shoal/bot-service/internals";
import { createSystemRuntime, HOUR_MS } from "@shoal/kernel";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { ownPostgres } from "@shoal/testkit";
import { quantile } from "../sandbox/measure.ts";
import { fillTrades } from "./fill.ts";
import { readerOf } from "./reader.ts";

const RANGES: Readonly<Record<AnalyticsQueryName, readonly string[]>> = {
  dashboard: ["24h", "30d", "365d", "all"],
  revenue: ["24h", "30d", "365d"],
  user_growth: ["30d", "all"],
  top_users_by_profit: ["month", "all"],
  top_users_by_volume: ["month", "all"],
  asset_performance: ["24h", "30d", "365d"],
};

/** The same as a dashboard of 30 days, straight from the trades, as whoever has no sums asks it. */
const RAW = `
select count(*) as trades, sum(f.price * f.quantity) as volume, sum(f.fee) as fees, sum(f.realised_profit) as profit,
  count(*) filter (where f.realised_profit > 0) / nullif(count(*) filter (where f.realised_profit <> 0), 0)::float8 as win_rate,
  count(distinct s.owner_id) as active_users
from shoal.strategy_fills f join shoal.strategies s on s.id = f.strategy_id where f.filled_at >= now() - interval '30 days'`;

export interface UncachedFigure {
  readonly query: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A fill of ten million takes longer than the daemon waits for a statement. */
const FILL_LIMIT_MS = HOUR_MS;

export interface UncachedOptions {
  readonly backend: "embedded" | "server";
  /** Directory of the migrations. */
  readonly directory: string;
  readonly tradeCount: number;
  /** How often each query is asked. */
  readonly askCount: number;
}

/** What dashboards ask of many trades on a server of its own, uncached, beside the same straight from the trades. */
export async function measureManyTrades({ backend, directory, tradeCount, askCount }: UncachedOptions) {
  const runtime = createSystemRuntime();
  await using server = await ownPostgres({ backend });
  const database = createDatabase<string>({ url: server.url, runtime, queryLimitMs: FILL_LIMIT_MS });
  try {
    await migrate({ database, directory, log: runtime.log });
    const filled = await fillTrades(database, tradeCount);
    const uncached = await measureUncached(database, askCount);
    const fromTrades = await measureRaw(database, Math.min(askCount, 5));
    return { ...filled, uncached, fromTrades };
  } finally {
    await database.close();
  }
}

/** Asks each query again and again, in a zone whose days are none of UTC: with the fold before it, as a miss of the cache does. */
async function measureUncached(database: Database<string>, askCount: number): Promise<readonly UncachedFigure[]> {
  const reader = readerOf(database);
  const figures: UncachedFigure[] = [];
  for (const query of ANALYTICS_QUERIES) {
    for (const range of RANGES[query.name]) {
      const zoned = query.parameters.safeParse({ range, zone: "Asia/Kathmandu" });
      const asked = zoned.success ? zoned.data : query.parameters.parse({ range });
      figures.push(await figureOf(`${query.name} ${range}`, askCount, () => reader.read(query, asked)));
    }
  }
  return figures;
}

/** The peer: one dashboard without sums, once warmed up. */
async function measureRaw(database: Database<string>, askCount: number): Promise<UncachedFigure> {
  return figureOf("dashboard 30d from the trades", askCount, () => database.query(RAW));
}

async function figureOf(query: string, askCount: number, ask: () => Promise<unknown>): Promise<UncachedFigure> {
  await ask();
  const tookMs: number[] = [];
  for (let n = 0; n < askCount; n += 1) {
    const startedMs = performance.now();
    await ask();
    tookMs.push(performance.now() - startedMs);
  }
  return { query, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) };
}

const DASHBOARD_P50_MS = 20;

/** Says in words which targets were missed. */
export function missedUncached(figures: readonly UncachedFigure[]): string[] {
  return figures
    .filter(({ query, p50Ms }) => query.startsWith("dashboard ") && p50Ms >= DASHBOARD_P50_MS)
    .map(({ query, p50Ms }) => `${query}, uncached: ${p50Ms} ms, at most ${DASHBOARD_P50_MS}`);
}
