export { type JobErrorCode, JobQueueError } from "./errors.ts";
export {
  assessQueues,
  type ExecutionMode,
  executionModeOf,
  type QueueFigures,
  type QueueStatus,
  type QueuesHealth,
} from "./health/assess-queues.ts";
export { QUEUE_THRESHOLDS } from "./health/thresholds.ts";
export type * from "./types.ts";
