import { type Sql, statement } from "@shoal/store";
import type { Executor } from "../types.ts";

/** Compares both executors over the last hours. */
export interface DualRunReport {
  readonly sinceHours: number;
  /** Jobs of which both executors have an outcome: equal, or different in outcome or code, or in the result. */
  readonly both: number;
  readonly equal: number;
  readonly differentOutcome: number;
  readonly differentResult: number;
  /** The other executor has had no outcome for longer than `LATE_MS`. */
  readonly onlySupabase: number;
  readonly onlyInngest: number;
  /** The other executor still has time. */
  readonly underWay: number;
  /** Of `both`: one executor came more than `LATE_MS` after the other. */
  readonly late: number;
  readonly durations: Readonly<Record<Executor, ExecutorDurations>>;
  /** The latest 20 that differ. */
  readonly differences: readonly DualRunDifference[];
}

/** Null: nothing has run. */
export interface ExecutorDurations {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface DualRunDifference {
  readonly jobId: string;
  readonly type: string;
  readonly reason: "outcome" | "code" | "result";
  readonly supabase: { readonly outcome: string; readonly code: string | null };
  readonly inngest: { readonly outcome: string; readonly code: string | null };
  /** ISO, when the second outcome came. */
  readonly at: string;
}

/** An outcome that comes this long after the other one is late, and missing until then. */
export const LATE_MS = 60_000;

const SUMMARY = statement(
  "dual_run_summary",
  `
with outcomes as (
  select * from shoal.job_dual_runs where at > clock_timestamp() - $1 * interval '1 hour'
), jobs as (
  select s.job_id is not null and i.job_id is not null as is_both,
    s.job_id is not null as has_s,
    s.outcome = i.outcome and s.code is not distinct from i.code as is_same,
    s.result_hash is not distinct from i.result_hash as is_same_result,
    coalesce(s.at, i.at) < clock_timestamp() - $2 * interval '1 ms' as is_old,
    abs(extract(epoch from s.at - i.at)) * 1000 > $2 as is_late
  from (select * from outcomes where executor = 'supabase') s
  full join (select * from outcomes where executor = 'inngest') i on i.job_id = s.job_id
)
select count(*) filter (where is_both)::int as "both",
  count(*) filter (where is_both and is_same and is_same_result)::int as "equal",
  count(*) filter (where is_both and not is_same)::int as "differentOutcome",
  count(*) filter (where is_both and is_same and not is_same_result)::int as "differentResult",
  count(*) filter (where not is_both and is_old and has_s)::int as "onlySupabase",
  count(*) filter (where not is_both and is_old and not has_s)::int as "onlyInngest",
  count(*) filter (where not is_both and not is_old)::int as "underWay",
  count(*) filter (where is_both and is_late)::int as "late"
from jobs`,
);

const DURATIONS = statement(
  "dual_run_durations",
  `
select executor, percentile_cont(0.5) within group (order by duration_ms)::float8 as "p50Ms",
  percentile_cont(0.95) within group (order by duration_ms)::float8 as "p95Ms"
from shoal.job_dual_runs where at > clock_timestamp() - $1 * interval '1 hour'
group by executor`,
);

const DIFFERENCES = statement(
  "dual_run_differences",
  `
select s.job_id::text as "jobId", s.type,
  case when s.outcome <> i.outcome then 'outcome' when s.code is distinct from i.code then 'code' else 'result' end as reason,
  s.outcome as "supabaseOutcome", s.code as "supabaseCode", i.outcome as "inngestOutcome", i.code as "inngestCode",
  greatest(s.at, i.at) as at
from shoal.job_dual_runs s join shoal.job_dual_runs i on i.job_id = s.job_id and i.executor = 'inngest'
where s.executor = 'supabase' and s.at > clock_timestamp() - $1 * interval '1 hour'
  and i.at > clock_timestamp() - $1 * interval '1 hour'
  and (s.outcome, coalesce(s.code, ''), coalesce(s.result_hash, ''))
    is distinct from (i.outcome, coalesce(i.code, ''), coalesce(i.result_hash, ''))
order by greatest(s.at, i.at) desc, s.job_id desc
limit 20`,
);

type Summary = Omit<DualRunReport, "sinceHours" | "durations" | "differences">;
type DifferenceRow = Pick<DualRunDifference, "jobId" | "type" | "reason"> & {
  supabaseOutcome: string;
  supabaseCode: string | null;
  inngestOutcome: string;
  inngestCode: string | null;
  at: Date;
};

const NOTHING: Summary = {
  both: 0,
  equal: 0,
  differentOutcome: 0,
  differentResult: 0,
  onlySupabase: 0,
  onlyInngest: 0,
  underWay: 0,
  late: 0,
};

/**
 * The body of `GET /api/jobs/dual-run`: compares the executors of `DUAL_RUN_MODE` by the first attempt of each. `sinceHours`: 1 to
 * 720. Ids, codes and counts, no results. Read-only. Errors as `Sql.query`.
 */
export async function dualRunReport(sql: Sql, { sinceHours }: { readonly sinceHours: number }): Promise<DualRunReport> {
  const [summary] = await sql.query<Summary>(SUMMARY, [sinceHours, LATE_MS]);
  const durations = await sql.query<ExecutorDurations & { executor: Executor }>(DURATIONS, [sinceHours]);
  const differences = await sql.query<DifferenceRow>(DIFFERENCES, [sinceHours]);
  const durationsOf = (executor: Executor): ExecutorDurations => {
    const found = durations.find((row) => row.executor === executor);
    return { p50Ms: found?.p50Ms ?? null, p95Ms: found?.p95Ms ?? null };
  };
  return {
    sinceHours,
    ...(summary ?? NOTHING),
    durations: { supabase: durationsOf("supabase"), inngest: durationsOf("inngest") },
    differences: differences.map(asDifference),
  };
}

function asDifference(row: DifferenceRow): DualRunDifference {
  return {
    jobId: row.jobId,
    type: row.type,
    reason: row.reason,
    supabase: { outcome: row.supabaseOutcome, code: row.supabaseCode },
    inngest: { outcome: row.inngestOutcome, code: row.inngestCode },
    at: row.at.toISOString(),
  };
}
