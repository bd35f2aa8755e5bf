import type { Unsubscribe } from "@shoal/kernel";
import type { Metrics } from "./create-metrics.ts";

/** What the database says of all work in it, whoever does it. */
export interface ObservedQueueFigures {
  readonly counts: {
    readonly pending: number;
    readonly running: number;
    readonly completed: number;
    readonly dead: number;
    /** ms; null when no job is due. */
    readonly oldestPendingMs: number | null;
    readonly processedLastHour: number;
  };
  /** Of each pgmq queue; null where the database has no pgmq. */
  readonly depths:
    | readonly {
        readonly queue: string;
        readonly length: number;
        readonly visible: number;
        /** ms; null when it is empty. */
        readonly oldestMs: number | null;
        readonly dlqLength: number;
      }[]
    | null;
  /** ms; 0 when none is late. */
  readonly scheduleOverdueMs: number;
  /** Events that are due and Inngest has not taken. */
  readonly inngestOutbox: number;
}

const SECOND = 1000;

/**
 * Sets the gauges of the jobs table, the queues, the schedules and the outbox at every scrape, from figures that somebody else
 * reads now and then: a scrape never costs a query. `getLatest` is undefined until the first look; what was seen last stays.
 */
export function observeQueueFigures(metrics: Metrics, getLatest: () => ObservedQueueFigures | undefined): Unsubscribe {
  const { jobs, queues, schedules, inngest } = metrics;
  return metrics.beforeScrape(() => {
    const figures = getLatest();
    if (!figures) return;
    const { pending, running, completed, dead, oldestPendingMs, processedLastHour } = figures.counts;
    for (const [status, count] of Object.entries({ pending, running, completed, dead })) {
      jobs.byStatus.set({ status }, count);
    }
    jobs.oldestPending.set({}, (oldestPendingMs ?? 0) / SECOND);
    jobs.perHour.set({}, processedLastHour);
    for (const { queue, length, visible, oldestMs, dlqLength } of figures.depths ?? []) {
      queues.depth.set({ queue }, length);
      queues.visible.set({ queue }, visible);
      queues.oldest.set({ queue }, (oldestMs ?? 0) / SECOND);
      queues.deadLetters.set({ queue }, dlqLength);
    }
    schedules.overdue.set({}, figures.scheduleOverdueMs / SECOND);
    inngest.outbox.set({}, figures.inngestOutbox);
  });
}
