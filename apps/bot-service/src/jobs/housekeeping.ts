import { housekeep, type JobHandler } from "@shoal/job-queue";
import { HOUR_MS } from "@shoal/kernel";
import type { Database } from "@shoal/store";

export interface HousekeepingParts {
  readonly openPatientDatabase: () => Database;
  readonly archiveAfterDays: number;
  readonly queues: readonly string[];
}

/** Runs `housekeep` over a pool of its own, which it closes: a VACUUM takes longer than the daemon waits for a query. */
export function housekeeping({ openPatientDatabase, archiveAfterDays, queues }: HousekeepingParts): JobHandler {
  return {
    timeLimitMs: 2 * HOUR_MS,
    async run(_job, { signal, log }) {
      const database = openPatientDatabase();
      try {
        const report = await housekeep({ database, archiveAfterDays, queues, signal });
        const deleted = Object.values(report.deleted).reduce((sum, count) => sum + count, 0);
        log.info(
          { archived_jobs: report.archivedJobs, deleted_rows: deleted, vacuumed_tables: report.vacuumed.length },
          "housekeeping is done",
        );
        return report;
      } finally {
        await database.close();
      }
    },
  };
}
