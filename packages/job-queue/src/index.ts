export { ACT_JOB_TYPE, type ActHandlerOptions, actHandler } from "./acts/act-handler.ts";
export {
  type ActAction,
  type ActFilter,
  type ActRequest,
  type ActView,
  createJobActs,
  type JobActs,
} from "./acts/job-acts.ts";
export type { AuditRecord } from "./audit/audit.ts";
export {
  type AuditedJobAdmin,
  type AuditedJobAdminOptions,
  createAuditedJobAdmin,
  type PassResult,
} from "./audit/audited-job-admin.ts";
export { giveUp, JobQueueError } from "./errors.ts";
export { assessQueues, type QueuesHealth } from "./health/assess-queues.ts";
export { readWorkFigures, type WorkFigures } from "./health/read-figures.ts";
export { QUEUE_THRESHOLDS } from "./health/thresholds.ts";
export { housekeep } from "./housekeeping/housekeep.ts";
export { dualRunReport } from "./inngest/dual-run-report.ts";
export { createInngestExecutor, type InngestExecutor } from "./inngest/inngest-executor.ts";
export { executorMode } from "./inngest/mode.ts";
export { enqueue, enqueueAll } from "./jobs/enqueue.ts";
export type { JobPage, JobSummary } from "./jobs/job-admin.ts";
export { createJobWorker, type JobWorker } from "./jobs/job-worker.ts";
export type { DeadLetterView } from "./pgmq/dead-letters.ts";
export { installPgmq } from "./pgmq/install-pgmq.ts";
export {
  createQueueAdmin,
  type MessagePlace,
  type MessageView,
  type MessageWithPayload,
  type QueueAdmin,
} from "./pgmq/queue-admin.ts";
export { createQueueConsumers, type QueueConsumers } from "./pgmq/queue-consumers.ts";
export { announceQueues, ensureQueues, type QueueDepth, sendMessage } from "./pgmq/queues.ts";
export { checkSchedules } from "./schedules/check-schedules.ts";
export { type Rhythm, readRhythm } from "./schedules/rhythm.ts";
export { createScheduler } from "./schedules/scheduler.ts";
export type { ScheduleDefinition } from "./schedules/types.ts";
export type {
  ClaimedJob,
  InngestEvents,
  JobContext,
  JobCounts,
  JobEvents,
  JobHandler,
  JobHandlers,
  JobStatus,
  JobView,
  Json,
  NewJob,
  PassReport,
  QueueEvents,
  QueueHandler,
  QueueMessage,
  ScheduleEvents,
} from "./types.ts";
