import type { Registry } from "prom-client";
import { counter, gauge, histogram, JOB_SECONDS, WORK_SECONDS } from "./instruments.ts";
import { errorCodes, oneOf, workNames } from "./labels.ts";

/** What the jobs show. Fed by `observeJobs`; what concerns the whole table by `observeQueueFigures`. */
export type JobMetrics = ReturnType<typeof createJobMetrics>;

export function createJobMetrics(registry: Registry) {
  return {
    ...outcomes(registry),
    ...tableFigures(registry),
    wait: histogram(registry, {
      name: "shoal_job_wait_seconds",
      help: "How long each job had been due when it was claimed.",
      labels: {},
      buckets: JOB_SECONDS,
    }),
    duration: histogram(registry, {
      name: "shoal_job_duration_seconds",
      help: "Time of one attempt of a job, whatever came of it, by type.",
      labels: { type: workNames() },
      buckets: JOB_SECONDS,
    }),
    held: gauge(registry, { name: "shoal_jobs_held", help: "Jobs that this daemon runs now.", labels: {} }),
    roundDuration: histogram(registry, {
      name: "shoal_job_round_duration_seconds",
      help: "Time for one round of the worker: claims, outcomes and leases.",
      labels: {},
      buckets: WORK_SECONDS,
    }),
    roundsFailed: counter(registry, {
      name: "shoal_job_rounds_failed_total",
      help: "Rounds of the worker that failed, by error code.",
      labels: { code: errorCodes() },
    }),
  };
}

function outcomes(registry: Registry) {
  const type = workNames();
  const count = (name: string, help: string) => counter(registry, { name, help, labels: { type } });
  return {
    completed: counter(registry, {
      name: "shoal_jobs_completed_total",
      help: "Jobs done, by type and by who executed them.",
      labels: { type, leg: oneOf(["supabase", "inngest"]) },
    }),
    claimed: count("shoal_jobs_claimed_total", "Jobs claimed, by type."),
    failed: count("shoal_jobs_failed_total", "Attempts that failed and will be made again, by type."),
    dead: count("shoal_jobs_dead_total", "Jobs that died: their last attempt failed or its worker was lost, by type."),
    lost: count("shoal_jobs_lost_total", "Jobs whose lease was lost while they ran here, by type."),
    released: count("shoal_jobs_released_total", "Jobs given back unfinished, by type."),
    rescued: count("shoal_jobs_rescued_total", "Jobs taken back from workers that went without a word, by type."),
    errors: counter(registry, {
      name: "shoal_job_errors_total",
      help: "Attempts that failed, the last one of a job included, by error code.",
      labels: { code: errorCodes() },
    }),
  };
}

/** Of the table, so the same from every daemon: take the maximum, not the sum. */
function tableFigures(registry: Registry) {
  return {
    byStatus: gauge(registry, {
      name: "shoal_jobs",
      help: "Jobs in the table by status, as of the last look; the same from every daemon.",
      labels: { status: oneOf(["pending", "running", "completed", "dead"]) },
    }),
    oldestPending: gauge(registry, {
      name: "shoal_jobs_oldest_pending_seconds",
      help: "How long the oldest due job has waited, as of the last look; the same from every daemon.",
      labels: {},
    }),
    perHour: gauge(registry, {
      name: "shoal_jobs_processed_per_hour",
      help: "Jobs done in the last hour, as of the last look; the same from every daemon.",
      labels: {},
    }),
  };
}
