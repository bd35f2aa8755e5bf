import type { Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import type { Metrics } from "./create-metrics.ts";

interface ObservedJob {
  readonly jobId: string;
  readonly type: string;
}

/** The events of job workers that a monitor hears. Whatever emits these names with these fields will do. */
export interface ObservedJobEvents {
  "jobs:claimed": {
    /** One per job, ms. */
    readonly waitMs: readonly number[];
    readonly jobs: readonly ObservedJob[];
  };
  "job:completed": ObservedJob & { readonly durationMs: number; readonly leg: string };
  "job:failed": ObservedJob & { readonly durationMs: number; readonly code: string };
  "job:dead": ObservedJob & { readonly durationMs: number; readonly code: string };
  "job:lost": ObservedJob;
  "job:released": ObservedJob;
  /** Of workers that went without a word. */
  "jobs:rescued": { readonly jobs: readonly (ObservedJob & { readonly isDead: boolean })[] };
  "worker:failed": { readonly code: string };
  "worker:round": { readonly durationMs: number };
}

export interface ObservedJobsOptions {
  /** Those with a handler: their series start at 0, so that the first failure is seen as one. */
  readonly types: readonly string[];
  /** Jobs that this process runs now, asked at every scrape. */
  readonly getRunning: () => number;
}

const SECOND = 1000;

/** Feeds the metrics of jobs from the events of workers. Once per `metrics`. The result takes all listeners away again. */
export function observeJobs(
  metrics: Metrics,
  events: Audible<ObservedJobEvents>,
  { types, getRunning }: ObservedJobsOptions,
): Unsubscribe {
  const { jobs } = metrics;
  for (const type of types) {
    for (const leg of ["supabase", "inngest"]) jobs.completed.zero({ type, leg });
    const { claimed, failed, dead, lost, released, rescued, duration } = jobs;
    for (const each of [claimed, failed, dead, lost, released, rescued, duration]) each.zero({ type });
  }
  const offs = [
    events.on("jobs:claimed", ({ jobs: claimed, waitMs }) => {
      for (const { type } of claimed) jobs.claimed.inc({ type });
      for (const each of waitMs) jobs.wait.observe({}, each / SECOND);
    }),
    events.on("job:completed", ({ type, leg, durationMs }) => {
      jobs.completed.inc({ type, leg });
      jobs.duration.observe({ type }, durationMs / SECOND);
    }),
    events.on("job:failed", ({ type, code, durationMs }) => {
      jobs.failed.inc({ type });
      jobs.errors.inc({ code });
      jobs.duration.observe({ type }, durationMs / SECOND);
    }),
    events.on("job:dead", ({ type, code, durationMs }) => {
      jobs.dead.inc({ type });
      jobs.errors.inc({ code });
      jobs.duration.observe({ type }, durationMs / SECOND);
    }),
    events.on("job:lost", ({ type }) => jobs.lost.inc({ type })),
    events.on("job:released", ({ type }) => jobs.released.inc({ type })),
    events.on("jobs:rescued", ({ jobs: rescued }) => {
      for (const { type, isDead } of rescued) {
        jobs.rescued.inc({ type });
        if (isDead) jobs.dead.inc({ type });
      }
    }),
    events.on("worker:failed", ({ code }) => jobs.roundsFailed.inc({ code })),
    events.on("worker:round", ({ durationMs }) => jobs.roundDuration.observe({}, durationMs / SECOND)),
    metrics.beforeScrape(() => jobs.held.set({}, getRunning())),
  ];
  return () => {
    for (const off of offs) off();
  };
}
