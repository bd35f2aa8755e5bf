import { type Sql, type Statement, statement } from "@shoal/store";
import { checkKnown } from "../pgmq/names.ts";
import { toQueueError } from "../pgmq/queue-errors.ts";
import type { JobStatus } from "../types.ts";

/** What may be done to all that match. `delete` is for dead letters; `retry` and `cancel` are for jobs. */
export type ActAction = "retry" | "cancel" | "redrive" | "delete";

/** Selects jobs, or the dead letters of a queue; all of what is given must be so. */
export interface ActFilter {
  /** Of jobs; default: all on which the action has something to do. */
  readonly status?: JobStatus;
  readonly type?: string;
  /** Of jobs. */
  readonly ids?: readonly string[];
  /** Of the last failed attempt; of a dead letter the one that it died of. */
  readonly errorCode?: string;
  /** Those that were added earlier. */
  readonly createdBefore?: Date;
}

export interface ActRequest {
  readonly action: ActAction;
  /** A pgmq queue, whose dead letters are meant. Without it jobs are. */
  readonly queue?: string;
  readonly filter: ActFilter;
}

/**
 * What was asked to be done to all that match, and how far it is. Times are ISO. `waiting`: for a worker. `stalled`: its job was cancelled, or is
 * dead; retry that job, or stop the act.
 */
export interface ActView {
  readonly id: string;
  readonly actor: string;
  readonly action: ActAction;
  readonly queue: string | null;
  readonly status: "waiting" | "running" | "done" | "stopped" | "stalled";
  /** Of the job that carries it out. */
  readonly jobId: string | null;
  readonly jobStatus: JobStatus | null;
  readonly jobType: string | null;
  readonly errorCode: string | null;
  readonly createdBefore: string | null;
  /** Number of jobs that were named; null where none were. */
  readonly namedCount: number | null;
  /** How many matched when it was asked for, counted up to 100,001. */
  readonly expected: number;
  readonly acted: number;
  /** Stayed as they were, because a job of the same unique key waits or runs. */
  readonly skipped: number;
  readonly askedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
}

/**
 * Acts on all jobs, or dead letters, that match a filter: as a job of the type `shoal_act`, in batches, each of them a transaction. What was
 * there when it was asked for is passed once, whatever dies in between. Errors besides those named: as `Sql.query`.
 */
export interface JobActs {
  /**
   * Counts what would be acted on, up to 100,001.
   * @throws QUEUE_UNKNOWN it is none of the configured ones, or not there; QUEUE_PGMQ_MISSING
   */
  count(request: ActRequest): Promise<number>;
  /**
   * Asks for an act. `isNew` is false where the same one is under way: it is returned. Who asked is kept in the audit, in one record that says
   * later how many it was. Errors as `count`.
   */
  start(actor: string, request: ActRequest): Promise<{ readonly act: ActView; readonly isNew: boolean }>;
  /** Stops it after the batch under way; what is done stays done. Idempotent. Undefined for an unknown id. */
  stop(actor: string, id: string): Promise<ActView | undefined>;
  show(id: string): Promise<ActView | undefined>;
  /** The newest first. */
  list(limit: number): Promise<readonly ActView[]>;
}

const SELECT = `select a.id::text, a.actor, a.action, a.queue, a.job_id::text as "jobId", a.expected, a.acted::float8, a.skipped::float8,
  a.filter ->> 'status' as "jobStatus", a.filter ->> 'type' as "jobType", a.filter ->> 'error_code' as "errorCode",
  (a.filter ->> 'created_before')::timestamptz as "createdBefore", jsonb_array_length(a.filter -> 'ids') as "namedCount", a.asked_at as "askedAt", a.updated_at as "updatedAt", a.ended_at as "endedAt",
  case when a.is_stopped then 'stopped' when a.ended_at is not null then 'done' when j.status = 'pending' then 'waiting'
    when j.status = 'running' then 'running' else 'stalled' end as status
  from shoal.job_acts a left join shoal.jobs j on j.id = a.job_id`;

const COUNT = statement("act_count", "select shoal.job_act_count($1::text, $2::text, ($3::text)::jsonb) as count");
const START = statement(
  "act_start",
  "select id::text, is_new from shoal.job_act_start($1::text, $2::text, $3::text, ($4::text)::jsonb)",
);
const STOP = statement("act_stop", "select id from shoal.job_act_stop($1::int8, $2::text)");
const SHOW = statement("act_show", `${SELECT} where a.id = $1::int8`);
const LIST = statement("act_list", `${SELECT} order by a.id desc limit $1::int`);

type Time = "askedAt" | "updatedAt" | "endedAt" | "createdBefore";
type ActRow = Omit<ActView, Time> & {
  readonly [At in Time]: Date | (null extends ActView[At] ? null : never);
};

export interface JobActsOptions {
  readonly database: Pick<Sql, "query">;
  /** Names of the configured pgmq queues. */
  readonly queues: readonly string[];
}

/** @source supabase/migrations/20261130006000_job_acts.sql */
export function createJobActs({ database, queues }: JobActsOptions): JobActs {
  const aboutQueue = async <T>(queue: string | undefined, work: () => Promise<T>): Promise<T> => {
    if (queue !== undefined) checkKnown(queue, queues);
    try {
      return await work();
    } catch (thrown) {
      throw queue === undefined ? thrown : toQueueError(thrown, queue);
    }
  };
  const ask = async (text: Statement, param: string | number) =>
    (await database.query<ActRow>(text, [param])).map(viewOf);
  const show = async (id: string) => (await ask(SHOW, id))[0];
  return {
    async count({ action, queue, filter }) {
      const rows = await aboutQueue(queue, () =>
        database.query<{ count: number }>(COUNT, [action, queue ?? null, filterAsJson(filter)]),
      );
      return rows[0]?.count ?? 0;
    },
    async start(actor, { action, queue, filter }) {
      for (;;) {
        const [row] = await aboutQueue(queue, () =>
          database.query<{ id: string; is_new: boolean }>(START, [actor, action, queue ?? null, filterAsJson(filter)]),
        );
        const act = row && (await show(row.id));
        if (act) return { act, isNew: row.is_new };
        // The same one ended between the two looks of the statement.
      }
    },
    async stop(actor, id) {
      const [row] = await database.query(STOP, [id, actor]);
      return row && show(id);
    },
    show,
    list: (limit) => ask(LIST, limit),
  };
}

/** In one order of the keys and one form of the time, by which the database knows that two requests are the same. */
function filterAsJson({ status, type, ids, errorCode, createdBefore }: ActFilter): string {
  return JSON.stringify({ status, type, ids: ids?.toSorted(), error_code: errorCode, created_before: createdBefore });
}

function viewOf(row: ActRow): ActView {
  return {
    ...row,
    createdBefore: row.createdBefore?.toISOString() ?? null,
    askedAt: row.askedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
