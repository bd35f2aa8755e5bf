import { BREAKER_CODES } from "./thresholds.ts";

/** A series computed by Prometheus from others, for the alerts and dashboards that share it. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
  /** Added to those of the result. */
  readonly labels?: Readonly<Record<string, string>>;
}

const quantile = (ratio: number, metric: string, window: string, by: string) =>
  `histogram_quantile(${ratio}, sum by (le, ${by}) (rate(${metric}_bucket[${window}])))`;

/** A daemon in which nothing was counted yet has counts of 0: a metric whose labels are not known beforehand has no series. */
export const orNone = (expr: string) => `${expr} or 0 * max by (job) (shoal_build_info)`;

/** One daemon in Prometheus. */
const DAEMON = "job, instance";

/** `level:what:operation`, as Prometheus advises. Those by `job` alone are of all daemons together. */
export const RECORDINGS: readonly Recording[] = [
  {
    // Whose start is paced on purpose is not missing yet.
    record: "shoal:channels_not_joined:ratio",
    expr: '(sum without (status) (shoal_channels{status!="joined"}) - shoal_joins_paced) / clamp_min(sum without (status) (shoal_channels), 1)',
  },
  {
    // While nothing is allowed, all of it is spent.
    record: "shoal:budget_used:ratio",
    expr: "shoal_budget_used / (shoal_budget_allowed > 0) or shoal_budget_allowed == bool 0",
  },
  {
    record: "shoal:breaker:code",
    expr: `max by (${DAEMON}) (${Object.entries(BREAKER_CODES)
      .map(([state, code]) => `shoal_breaker_state{state="${state}"} * ${code}`)
      .join(" or ")})`,
  },
  { record: "shoal:socket_handshakes:increase5m", expr: "increase(shoal_socket_handshake_seconds_count[5m])" },
  { record: "shoal:socket_reconnects:increase5m", expr: "increase(shoal_socket_reconnects_total[5m])" },
  {
    record: "shoal:sockets_open:max10m",
    expr: `max by (${DAEMON}) (max_over_time(shoal_sockets{state="open"}[10m]))`,
  },
  { record: "shoal:joins_refused:increase5m", expr: "increase(shoal_joins_refused_total[5m])" },
  {
    record: "shoal:auth_errors:increase10m",
    expr: [
      ...["shoal_joins_refused_total", "shoal_channels_lost_total", "shoal_sockets_closed_total"].map(
        (metric) => `sum by (${DAEMON}) (increase(${metric}{class=~"auth|permission"}[10m]))`,
      ),
      `sum by (${DAEMON}) (increase(shoal_token_failures_total[10m]))`,
    ].join(" + "),
  },
  {
    // The fleet's own: deployed ones are not what its target asks for.
    record: "shoal:bots_running:sum",
    expr: `sum by (${DAEMON}) (shoal_bots{state=~"idle|talking"}) - sum by (${DAEMON}) (shoal_deployed_bots{status=~"running|paused"})`,
  },
  {
    record: "shoal:event_loop_lag_seconds:p99_5m",
    expr: quantile(0.99, "shoal_event_loop_lag_seconds", "5m", DAEMON),
  },
  { record: "shoal:match_wait_seconds:p95_10m", expr: quantile(0.95, "shoal_match_wait_seconds", "10m", "job") },
  {
    record: "shoal:command_latency_seconds:p99_10m",
    expr: quantile(0.99, "shoal_command_latency_seconds", "10m", "job"),
  },
  // Every daemon tells the same of the table, and one whose database is away tells what it saw last.
  { record: "shoal:jobs:max", expr: "max by (job, status) (shoal_jobs)" },
  { record: "shoal:jobs_oldest_pending_seconds:max", expr: "max by (job) (shoal_jobs_oldest_pending_seconds)" },
  { record: "shoal:jobs_processed_per_hour:max", expr: "max by (job) (shoal_jobs_processed_per_hour)" },
  {
    record: "shoal:strategies_oldest_due_seconds:max",
    expr: "max by (job) (shoal_strategies_oldest_due_seconds)",
  },
  {
    record: "shoal:strategy_owners_failing:ratio",
    expr: "max by (job) (shoal_strategy_owners_failing) / clamp_min(max by (job) (shoal_strategy_owners), 1)",
  },
  {
    record: "shoal:strategy_runs_killed:increase15m",
    expr: 'sum by (job) (increase(shoal_strategy_runs_total{outcome="killed"}[15m]))',
  },
  {
    record: "shoal:strategy_runs_killed:ratio15m",
    expr: "shoal:strategy_runs_killed:increase15m / clamp_min(sum by (job) (increase(shoal_strategy_runs_total[15m])), 1)",
  },
  {
    record: "shoal:strategy_orders_oldest_unknown_seconds:max",
    expr: "max by (job) (shoal_strategy_orders_oldest_unknown_seconds)",
  },
  {
    record: "shoal:db_slow_statements:increase10m",
    expr: orNone("sum by (job) (increase(shoal_db_slow_statements_total[10m]))"),
  },
  {
    record: "shoal:db_slow_statements:ratio10m",
    expr: "shoal:db_slow_statements:increase10m / clamp_min(sum by (job) (increase(shoal_db_statement_seconds_count[10m])), 1)",
  },
  { record: "shoal:db_wait_seconds:p99_10m", expr: quantile(0.99, "shoal_db_wait_seconds", "10m", DAEMON) },
  {
    record: "shoal:cache_age_seconds:p95_10m",
    expr: quantile(0.95, "shoal_cache_age_seconds", "10m", "job, query"),
  },
];
