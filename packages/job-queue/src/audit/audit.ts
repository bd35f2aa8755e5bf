import { toStorableText } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";

/**
 * What was done. `attempt` and `rescue` are done by the queue itself, the others by an operator or a cron call. The database writes more of them:
 * `retry_all` and its like for acts, `stop_act`, and `end_match`.
 */
export type AuditAction =
  | "attempt"
  | "rescue"
  | "enqueue"
  | "retry"
  | "cancel"
  | "redrive"
  | "delete"
  | "pass"
  | "cron";

/** Of an attempt or a rescue: to be tried again (`failed`), or `dead`. Of all others: `done`. */
export type AuditOutcome = "failed" | "dead" | "done";

export interface AuditEntry {
  /** `worker`, `inngest`, `api`, `console`, `cron` or `cli`. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  readonly jobId?: string;
  readonly jobType?: string;
  /** A pgmq queue. */
  readonly queue?: string;
  readonly workerId?: string;
  readonly attempt?: number;
  readonly epoch?: number;
  readonly code?: string;
  /** For people, cut off after 1,000 characters. Never a payload. */
  readonly message?: string;
  readonly durationMs?: number;
}

/** An entry as it is kept; ISO time by the clock of the database. */
export interface AuditRecord {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly outcome: string;
  readonly jobId: string | null;
  readonly jobType: string | null;
  readonly queue: string | null;
  readonly workerId: string | null;
  readonly attempt: number | null;
  readonly epoch: number | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly durationMs: number | null;
}

const MESSAGE_CHARACTERS = 1000;

const INSERT = statement(
  "audit_write",
  `
insert into shoal.job_audit
  (actor, action, outcome, job_id, job_type, queue, worker_id, attempt, epoch, code, message, duration_ms)
select actor, action, outcome, "jobId", "jobType", queue, "workerId", attempt, epoch, code, message, "durationMs"
from jsonb_to_recordset(($1::text)::jsonb) as entry(
  actor text, action text, outcome text, "jobId" bigint, "jobType" text, queue text, "workerId" text, attempt integer,
  epoch integer, code text, message text, "durationMs" integer)`,
);

/**
 * Writes entries in one statement, within the transaction of `sql` if it is one. Not idempotent. Errors as `Sql.query`.
 * @source supabase/migrations/20261130000500_job_audit.sql
 */
export async function writeAudit(sql: Pick<Sql, "query">, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ message, durationMs, ...entry }) => ({
    ...entry,
    ...(message === undefined ? {} : { message: toStorableText(message.slice(0, MESSAGE_CHARACTERS)) }),
    ...(durationMs === undefined ? {} : { durationMs: Math.max(0, Math.round(durationMs)) }),
  }));
  await sql.query(INSERT, [JSON.stringify(rows)]);
}

export interface AuditFilter {
  readonly jobId?: string;
  /** 1 or more. */
  readonly limit: number;
  /** The id of a record: older ones only. */
  readonly before?: string;
}

// A bare `id` to order by would be the text that is selected, and sort 9 after 10.
const LIST = statement(
  "audit_list",
  `
select id::text, at, actor, action, outcome, job_id::text as "jobId", job_type as "jobType", queue,
  worker_id as "workerId", attempt, epoch, code, message, duration_ms as "durationMs"
from shoal.job_audit
where ($1::bigint is null or job_id = $1) and ($2::bigint is null or id < $2)
order by job_audit.id desc
limit $3`,
);

/** The newest first. Errors as `Sql.query`. */
export async function listAudit(sql: Pick<Sql, "query">, filter: AuditFilter): Promise<AuditRecord[]> {
  const { jobId = null, before = null, limit } = filter;
  const rows = await sql.query<Omit<AuditRecord, "at"> & { readonly at: Date }>(LIST, [jobId, before, limit]);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
