import {
  createEmitter,
  errorFields,
  type Log,
  logOutage,
  proportionalJitter,
  type Runtime,
  retry,
  SECOND_MS,
  type Unsubscribe,
  withTimeout,
} from "@shoal/kernel";
import { type EventSubscriber, type Health, subscribe } from "@shoal/monitor";
import { type Database, type Sql, statement } from "@shoal/store";
import type { Config } from "../config.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { analyticsRoutes } from "../http/analytics.ts";
import type { Part } from "../part.ts";
import type { Members } from "../replicas/members.ts";
import { isFirst } from "../replicas/seniority.ts";
import { answerVersions, MAX_ANSWER_BYTES } from "./answer.ts";
import { createAnswerTable } from "./answer-table.ts";
import { Answers, RETENTION_MS } from "./answers.ts";
import { countCache } from "./cache-stats.ts";
import { createDatabaseTime, type DatabaseTime } from "./database-time.ts";
import type { AnalyticsEvents } from "./events.ts";
import { createTradeFold, observeTradeFold } from "./fold.ts";
import { hearOfAnswers } from "./listen.ts";
import { observeAnalytics } from "./metrics.ts";
import { createAnalyticsReader } from "./reader.ts";
import { CONNECTING } from "./redis-watch.ts";
import type { SharedCache, SharedCacheStatus } from "./shared-cache.ts";

export interface AnalyticsPartOptions {
  readonly config: Pick<Config, "redis" | "role">;
  readonly fleet: Pick<FleetConfig, "analytics">;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Pick<Health, "reportLoop">;
  readonly database: Database;
  readonly members: Pick<Members, "replicaId" | "live">;
  /** For what it counts and asks, which may take long. */
  readonly backgroundDatabase: Database;
}

export type AnalyticsPart = ReturnType<typeof createAnalyticsPart>;

const NOT_ASKED =
  "an answer of analytics could not be made or shared: older ones are served where there are any, else 503; it is tried again when somebody asks";
const ASKED_AGAIN = "answers of analytics are made again";
const RETRY = proportionalJitter(SECOND_MS, 30 * SECOND_MS);
const IDENTITY = statement(
  "analytics_identity",
  "select shoal.database_identity() as name, extract(epoch from clock_timestamp())::float8 * 1000 as now_ms",
);

/** Counts trades and users, and answers questions about them from a cache that all daemons share. */
export function createAnalyticsPart(options: AnalyticsPartOptions) {
  const { config, runtime, replicaId, database, backgroundDatabase } = options;
  const { analytics } = options.fleet;
  const { clock, log } = runtime;
  const report = options.health.reportLoop("analytics-fold");
  const fold = createTradeFold({
    ...{ runtime, database: backgroundDatabase, analytics, report },
    isMine: () => isFirst(options.members, "fleet"),
  });
  const reader = createAnalyticsReader({
    ...{ database: backgroundDatabase, fold, analytics, clock },
    log: log.child({ part: "analytics" }),
  });
  const events = createEmitter<AnalyticsEvents>();
  const time = createDatabaseTime(clock);
  const redis = createRedis({ config, runtime, database, time });
  const monotonicMs = () => clock.monotonicMs();
  const answers = new Answers({
    ...{ runtime, reader, time, events, shared: redis.shared },
    table: createAnswerTable({ database, holder: replicaId, time }),
    versionOf: answerVersions(analytics),
  });
  const stats = countCache({ events, kept: () => answers.kept(), nowMs: time.nowMs, monotonicMs, redis: redis.status });
  let listener: ReturnType<typeof hearOfAnswers> | undefined;
  return {
    /** For who measures, and has no other way in. */
    ...{ answers, events, stats: stats.read },
    name: "analytics",
    needsSchema: true,
    observe: (metrics) => [
      observeAnalytics(metrics, events, redis.status),
      observeTradeFold(metrics, fold.events),
      logAnswers(events, log),
      stats.close,
    ],
    ...(config.redis && { health: { dependency: "redis", isRequired: false, read: redis.report } }),
    routes: () => analyticsRoutes({ answers, stats: stats.read }),
    start(signal) {
      // A daemon without it counts new trades when it is asked for figures.
      if (config.role !== "fleet") fold.start();
      redis.start(signal);
      // What it finds is in the log; a signal ends it.
      retry(() => reader.check(), { runtime, signal, backoff: RETRY }).catch(() => {});
      listener = hearOfAnswers({ database, runtime, onAnswer: (key, madeMs) => answers.told(key, madeMs) });
    },
    async drain(limitMs) {
      await withTimeout(clock, limitMs, Promise.all([fold.stop(), answers.close()]));
    },
    async close(limitMs) {
      await withTimeout(clock, limitMs, Promise.all([answers.close(), listener?.close()]));
      await redis.close();
    },
    left: () => ({ leases: answers.busyCount }),
  } satisfies Part & Record<string, unknown>;
}

