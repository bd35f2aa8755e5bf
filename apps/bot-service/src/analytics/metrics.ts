import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { allOf, type EventSubscriber, errorCodes, type Metrics, subscribe, WORK_SECONDS } from "@shoal/monitor";
import type { AnalyticsEvents, AnswerLayer, AnswerResult } from "./events.ts";
import type { AnalyticsQueryName } from "./queries.ts";
import type { SharedCacheStatus } from "./shared-cache.ts";

const query = allOf<AnalyticsQueryName>({
  ...{ dashboard: true, revenue: true, user_growth: true },
  ...{ top_users_by_profit: true, top_users_by_volume: true, asset_performance: true },
});
/** Seconds, around the floors of 30 s and 60 s and the times to live of 60 s, 5 min and 10 min. */
const AGE_SECONDS = [1, 5, 10, 15, 20, 25, 30, 35, 45, 60, 65, 90, 120, 300, 600, 3600];
/** Seconds: from what memory takes to what a slow database does. */
const REQUEST_SECONDS = [0.0001, 0.00025, ...WORK_SECONDS, 10];

/** Feeds the metrics of analytics. `getRedis`: null where there is none. Once per `metrics`. The result takes all listeners away again. */
export function observeAnalytics(
  metrics: Metrics,
  events: EventSubscriber<AnalyticsEvents>,
  getRedis: () => SharedCacheStatus | null,
): Unsubscribe {
  const { counter, histogram, gauge } = metrics;
  const requests = counter({
    name: "shoal_cache_requests_total",
    help: "Answers of analytics that were served, by query, by where they were found, and whether they were as young as promised.",
    labels: {
      query,
      result: allOf<AnswerResult>({ hit: true, miss: true, stale: true }),
      layer: allOf<AnswerLayer>({ memory: true, redis: true, database: true }),
    },
  });
  const coalesced = counter({
    name: "shoal_cache_coalesced_total",
    help: "Times that somebody had part in a query of analytics that was under way, in this daemon or another one.",
    labels: { query },
  });
  const age = histogram({
    name: "shoal_cache_age_seconds",
    help: "Age of answers of analytics when they were served.",
    labels: { query },
    buckets: AGE_SECONDS,
  });
  const request = histogram({
    name: "shoal_analytics_request_seconds",
    help: "Time until an answer of analytics was found, in memory or elsewhere.",
    labels: { query },
    buckets: REQUEST_SECONDS,
  });
  const asked = histogram({
    name: "shoal_analytics_query_seconds",
    help: "Time for one query of analytics, the fold of new trades included; all daemons together ask each once at a time.",
    labels: { query },
    buckets: REQUEST_SECONDS,
  });
  const errors = counter({
    name: "shoal_analytics_errors_total",
    help: "Answers of analytics that could not be made or shared, by error code; an older one is served where there is one.",
    labels: { query, code: errorCodes() },
  });
  const redisUp = gauge({
    name: "shoal_cache_redis_up",
    help: "Whether answers of analytics are shared through Redis: 1, or 0 while it does not work; 1 without REDIS_URL.",
  });
  const unsubscribe = [
    metrics.beforeScrape(() => redisUp.set({}, Number(getRedis()?.isUp ?? true))),
    subscribe<AnalyticsEvents>(events, {
      "answer:served": ({ query, result, layer, ageMs, durationMs }) => {
        requests.inc({ query, result, layer });
        age.observe({ query }, ageMs / SECOND_MS);
        request.observe({ query }, durationMs / SECOND_MS);
      },
      "answer:coalesced": ({ query }) => coalesced.inc({ query }),
      "query:ended": ({ query, durationMs }) => asked.observe({ query }, durationMs / SECOND_MS),
      "answer:failed": ({ query, code }) => errors.inc({ query, code }),
    }),
  ];
  return () => {
    for (const stop of unsubscribe) stop();
  };
}
