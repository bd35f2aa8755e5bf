export { type ProcessFigures, readProcessFigures, runtimeName } from "./adapters/process-figures.ts";
export { type ConnectionMonitor, createConnectionMonitor } from "./connections/connection-monitor.ts";
export { createStateHistories } from "./connections/state-histories.ts";
export {
  createHealth,
  type DependencyReport,
  type DependencyState,
  type Health,
  type LoopBeat,
} from "./health/health.ts";
export type { LoopOutcome } from "./health/loop-outcomes.ts";
export { createLog, type LogLevel, type LogOptions } from "./log/create-log.ts";
export { createLineRelay, type LineRelay } from "./log/line-relay.ts";
export { REDACTED, redactText } from "./log/redact-text.ts";
export { createMetrics, type Metrics } from "./metrics/create-metrics.ts";
export { observeHealth } from "./metrics/health.ts";
export {
  JOB_SECONDS,
  ROUND_TRIP_SECONDS,
  STATEMENT_SECONDS,
  WAIT_SECONDS,
  WORK_SECONDS,
} from "./metrics/instruments.ts";
export { allOf, errorCodes, matchBuckets, oneOf, reasonWords, statementNames, workNames } from "./metrics/labels.ts";
export { observePool } from "./metrics/pool.ts";
export { type EventSubscriber, type Listeners, subscribe } from "./metrics/subscribe.ts";