/** Logs when answers cannot be had from the database, and when they can again. */
function logAnswers(events: EventSubscriber<AnalyticsEvents>, log: Log): Unsubscribe {
  const outage = logOutage({
    ...{ log: log.child({ part: "analytics" }), level: "warn" },
    ...{ failing: NOT_ASKED, over: ASKED_AGAIN },
  });
  return subscribe<AnalyticsEvents>(events, {
    "answer:served": null,
    "answer:coalesced": null,
    "query:ended": () => outage.worked(),
    "answer:failed": ({ query, code }) => outage.failed({ query, error_code: code }),
  });
}

interface RedisOptions {
  readonly config: Pick<Config, "redis">;
  readonly runtime: Runtime;
  readonly database: Pick<Sql, "query">;
  readonly time: DatabaseTime;
}

/** The cache in Redis, where one is configured, from when the database has said what its keys are called. */
function createRedis({ config: { redis: address }, runtime, database, time }: RedisOptions) {
  let cache: SharedCache | undefined;
  let opening: Promise<void> | undefined;
  const connecting: SharedCacheStatus = { isUp: false, problem: CONNECTING, since: runtime.clock.now() };
  const status = () => cache?.status() ?? connecting;

  const open = async (at: NonNullable<typeof address>, signal: AbortSignal) => {
    // With its packages it takes 25 MB and a third of a second, which a daemon without REDIS_URL is spared.
    const { openRedisCache } = await import("./adapters/redis-cache.ts");
    const readName = async () => {
      const { name, now_ms } = await readIdentity(database);
      // Before any answer of Redis, so that it is known how old that is.
      time.heard(now_ms);
      return name;
    };
    const name = await retry(readName, { runtime, signal, backoff: RETRY, when: () => true });
    signal.throwIfAborted();
    cache = openRedisCache({
      ...{ address: at, prefix: `shoal:${name}`, runtime },
      ...{ retentionMs: RETENTION_MS, maxBytes: MAX_ANSWER_BYTES },
    });
  };
  return {
    shared: () => cache,
    status: () => (address ? status() : null),
    report() {
      const { problem } = status();
      if (!problem) return { state: "ok" } as const;
      // It has its own line in the log.
      return { state: "degraded", errorCode: problem.code, detail: problem.message, isExpected: true } as const;
    },
    start(signal: AbortSignal): void {
      if (!address) return;
      opening = open(address, signal).catch((thrown: unknown) => {
        if (!signal.aborted)
          runtime.log.error(errorFields(thrown), "Redis is not used: its client could not be loaded");
      });
    },
    async close(): Promise<void> {
      await opening;
      await cache?.close();
    },
  };
}

async function readIdentity(database: Pick<Sql, "query">) {
  const [row] = await database.query<{ readonly name: string; readonly now_ms: number }>(IDENTITY);
  if (!row) throw new Error("a function returns one row");
  return row;
}
