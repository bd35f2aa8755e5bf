import { type Clock, isFleetError } from "@shoal/kernel";
import type { Database, Sql } from "@shoal/store";
import { readWorkFigures, type WorkFigures } from "../health/read-figures.ts";
import { createJobAdmin, type JobAdmin, type JobFilter, type JobPage } from "../jobs/job-admin.ts";
import { type DeadLetterFilter, type DeadLetterView, listDeadLetters } from "../pgmq/dead-letters.ts";
import { checkKnown } from "../pgmq/names.ts";
import { redriveDlq } from "../pgmq/queues.ts";
import type { Enqueued, JobHandlers, JobView, NewJob, PassReport } from "../types.ts";
import { type AuditEntry, type AuditFilter, type AuditRecord, listAudit, writeAudit } from "./audit.ts";

/** What one pass did. */
export interface PassResult {
  /** Null where this process does not work on jobs. */
  readonly jobs: PassReport | null;
  /** Null where this process does not work on pgmq, or the database has none. */
  readonly queues: readonly (PassReport & { readonly queue: string })[] | null;
}

/** What operators and cron calls do to jobs and queues; each change is recorded together with who made it. */
export interface AuditedJobAdmin {
  /** The newest first. */
  list(filter: JobFilter): Promise<JobPage>;
  /** Looks into the archive, too. */
  show(id: string): Promise<JobView | undefined>;
  /** How much work there is: jobs, and messages of the configured queues. */
  figures(): Promise<WorkFigures>;
  audit(filter: AuditFilter): Promise<readonly AuditRecord[]>;
  /**
   * Why messages of pgmq queues are dead, the newest first.
   * @throws QUEUE_UNKNOWN it is none of the configured ones
   */
  deadLetters(filter: DeadLetterFilter): Promise<readonly DeadLetterView[]>;
  /** @throws JOB_INVALID, JOB_PAYLOAD_TOO_LARGE, JOB_TYPE_UNKNOWN */
  enqueue(actor: string, job: NewJob): Promise<Enqueued>;
  /** @throws JOB_UNKNOWN, JOB_WRONG_STATUS */
  retry(actor: string, id: string): Promise<JobView>;
  /** @throws JOB_UNKNOWN, JOB_WRONG_STATUS */
  cancel(actor: string, id: string): Promise<JobView>;
  /** Makes dead jobs pending again, the oldest first; resolves with their number. */
  redrive(actor: string, filter: { readonly type?: string; readonly limit: number }): Promise<number>;
  /**
   * Puts dead letters of a pgmq queue back into it, the oldest first; resolves with their number.
   * @throws QUEUE_UNKNOWN it is none of the configured ones
   * @throws QUEUE_PGMQ_MISSING
   */
  redriveQueue(actor: string, queue: string, limit: number): Promise<number>;
  /** Claims jobs and messages that are due, once, and waits until they are over. `batchSize` is for each of the two. */
  runPass(actor: string, options: { readonly batchSize?: number }): Promise<PassResult>;
  /** Enqueues what the schedules have due, and resolves with their names. */
  runDue(actor: string): Promise<readonly string[]>;
}

export interface AuditedJobAdminOptions {
  /** With the migrations of jobs and audit applied by the time of the first call. */
  readonly database: Pick<Database, "query" | "transaction">;
  readonly clock: Clock;
  /** The handlers of this process. */
  readonly handlers: JobHandlers;
  /** Names of the configured pgmq queues. */
  readonly queues: readonly string[];
  /** Default batch size of a pass, 1 to 1,000. */
  readonly batchSize: number;
  /** The worker, consumers and scheduler of this process. A pass leaves out those that are not given. */
  readonly worker?: { runPass(options: { readonly batchSize: number }): Promise<PassReport> };
  readonly consumers?: {
    runPass(options: { readonly batchSize: number }): Promise<readonly (PassReport & { readonly queue: string })[]>;
  };
  readonly scheduler?: { runDue(): Promise<readonly string[]> };
}

/** The result of a change, and its record. */
type Done<T> = readonly [T, Omit<AuditEntry, "actor" | "outcome">];

