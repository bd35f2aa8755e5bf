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
export const job = jobSummary.extend({ payload: anyJson });

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
