export {
  type AuditAction,
  type AuditEntry,
  type AuditFilter,
  type AuditOutcome,
  type AuditRecord,
  listAudit,
  writeAudit,
} from "./audit/audit.ts";
export { createOperatorDesk, type OperatorDeskOptions } from "./audit/operator-desk.ts";
export type { OperatorDesk, PassResult } from "./audit/operator-desk.types.ts";
export { type JobErrorCode, JobQueueError } from "./errors.ts";
export {
  assessQueues,
  type ExecutionMode,
  executionModeOf,
  type QueueFigures,
  type QueueStatus,
  type QueuesHealth,
} from "./health/assess-queues.ts";
export { readWorkFigures, type WorkFigures } from "./health/read-figures.ts";
export { QUEUE_THRESHOLDS } from "./health/thresholds.ts";
export { type HousekeepingOptions, type HousekeepingReport, housekeep } from "./housekeeping/housekeep.ts";
export { type DualRunReport, dualRunReport } from "./inngest/dual-run-report.ts";
export { createInngestLeg, type InngestLeg, type InngestLegOptions } from "./inngest/leg.ts";
export { type ExecutorMode, type ExecutorSettings, executorMode } from "./inngest/mode.ts";
export { type ArchiveOptions, archiveJobs, recountJobs } from "./jobs/archive.ts";
export { handlerOf, MAX_PAYLOAD_BYTES } from "./jobs/check-job.ts";
export { enqueue, enqueueAll } from "./jobs/enqueue.ts";
export { countJobs, createJobDesk, type JobDesk, type JobDeskOptions, type JobFilter } from "./jobs/job-desk.ts";
export {
  type Claim,
  type ClaimRequest,
  claimBatch,
  claimOne,
  type FailedJob,
  type Fence,
  renew,
  rescue,
  type Settlement,
  settle,
} from "./jobs/job-sql.ts";
export { createJobWorker, type JobWorker, type JobWorkerOptions } from "./jobs/job-worker.ts";
export { giveUp, type RunJobOptions, runJob } from "./jobs/run-job.ts";
export { createQueueConsumers, type QueueConsumers, type QueueConsumersOptions } from "./pgmq/consumers.ts";
export type { DeadLetterView, LetterFilter } from "./pgmq/dead-letters.ts";
export { installPgmq, type PgmqInstallation } from "./pgmq/install-pgmq.ts";
export { ensureQueues, type QueueDepth, queueDepths, redriveDlq, sendMessage } from "./pgmq/queues.ts";
export { type CheckedSchedule, checkSchedules } from "./schedules/check-schedules.ts";
export { createScheduler, type SchedulerOptions } from "./schedules/scheduler.ts";
export type { MissedPolicy, ScheduleDefinition, Scheduler } from "./schedules/types.ts";
export type * from "./types.ts";
