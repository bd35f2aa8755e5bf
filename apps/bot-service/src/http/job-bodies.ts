import type { Json, PassReport } from "@shoal/job-queue";
import { z } from "zod";

const time = z.iso.datetime();
const rowId = z.string().regex(/^\d+$/);

/** Any JSON value; the job queue checks its size. */
export const anyJson = z.custom<Json>((value) => value !== undefined);
export const jobStatus = z.enum(["pending", "running", "completed", "dead"]);

/** A job in a list, without its payload, which may be a megabyte. */
export const jobSummary = z.object({
  id: rowId,
  type: z.string(),
  status: jobStatus,
  run_at: time,
  attempts: z.int(),
  max_attempts: z.int(),
  priority: z.int(),
  unique_key: z.string().nullable(),
  last_error: z.string().nullable(),
  worker_id: z.string().nullable(),
  started_at: time.nullable(),
  finished_at: time.nullable(),
  created_at: time,
  updated_at: time,
});
export const job = jobSummary.extend({
  payload: anyJson.optional().describe("Left out where it was not asked for"),
});

export const auditRecord = z.object({
  id: rowId,
  at: time,
  actor: z.string(),
  action: z.string(),
  outcome: z.string(),
  job_id: rowId.nullable(),
  job_type: z.string().nullable(),
  queue: z.string().nullable(),
  worker_id: z.string().nullable(),
  attempt: z.int().nullable(),
  epoch: z.int().nullable(),
  code: z.string().nullable(),
  message: z.string().nullable(),
  duration_ms: z.int().nullable(),
});

const passReport = z.object({
  claimed: z.int(),
  completed: z.int(),
  failed: z.int(),
  dead: z.int(),
  lost: z.int(),
}) satisfies z.ZodType<PassReport>;

export const passResult = z.object({
  /** Null where this daemon does not run jobs. */
  jobs: passReport.nullable(),
  queues: z.array(passReport.extend({ queue: z.string() })).nullable(),
});

export const jobPage = z.object({
  jobs: z.array(jobSummary),
  next: rowId
    .nullable()
    .describe(
      "`before` of the next page, which may have jobs even where this one has fewer than asked for; null: none",
    ),
});

const count = z.int().min(0);

export const actView = z.object({
  id: rowId,
  actor: z.string(),
  action: z.enum(["retry", "cancel", "redrive", "delete"]),
  queue: z.string().nullable().describe("Of its dead letters; null: of jobs"),
  status: z
    .enum(["waiting", "running", "done", "stopped", "stalled"])
    .describe("waiting: for a worker. stalled: its job was cancelled or is dead; retry that job, or stop the act"),
  job_id: rowId.nullable().describe("Of the job that carries it out"),
  job_status: jobStatus.nullable(),
  job_type: z.string().nullable(),
  error_code: z.string().nullable(),
  created_before: time.nullable(),
  named_count: count.nullable().describe("Number of jobs that were named; null: none were"),
  expected: count.describe("How many matched when it was asked for, counted up to 100,001"),
  acted: count,
  skipped: count.describe("Stayed as they were: a job of the same unique key waits or runs"),
  asked_at: time,
  updated_at: time,
  ended_at: time.nullable(),
});
export const actCount = z.object({ count, is_exact: z.boolean().describe("false: it is more than 100,000") });

/** Of a pgmq queue. */
export const queueView = z.object({
  queue: z.string(),
  length: count.describe("Messages in it, including those being worked on"),
  visible: count.describe("Messages that may be read now"),
  oldest_ms: z.number().nullable(),
  dlq_length: count.describe("Dead letters"),
  has_handler: z.boolean().describe("Whether this daemon works on its messages"),
});
export const queueList = z.object({
  queues: z.array(queueView),
  has_pgmq: z.boolean().describe("Whether the database has pgmq; without it there are no queues"),
});
export const messageSummary = z.object({
  id: rowId,
  read_count: z.int(),
  enqueued_at: time,
  visible_at: time.describe("Nobody reads it before; in the past where it waits for a reader"),
  stored_bytes: z.int().describe("As it is stored, which may be compressed"),
  code: z.string().nullable().describe("Why it is dead, where that is known"),
  message: z.string().nullable(),
  died_at: time.nullable(),
});
export const messagePage = z.object({
  messages: z.array(messageSummary),
  next: rowId.nullable().describe("`after` of the next page; null: none"),
});
export const messageView = messageSummary.extend({
  payload: anyJson.describe("null where it is too large"),
  is_too_large: z.boolean(),
});

export type JobSummaryBody = z.infer<typeof jobSummary>;
export type JobBody = z.infer<typeof job>;
export type JobPageBody = z.infer<typeof jobPage>;
export type AuditRecordBody = z.infer<typeof auditRecord>;
export type ActBody = z.infer<typeof actView>;
export type ActCountBody = z.infer<typeof actCount>;
export type QueueListBody = z.infer<typeof queueList>;
export type QueueBody = z.infer<typeof queueView>;
export type MessageSummaryBody = z.infer<typeof messageSummary>;
export type MessagePageBody = z.infer<typeof messagePage>;
export type MessageBody = z.infer<typeof messageView>;