/** A change and its record commit together, or neither does. Errors besides those named: as `Sql.query`. */
export function createAuditedJobAdmin(options: AuditedJobAdminOptions): AuditedJobAdmin {
  const { database, handlers, queues } = options;
  const admin = createJobAdmin({ database, handlers });
  const audited = <T>(actor: string, work: (admin: JobAdmin, tx: Sql) => Promise<Done<T>>): Promise<T> =>
    database.transaction(async (tx) => {
      const [result, record] = await work(createJobAdmin({ database: tx, handlers }), tx);
      await writeAudit(tx, [{ ...record, actor, outcome: "done" }]);
      return result;
    });
  const onJob = (action: "retry" | "cancel", actor: string, id: string) =>
    audited(actor, async (within) => {
      const job = await within[action](id);
      return [job, { action, jobId: id, jobType: job.type }];
    });

  return {
    list: (filter) => admin.list(filter),
    show: (id) => admin.show(id),
    figures: () => readWorkFigures(database, queues),
    audit: (filter) => listAudit(database, filter),
    async deadLetters(filter) {
      if (filter.queue !== undefined) checkKnown(filter.queue, queues);
      return listDeadLetters(database, filter);
    },
    retry: (actor, id) => onJob("retry", actor, id),
    cancel: (actor, id) => onJob("cancel", actor, id),
    enqueue: (actor, job) =>
      audited(actor, async (within) => {
        const enqueued = await within.enqueue(job);
        const message = enqueued.isNew ? {} : { message: "a job of that unique key was there" };
        return [enqueued, { action: "enqueue", jobId: enqueued.id, jobType: job.type, ...message }];
      }),
    redrive: (actor, filter) =>
      audited(actor, async (within) => {
        const count = await within.redrive(filter);
        const about = filter.type === undefined ? {} : { jobType: filter.type };
        return [count, { action: "redrive", message: counted(count, "job"), ...about }];
      }),
    async redriveQueue(actor, queue, limit) {
      checkKnown(queue, queues);
      return audited(actor, async (_, tx) => {
        const count = await redriveDlq(tx, queue, limit);
        return [count, { action: "redrive", queue, message: counted(count, "message") }];
      });
    },
    ...passesOf(options),
  };
}

/** A pass cannot be rolled back, so its record is written afterwards. */
function passesOf({
  database,
  clock,
  batchSize: usual,
  worker,
  consumers,
  scheduler,
}: AuditedJobAdminOptions): Pick<AuditedJobAdmin, "runPass" | "runDue"> {
  const note = (entry: Omit<AuditEntry, "outcome">) => writeAudit(database, [{ ...entry, outcome: "done" }]);
  return {
    async runPass(actor, { batchSize = usual }) {
      const startedMs = clock.monotonicMs();
      // Waits for both, also when one of them fails: the other one has work under way.
      const [jobs, queues] = await Promise.allSettled([
        worker?.runPass({ batchSize }) ?? null,
        unlessMissing(consumers?.runPass({ batchSize })),
      ]);
      if (jobs.status === "rejected") throw jobs.reason;
      if (queues.status === "rejected") throw queues.reason;
      const durationMs = clock.monotonicMs() - startedMs;
      const done = { jobs: jobs.value, queues: queues.value };
      await note({ actor, action: "pass", message: passMessage(done), durationMs });
      return done;
    },
    async runDue(actor) {
      const names = (await scheduler?.runDue()) ?? [];
      await note({ actor, action: "cron", message: names.length === 0 ? "nothing was due" : names.join(", ") });
      return names;
    },
  };
}

/** Null where the database has no pgmq: jobs are done all the same. */
async function unlessMissing<T>(asked: Promise<T> | undefined): Promise<T | null> {
  try {
    return (await asked) ?? null;
  } catch (thrown) {
    if (isFleetError(thrown, "QUEUE_PGMQ_MISSING")) return null;
    throw thrown;
  }
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

function passMessage({ jobs, queues }: PassResult): string {
  const reports = [...(jobs ? [jobs] : []), ...(queues ?? [])];
  const sum = (figure: keyof PassReport) => reports.reduce((total, report) => total + report[figure], 0);
  return `${sum("claimed")} claimed, ${sum("completed")} completed, ${sum("failed")} failed, ${sum("dead")} dead`;
}
