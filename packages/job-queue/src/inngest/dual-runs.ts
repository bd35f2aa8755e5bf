import { type Sql, statement } from "@shoal/store";
import { payloadAsJson } from "../jobs/check-job.ts";
import type { ClaimedJob, Executor, JobOutcome } from "../types.ts";

/** The outcome of one executor's first attempt at a job. */
export interface ExecutorOutcome {
  readonly jobId: string;
  readonly type: string;
  readonly executor: Executor;
  readonly outcome: "completed" | "failed";
  /** Of a failure. */
  readonly code: string | null;
  /** What the handler returned, as JSON. Kept up to 64 KB. */
  readonly result: string | null;
  /** Whole ms. */
  readonly durationMs: number;
}

/** An attempt as it is compared; undefined for an aborted one, which has no outcome to compare. Pure. */
export function executorOutcome(
  job: Pick<ClaimedJob, "id" | "type">,
  executor: Executor,
  outcome: JobOutcome,
): ExecutorOutcome | undefined {
  if (outcome.kind === "aborted") return undefined;
  const isCompleted = outcome.kind === "completed";
  return {
    jobId: job.id,
    type: job.type,
    executor,
    outcome: outcome.kind,
    code: isCompleted ? null : outcome.code,
    result: isCompleted ? asJson(outcome.value) : null,
    durationMs: Math.max(0, Math.round(outcome.durationMs)),
  };
}

const RESULT_BYTES = 65_536;

// jsonb orders the keys of objects, so that equal results have equal hashes.
const RECORD = statement(
  "dual_run_record",
  `
insert into shoal.job_dual_runs (job_id, executor, type, outcome, code, result, result_hash, duration_ms)
select job_id::bigint, executor, type, outcome, code,
  case when octet_length(result::text) <= $2 then result end,
  encode(sha256(convert_to(result::text, 'UTF8')), 'hex'),
  duration_ms
from (
  select entry ->> 'jobId' as job_id, entry ->> 'executor' as executor, entry ->> 'type' as type, entry ->> 'outcome' as outcome,
    entry ->> 'code' as code, (entry ->> 'result')::jsonb as result, (entry ->> 'durationMs')::integer as duration_ms
  from jsonb_array_elements(($1::text)::jsonb) as entry
) given
on conflict (job_id, executor) do nothing`,
);

/** Keeps outcomes; of one executor and one job only the first. Idempotent. Errors as `Sql.query`. */
export async function recordOutcomes(sql: Sql, outcomes: readonly ExecutorOutcome[]): Promise<void> {
  if (outcomes.length > 0) await sql.query(RECORD, [JSON.stringify(outcomes), RESULT_BYTES]);
}

const HAS_OUTCOME = statement(
  "dual_run_has_outcome",
  "select from shoal.job_dual_runs where job_id = $1::text::bigint and executor = $2",
);

/** Whether an outcome of this executor is kept for that job. */
export async function hasOutcome(sql: Sql, jobId: string, executor: Executor): Promise<boolean> {
  return (await sql.query(HAS_OUTCOME, [jobId, executor])).length > 0;
}

/** A result that is no JSON that Postgres can store, or larger than 1 MB, counts as none, for both executors alike. */
function asJson(value: unknown): string {
  try {
    return payloadAsJson(value ?? null);
  } catch {
    return "null";
  }
}
