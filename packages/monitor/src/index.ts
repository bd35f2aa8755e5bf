export { type ProcessFigures, readProcessFigures, runtimeName } from "./adapters/process-figures.ts";
export type { Audible } from "./audible.ts";
export {
  type ConnectionMonitor,
  type ConnectionMonitorOptions,
  createConnectionMonitor,
} from "./connections/connection-monitor.ts";
export type { ConnectionReport, ConnectionStats, ResponseKind } from "./connections/connection-record.ts";
export type { ErrorPattern, ErrorReport, RecentError } from "./connections/error-patterns.ts";
export type { ConnectionHistory, HistoryLimits, StateChange } from "./connections/state-histories.ts";
export {
  createHealth,
  type DependencyHealth,
  type DependencyReport,
  type DependencyState,
  type Health,
  type HealthOptions,
  type Liveness,
  type LoopBeat,
  type LoopHealth,
  type Readiness,
} from "./health/health.ts";
export type { LoopOutcome } from "./health/loop-outcomes.ts";
export { createLog, type LogLevel, type LogOptions } from "./log/create-log.ts";
export type { LogDestination } from "./log/pretty.ts";
export { REDACTED, redactText } from "./log/redact-text.ts";
export type { MetricInfo } from "./metrics/catalogue.ts";
export type { ControlMetrics } from "./metrics/control-metrics.ts";
export { createMetrics, type Metrics, type MetricsOptions, type Scrape } from "./metrics/create-metrics.ts";
export type { FleetMetrics } from "./metrics/fleet-metrics.ts";
export type { InngestMetrics } from "./metrics/inngest-metrics.ts";
export type { Counter, Gauge, Histogram, Labels } from "./metrics/instruments.ts";
export type { JobMetrics } from "./metrics/job-metrics.ts";
export type { MatchMetrics } from "./metrics/match-metrics.ts";
export { type ObservedControlEvents, observeControl } from "./metrics/observe-control.ts";
export { type ObservedFleet, observeFleet } from "./metrics/observe-fleet.ts";
export { observeHealth } from "./metrics/observe-health.ts";
export { type ObservedInngestEvents, observeInngest } from "./metrics/observe-inngest.ts";
export { type ObservedJobEvents, type ObservedJobsOptions, observeJobs } from "./metrics/observe-jobs.ts";
export { type ObservedMatchmakerEvents, observeMatchmaker } from "./metrics/observe-matchmaker.ts";
export {
  type ObservedBudget,
  type ObservedFailure,
  type ObservedPoolEvents,
  type ObservedPoolStats,
  observePool,
} from "./metrics/observe-pool.ts";
export { type ObservedQueueFigures, observeQueueFigures } from "./metrics/observe-queue-figures.ts";
export { type ObservedQueueEvents, observeQueues } from "./metrics/observe-queues.ts";
export { type ObservedScheduleEvents, observeSchedules } from "./metrics/observe-schedules.ts";
export type { PoolMetrics } from "./metrics/pool-metrics.ts";
export type { QueueMetrics } from "./metrics/queue-metrics.ts";
export type { ScheduleMetrics } from "./metrics/schedule-metrics.ts";
export type { ServiceMetrics } from "./metrics/service-metrics.ts";
