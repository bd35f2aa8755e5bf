import type { Database } from "@shoal/store";
import { archiveJobs, recountJobs } from "../jobs/archive.ts";
import { type OldRows, oldBotLeases, oldCronRuns, oldEvents, oldRowsOf, prune } from "./prune.ts";
import { vacuum } from "./vacuum.ts";

export interface HousekeepingOptions {
  /**
   * Used for this alone and without a short time limit, because a VACUUM of a large table takes long. No transaction: VACUUM
   * refuses to run in one.
   * A transaction pooler is fine.
   */
  readonly database: Database;
  /** Completed and dead jobs older than this leave `shoal.jobs`, in days, 1 or more. */
  readonly archiveAfterDays: number;
  /** Names of this app's pgmq queues; other queues of the project are left alone. */
  readonly queues: readonly string[];
  /** Stops between two statements when it aborts. */
  readonly signal: AbortSignal;
}

/** What was done. */
export interface HousekeepingReport {
  readonly archivedJobs: number;
  /** Number of deleted rows by table. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Tables that were vacuumed. */
  readonly vacuumed: readonly string[];
}

/** How long rows are kept that are over, in days. */
const KEPT_DAYS = 90;

const ARCHIVE_BATCH = 1000;

/**
 * Archives jobs that are over, deletes what is 90 days old (archived jobs, audit log, acts, archived messages of our queues, redriven
 * dead letters, dual runs, samples, resolved alerts, applied commands, leases of bots that are gone; runs of our pg_cron jobs after
 * 7 days, events for Inngest of jobs that are over after one), mends the running totals of jobs, and vacuums the tables of the
 * queues. In batches, so that no lock is held for long. Idempotent; an aborted run is continued by the next one.
 * Errors as `Sql.query`; the signal's reason.
 */
export async function housekeep(options: HousekeepingOptions): Promise<HousekeepingReport> {
  const { database, archiveAfterDays, queues, signal } = options;
  const archivedJobs = await archiveAll(database, archiveAfterDays, signal);
  const deleted: Record<string, number> = {};
  const old: OldRows[] = [
    oldRowsOf("shoal.jobs_archive", "archived_at", KEPT_DAYS),
    oldRowsOf("shoal.job_audit", "at", KEPT_DAYS),
    oldRowsOf("shoal.job_acts", "ended_at", KEPT_DAYS),
    oldRowsOf("shoal.job_dual_runs", "at", KEPT_DAYS),
    oldRowsOf("shoal.queue_dead_letters", "redriven_at", KEPT_DAYS),
    oldRowsOf("shoal.metric_samples", "sampled_at", KEPT_DAYS),
    oldRowsOf("shoal.alert_deliveries", "delivered_at", KEPT_DAYS),
    oldRowsOf("shoal.risk_alerts", "resolved_at", KEPT_DAYS),
    oldRowsOf("public.bot_control", "applied_at", KEPT_DAYS),
    oldBotLeases(KEPT_DAYS),
    ...queues
      .flatMap((queue) => [queue, `${queue}_dlq`])
      .map((name) => oldRowsOf(`pgmq."a_${name}"`, "archived_at", KEPT_DAYS)),
    oldEvents(),
    oldCronRuns(),
  ];
  for (const rows of old) deleted[rows.table] = await prune(database, rows, signal);
  await recountJobs(database);
  return { archivedJobs, deleted, vacuumed: await vacuum(database, queues, signal) };
}

async function archiveAll(database: Database, olderThanDays: number, signal: AbortSignal): Promise<number> {
  for (let total = 0; ; ) {
    signal.throwIfAborted();
    const archived = await archiveJobs(database, { olderThanDays, limit: ARCHIVE_BATCH });
    total += archived;
    if (archived < ARCHIVE_BATCH) return total;
  }
}
