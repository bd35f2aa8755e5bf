import { housekeep, type JobHandler } from "@shoal/job-queue";
import { HOUR_MS } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { forgetAnswers } from "../analytics/answer-table.ts";
import { forgetOfPeople } from "../people/forget.ts";
import { pruneHistory } from "../strategies/prune-history.ts";

export interface HousekeepingParts {
  /** Waits for a VACUUM, which takes longer than the daemon waits for other queries. */
  readonly database: Database;
  readonly archiveAfterDays: number;
  readonly queues: readonly string[];
}

/** Keeps house for queues, strategies, analytics, and what is kept of people. */
export function housekeeping({ database, archiveAfterDays, queues }: HousekeepingParts): JobHandler {
  return {
    timeLimitMs: 2 * HOUR_MS,
    async run(_job, { signal, log }) {
      const report = await housekeep({ database, archiveAfterDays, queues, signal });
      const ofStrategies = await pruneHistory(database, signal);
      const ofAnalytics = await forgetAnswers(database);
      const ofPeople = await forgetOfPeople(database, signal);
      const counts = [...Object.values(report.deleted), ...Object.values(ofStrategies), ofAnalytics, ofPeople];
      const deleted = counts.reduce((sum, count) => sum + count, 0);
      log.info(
        { archived_jobs: report.archivedJobs, deleted_rows: deleted, vacuumed_tables: report.vacuumed.length },
        "housekeeping is done",
      );
      return { ...report, deletedOfStrategies: ofStrategies };
    },
  };
}
