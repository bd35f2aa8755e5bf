import type { WorkFigures } from "../health/read-figures.ts";
import type { JobFilter } from "../jobs/job-desk.ts";
import type { DeadLetterView, LetterFilter } from "../pgmq/dead-letters.ts";
import type { Enqueued, JobView, NewJob, PassReport } from "../types.ts";
import type { AuditFilter, AuditRecord } from "./audit.ts";

/** What one pass did. */
export interface PassResult {
  /** Null where this process does not work on jobs. */
  readonly jobs: PassReport | null;
  /** Null where this process does not work on pgmq, or the database has none. */
  readonly queues: readonly (PassReport & { readonly queue: string })[] | null;
}

/** What people and cron calls do to jobs and queues, each deed with a record of who did it. */
export interface OperatorDesk {
  /** The newest first. */
  list(filter: JobFilter): Promise<readonly JobView[]>;
  /** Looks into the archive, too. */
  show(id: string): Promise<JobView | undefined>;
  /** How much is in line: jobs, and messages of the configured queues. */
  figures(): Promise<WorkFigures>;
  audit(filter: AuditFilter): Promise<readonly AuditRecord[]>;
  /**
   * Why messages of pgmq queues are dead, the newest first.
   * @throws QUEUE_UNKNOWN it is none of the configured ones
   */
  letters(filter: LetterFilter): Promise<readonly DeadLetterView[]>;
  /** @throws JOB_INVALID, JOB_PAYLOAD_TOO_LARGE, JOB_TYPE_UNKNOWN */
  enqueue(actor: string, job: NewJob): Promise<Enqueued>;
  /** @throws JOB_UNKNOWN, JOB_WRONG_STATUS */
  retry(actor: string, id: string): Promise<JobView>;
  /** @throws JOB_UNKNOWN, JOB_WRONG_STATUS */
  cancel(actor: string, id: string): Promise<JobView>;
  /** Dead jobs back into line, the oldest first; how many. */
  redrive(actor: string, filter: { readonly type?: string; readonly limit: number }): Promise<number>;
  /**
   * Dead letters of a pgmq queue back into it, the oldest first; how many.
   * @throws QUEUE_UNKNOWN it is none of the configured ones
   * @throws QUEUE_PGMQ_MISSING
   */
  redriveQueue(actor: string, queue: string, limit: number): Promise<number>;
  /** Takes what is due once, jobs and messages, and waits until it is done. `batchSize` is for each of the two. */
  runPass(actor: string, options: { readonly batchSize?: number }): Promise<PassResult>;
  /** Enqueues what the schedules have due, and resolves with their names. */
  runDue(actor: string): Promise<readonly string[]>;
}
