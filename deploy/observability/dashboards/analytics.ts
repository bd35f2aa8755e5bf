import { chart, maxOf, quantileOf, quantilesOf, REPLICA, rateOf, sumOf, timeline, words } from "../panels.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { limitsOf, type Page, type Row } from "./frame.ts";
import { OBJECTIVES_ROW } from "./objectives.ts";

/** The ten largest. */
const most = (expr: string) => `topk(10, ${expr})`;

const ANALYTICS: Row = {
  title: "Analytics",
  panels: [
    chart({
      title: "Requests",
      description:
        "Hit: kept and in time. Stale: served at once while a newer answer is made. Miss: waited for the database.",
      unit: "ops",
      isStacked: true,
      queries: [{ expr: rateOf("shoal_cache_requests_total", "result"), legend: "{{result}}" }],
    }),
    chart({
      title: "Misses",
      description: "By query, and those that had part in a query under way. Alert ShoalObjectiveCacheHits.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_cache_requests_total", "query", 'result="miss"'), legend: "{{query}}" },
        { expr: rateOf("shoal_cache_coalesced_total"), legend: "had part" },
      ],
    }),
    chart({
      title: "Hits",
      description: "By query, stale ones included.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_cache_requests_total", "query", 'result!="miss"'), legend: "{{query}}" }],
    }),
    chart({
      title: "Hits by layer",
      description: "The memory of the daemon, Redis, the database's table of answers.",
      unit: "ops",
      isStacked: true,
      queries: [{ expr: rateOf("shoal_cache_requests_total", "layer", 'result!="miss"'), legend: "{{layer}}" }],
    }),
    chart({
      title: "Age served, p95",
      description: "By query. Alert ShoalAnswersOld.",
      unit: "s",
      queries: [{ expr: quantileOf(0.95, "shoal_cache_age_seconds", "query"), legend: "{{query}}" }],
    }),
    chart({
      title: "Refreshes a minute",
      description: "Queries of the database by all daemons, whatever the number of requests and trades.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: `60 * ${rateOf("shoal_analytics_query_seconds_count", "query")}`, legend: "{{query}}" }],
    }),
    chart({
      title: "An answer was found after, p99",
      description: "By query, in memory or elsewhere. Over HTTP: alert ShoalObjectiveDashboardLatency.",
      unit: "s",
      queries: [{ expr: quantileOf(0.99, "shoal_analytics_request_seconds", "query"), legend: "{{query}}" }],
    }),
    chart({
      title: "A query took, p95",
      description: "In the database, by query.",
      unit: "s",
      queries: [{ expr: quantileOf(0.95, "shoal_analytics_query_seconds", "query"), legend: "{{query}}" }],
    }),
    chart({
      title: "Errors of queries",
      description:
        "Answers that could not be made or shared, by error code; an older one is served where there is one.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_analytics_errors_total", "query, code"), legend: "{{query}} {{code}}" }],
    }),
    timeline({
      title: "Redis",
      description: "As each daemon sees it; up where there is no REDIS_URL. Alert ShoalRedisDown.",
      mappings: words({ 0: ["down", "red"], 1: ["up", "green"] }),
      queries: [{ expr: `shoal_cache_redis_up{${REPLICA}}`, legend: "{{instance}}" }],
    }),
    chart({
      title: "Fold",
      description: "Trades added to the sums, and whether some were left. Alert ShoalFoldBehind.",
      unit: "short",
      queries: [
        { expr: rateOf("shoal_analytics_folded_total"), legend: "trades per second" },
        { expr: maxOf("shoal_analytics_fold_behind"), legend: "behind" },
      ],
    }),
  ],
};

const DATABASE: Row = {
  title: "Database",
  panels: [
    chart({
      title: "Connections",
      description: "At work, and statements and transactions in line for one, of all daemons.",
      unit: "short",
      queries: [
        { expr: sumOf("shoal_db_connections", "state"), legend: "{{state}}" },
        { expr: sumOf("shoal_db_connections_limit"), legend: "at work at most" },
      ],
    }),
    chart({
      title: "Wait for a connection",
      description: "Alert ShoalConnectionsScarce.",
      unit: "s",
      limits: limitsOf(THRESHOLDS.connectionWaitSeconds),
      queries: [
        ...quantilesOf("shoal_db_wait_seconds"),
        { expr: rateOf("shoal_db_wait_refused_total"), legend: "refused, per second" },
      ],
    }),
    chart({
      title: "Statements a minute",
      description: "By daemon, BEGIN and COMMIT included.",
      unit: "short",
      queries: [{ expr: `60 * ${rateOf("shoal_db_statement_seconds_count", "instance")}`, legend: "{{instance}}" }],
    }),
    chart({
      title: "Slowest statements, p99",
      description: "The ten slowest by name.",
      unit: "s",
      queries: [{ expr: most(quantileOf(0.99, "shoal_db_statement_seconds", "statement")), legend: "{{statement}}" }],
    }),
    chart({
      title: "Most time",
      description: "Seconds of the database a second, the ten statements that take most of it.",
      unit: "s",
      queries: [{ expr: most(rateOf("shoal_db_statement_seconds_sum", "statement")), legend: "{{statement}}" }],
    }),
    chart({
      title: "Most often",
      description: "The ten statements sent most, by name.",
      unit: "ops",
      queries: [{ expr: most(rateOf("shoal_db_statement_seconds_count", "statement")), legend: "{{statement}}" }],
    }),
    chart({
      title: "Slow ones",
      description: "Over SLOW_QUERY_MS, by name. Alert ShoalSlowStatements.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_db_slow_statements_total", "statement"), legend: "{{statement}}" }],
    }),
    chart({
      title: "Errors of statements",
      description: "By name and error code.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_db_statement_errors_total", "statement, code"), legend: "{{statement}} {{code}}" },
      ],
    }),
  ],
};

export const ANALYTICS_PAGE: Page = {
  uid: "shoal-analytics",
  title: "Shoal: analytics and database",
  description: "What was promised, answers of analytics and their cache, connections and statements of the database.",
  rows: [OBJECTIVES_ROW, ANALYTICS, DATABASE],
};
