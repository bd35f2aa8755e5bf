import { isFleetError } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import { type CountsRow, countsOf } from "../jobs/job-admin.ts";
import { toQueueError } from "../pgmq/queue-errors.ts";
import { DEPTHS_TEXT, type DepthRow, depthsOf, type QueueDepth, withDeadLetters } from "../pgmq/queues.ts";
import type { JobCounts } from "../types.ts";

/** Figures of all work in the database, of every process. */
export interface WorkFigures {
  readonly counts: JobCounts;
  /** Of each pgmq queue; null where the database has no pgmq, or none that we may look into. */
  readonly depths: readonly QueueDepth[] | null;
  /** How late the most overdue schedule is, in ms; 0 when none is. */
  readonly scheduleOverdueMs: number;
  /** Events that are due and Inngest has not taken, counted up to 10,000. */
  readonly inngestOutbox: number;
}

// Beside the counts. Both walk an index, and the second one no further than it says.
const FIGURES_TEXT = `jobs.*,
  (select greatest(0, extract(epoch from clock_timestamp() - min(due_at)) * 1000)::float8
   from shoal.job_schedules where enabled) as overdue_ms,
  (select count(*)::int from (
    select from shoal.job_outbox where send_at <= clock_timestamp() limit 10000
  ) as due) as outbox`;
const FIGURES = statement("work_figures", `select ${FIGURES_TEXT} from shoal.job_counts() as jobs`);
/** The same and the depths of queues in one statement, because each replica reads both each minute. */
const ALL_FIGURES = statement(
  "work_figures_with_queues",
  `select ${FIGURES_TEXT}, (select coalesce(jsonb_agg(depth), '[]') from (${DEPTHS_TEXT}) as depth) as depths
   from shoal.job_counts() as jobs`,
);

type FiguresRow = CountsRow & { readonly overdue_ms: number | null; readonly outbox: number };

/**
 * Reads the figures that `assessQueues` judges and that metrics show, by the clock of the database. Cheap enough for every few
 * seconds at any size of the tables. Rejects as `Sql.query`.
 *
 * @param queues of pgmq, to be looked at; one that does not exist is left out. QUEUE_INVALID: not a name that pgmq takes.
 */
export async function readWorkFigures(sql: Pick<Sql, "query">, queues: readonly string[]): Promise<WorkFigures> {
  const all = queues.length > 0 ? await readAll(sql, queues) : undefined;
  const { row, depths } = all ?? {
    row: (await sql.query<FiguresRow>(FIGURES))[0],
    depths: queues.length > 0 ? null : [],
  };
  return { counts: countsOf(row), depths, scheduleOverdueMs: row?.overdue_ms ?? 0, inngestOutbox: row?.outbox ?? 0 };
}

/** Resolves with undefined where the database has no pgmq, or none that we may look into. */
async function readAll(sql: Pick<Sql, "query">, queues: readonly string[]) {
  const names = withDeadLetters(queues);
  try {
    const [row] = await sql.query<FiguresRow & { readonly depths: readonly DepthRow[] }>(ALL_FIGURES, [names]);
    return { row, depths: depthsOf(queues, row?.depths ?? []) };
  } catch (thrown) {
    const error = toQueueError(thrown);
    if (isFleetError(error, "QUEUE_PGMQ_MISSING") || isFleetError(error, "STORE_ACCESS_DENIED")) return undefined;
    throw error;
  }
}

/**
 * Who executes jobs: the workers, Inngest alone, Inngest where the workers have not (`fallback`), or both for comparison.
 * @source SPEC E, modes
 */
export type ExecutionMode = "supabase" | "inngest" | "fallback" | "dual_run";

/** The mode that the three switches amount to. `dualRun` wins over `fallback`, and that over `primary`. */
export function executionModeOf(mode: {
  readonly primary: "supabase" | "inngest";
  readonly fallback: boolean;
  readonly dualRun: boolean;
}): ExecutionMode {
  if (mode.dualRun) return "dual_run";
  return mode.fallback ? "fallback" : mode.primary;
}

/** The figures of the database and the settings of this daemon, from which the health of the queues is judged. */
export interface QueueFigures extends Omit<WorkFigures, "inngestOutbox"> {
  readonly executionMode: ExecutionMode;
  /** What this daemon works on: `PROCESS_JOBS`, `PROCESS_PGMQ`. */
  readonly processes: { readonly jobs: boolean; readonly pgmq: boolean };
  /** Queues without a handler in this process: their messages stay. */
  readonly handlersMissing: readonly string[];
}
