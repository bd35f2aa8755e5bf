import type { Sql } from "@shoal/store";
import { payloadAsJson } from "../jobs/check-job.ts";
import type { ClaimedJob, JobOutcome, Leg } from "../types.ts";

/** What one leg came to at its first attempt at a job. */
export interface LegOutcome {
  readonly jobId: string;
  readonly type: string;
  readonly leg: Leg;
  readonly outcome: "completed" | "failed";
  /** Of a failure. */
  readonly code: string | null;
  /** What the handler returned, as JSON. Kept up to 64 KB. */
  readonly result: string | null;
  /** Whole ms. */
  readonly durationMs: number;
}

/** An attempt as it is compared; undefined for one that was cut off, which says nothing. Pure. */
export function legOutcome(
  job: Pick<ClaimedJob, "id" | "type">,
  leg: Leg,
  outcome: JobOutcome,
): LegOutcome | undefined {
  if (outcome.kind === "aborted") return undefined;
  const isCompleted = outcome.kind === "completed";
  return {
    jobId: job.id,
    type: job.type,
    leg,
    outcome: outcome.kind,
    code: isCompleted ? null : outcome.code,
    result: isCompleted ? asJson(outcome.value) : null,
    durationMs: Math.max(0, Math.round(outcome.durationMs)),
  };
}

const RESULT_BYTES = 65_536;

// jsonb orders the keys of objects, so that equal results have equal hashes.
const RECORD = `
insert into shoal.job_dual_runs (job_id, executor, type, outcome, code, result, result_hash, duration_ms)
select job_id::bigint, leg, type, outcome, code,
  case when octet_length(result::text) <= $2 then result end,
  encode(sha256(convert_to(result::text, 'UTF8')), 'hex'),
  duration_ms
from (
  select entry ->> 'jobId' as job_id, entry ->> 'leg' as leg, entry ->> 'type' as type, entry ->> 'outcome' as outcome,
    entry ->> 'code' as code, (entry ->> 'result')::jsonb as result, (entry ->> 'durationMs')::integer as duration_ms
  from jsonb_array_elements(($1::text)::jsonb) as entry
) given
on conflict (job_id, executor) do nothing`;

/** Keeps outcomes; of several of one leg for one job the first. Idempotent. Errors as `Sql.query`. */
export async function recordLegs(sql: Sql, outcomes: readonly LegOutcome[]): Promise<void> {
  if (outcomes.length > 0) await sql.query(RECORD, [JSON.stringify(outcomes), RESULT_BYTES]);
}

/** Whether this leg has been through that job. */
export async function hasLeg(sql: Sql, jobId: string, leg: Leg): Promise<boolean> {
  const text = "select from shoal.job_dual_runs where job_id = $1::text::bigint and executor = $2";
  return (await sql.query(text, [jobId, leg])).length > 0;
}

/** What is not JSON that Postgres holds, or larger than 1 MB, counts as no result, in both legs alike. */
function asJson(value: unknown): string {
  try {
    return payloadAsJson(value ?? null);
  } catch {
    return "null";
  }
}
