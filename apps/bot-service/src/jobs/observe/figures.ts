import type { JobCounts, JobStatus, QueueDepth, WorkFigures } from "@shoal/job-queue";
import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { allOf, type Metrics, workNames } from "@shoal/monitor";

/**
 * Sets the gauges of the jobs table, the queues, the schedules and the outbox at every scrape, from figures that are read
 * now and then: a scrape never costs a query. `getLatest` is undefined until the first read; the figures read last stay.
 * They are those of the database, so the same from every daemon: take the maximum, not the sum. Once per `metrics`.
 */
export function observeQueueFigures(metrics: Metrics, getLatest: () => WorkFigures | undefined): Unsubscribe {
  const setJobs = jobGauges(metrics);
  const setQueue = queueGauges(metrics);
  const overdue = metrics.gauge({
    name: "shoal_schedule_overdue_seconds",
    help: "How late the most overdue schedule is, as last read; the same from every daemon.",
  });
  const outbox = metrics.gauge({
    name: "shoal_inngest_outbox",
    help: "Events that are due to be sent, as last read; the same from every daemon.",
  });
  return metrics.beforeScrape(() => {
    const figures = getLatest();
    if (!figures) return;
    setJobs(figures.counts);
    for (const depth of figures.depths ?? []) setQueue(depth);
    overdue.set({}, figures.scheduleOverdueMs / SECOND_MS);
    outbox.set({}, figures.inngestOutbox);
  });
}

function jobGauges({ gauge }: Metrics) {
  const byStatus = gauge({
    name: "shoal_jobs",
    help: "Jobs in the table by status, as last read; the same from every daemon.",
    labels: { status: allOf<JobStatus>({ pending: true, running: true, completed: true, dead: true }) },
  });
  const oldest = gauge({
    name: "shoal_jobs_oldest_pending_seconds",
    help: "How long the oldest due job has waited, as last read; the same from every daemon.",
  });
  const perHour = gauge({
    name: "shoal_jobs_processed_per_hour",
    help: "Jobs done in the last hour, as last read; the same from every daemon.",
  });
  return ({ oldestPendingMs, processedLastHour, ...counts }: JobCounts) => {
    for (const [status, count] of Object.entries(counts)) byStatus.set({ status }, count);
    oldest.set({}, (oldestPendingMs ?? 0) / SECOND_MS);
    perHour.set({}, processedLastHour);
  };
}

function queueGauges({ gauge }: Metrics) {
  const labels = { queue: workNames() };
  const length = gauge({
    name: "shoal_queue_depth",
    help: "Messages in a queue, as last read; the same from every daemon.",
    labels,
  });
  const visible = gauge({ name: "shoal_queue_visible", help: "Those of them that no reader has taken.", labels });
  const oldest = gauge({
    name: "shoal_queue_oldest_seconds",
    help: "Age of the oldest message of a queue, as last read; the same from every daemon.",
    labels,
  });
  const deadLetters = gauge({
    name: "shoal_queue_dead_letters",
    help: "Messages in the dead-letter queue of a queue, as last read; the same from every daemon.",
    labels,
  });
  return (depth: QueueDepth) => {
    const { queue } = depth;
    length.set({ queue }, depth.length);
    visible.set({ queue }, depth.visible);
    oldest.set({ queue }, (depth.oldestMs ?? 0) / SECOND_MS);
    deadLetters.set({ queue }, depth.dlqLength);
  };
}
