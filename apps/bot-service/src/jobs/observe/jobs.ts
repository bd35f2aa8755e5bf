import type { JobEvents } from "@shoal/job-queue";
import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import {
  allOf,
  type EventSubscriber,
  errorCodes,
  JOB_SECONDS,
  type Listeners,
  type Metrics,
  subscribe,
  WORK_SECONDS,
  workNames,
} from "@shoal/monitor";

type Some = Partial<Listeners<JobEvents>>;

export interface ObservedJobsOptions {
  /** Those with a handler: their series start at 0, so that the first failure is seen as one. */
  readonly types: readonly string[];
  /** Jobs that this process runs now, asked at every scrape. */
  readonly getRunning: () => number;
}

/** Feeds the metrics of jobs from the events of workers. Once per `metrics`. The result takes all listeners away again. */
export function observeJobs(
  metrics: Metrics,
  events: EventSubscriber<JobEvents>,
  { types, getRunning }: ObservedJobsOptions,
): Unsubscribe {
  const off = subscribe<JobEvents>(events, {
    ...ofClaims(metrics, types),
    ...ofOutcomes(metrics, types),
    ...ofRounds(metrics),
  });
  const held = metrics.gauge({ name: "shoal_jobs_held", help: "Jobs that this daemon runs now." });
  const stop = metrics.beforeScrape(() => held.set({}, getRunning()));
  return () => {
    off();
    stop();
  };
}

function ofClaims({ counter, histogram }: Metrics, types: readonly string[]) {
  const claimed = counter({
    name: "shoal_jobs_claimed_total",
    help: "Jobs claimed, by type.",
    labels: { type: workNames() },
  });
  const wait = histogram({
    name: "shoal_job_wait_seconds",
    help: "How long each job had been due when it was claimed.",
    buckets: JOB_SECONDS,
  });
  for (const type of types) claimed.zero({ type });
  return {
    "jobs:claimed": ({ jobs, waitMs }) => {
      for (const { type } of jobs) claimed.inc({ type });
      for (const each of waitMs) wait.observe({}, each / SECOND_MS);
    },
  } satisfies Some;
}

function ofOutcomes({ counter, histogram }: Metrics, types: readonly string[]) {
  const type = workNames();
  const count = (name: string, help: string) => counter({ name, help, labels: { type } });
  const executors = allOf<JobEvents["job:completed"]["executor"]>({ supabase: true, inngest: true });
  const completed = counter({
    name: "shoal_jobs_completed_total",
    help: "Jobs done, by type and by who executed them.",
    labels: { type, executor: executors },
  });
  const failed = count("shoal_jobs_failed_total", "Attempts that failed and will be made again, by type.");
  const dead = count(
    "shoal_jobs_dead_total",
    "Jobs that died: their last attempt failed or its worker was lost, by type.",
  );
  const lost = count("shoal_jobs_lost_total", "Jobs whose lease was lost while they ran here, by type.");
  const released = count("shoal_jobs_released_total", "Jobs given back unfinished, by type.");
  const rescued = count("shoal_jobs_rescued_total", "Jobs taken back from workers that went without a word, by type.");
  const errors = counter({
    name: "shoal_job_errors_total",
    help: "Attempts that failed, the last one of a job included, by error code.",
    labels: { code: errorCodes() },
  });
  const duration = histogram({
    name: "shoal_job_duration_seconds",
    help: "Time of one attempt of a job, whatever came of it, by type.",
    labels: { type },
    buckets: JOB_SECONDS,
  });
  for (const known of types) {
    for (const executor of executors.known) completed.zero({ type: known, executor });
    for (const each of [failed, dead, lost, released, rescued, duration]) each.zero({ type: known });
  }
  const attemptFailed = (outcome: typeof failed) => (event: JobEvents["job:failed"] | JobEvents["job:dead"]) => {
    outcome.inc({ type: event.type });
    errors.inc({ code: event.code });
    duration.observe({ type: event.type }, event.durationMs / SECOND_MS);
  };
  return {
    "job:completed": (event) => {
      completed.inc({ type: event.type, executor: event.executor });
      duration.observe({ type: event.type }, event.durationMs / SECOND_MS);
    },
    "job:failed": attemptFailed(failed),
    "job:dead": attemptFailed(dead),
    "job:lost": (event) => lost.inc({ type: event.type }),
    "job:released": (event) => released.inc({ type: event.type }),
    "jobs:rescued": ({ jobs }) => {
      for (const job of jobs) {
        rescued.inc({ type: job.type });
        if (job.isDead) dead.inc({ type: job.type });
      }
    },
  } satisfies Some;
}

function ofRounds({ counter, histogram }: Metrics) {
  const duration = histogram({
    name: "shoal_job_round_duration_seconds",
    help: "Time for one round of the worker: claims, outcomes and leases.",
    buckets: WORK_SECONDS,
  });
  const failed = counter({
    name: "shoal_job_rounds_failed_total",
    help: "Rounds of the worker that failed, by error code.",
    labels: { code: errorCodes() },
  });
  return {
    "worker:round": ({ durationMs }) => duration.observe({}, durationMs / SECOND_MS),
    "worker:failed": ({ code }) => failed.inc({ code }),
  } satisfies Some;
}
