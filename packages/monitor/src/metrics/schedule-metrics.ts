import type { Registry } from "prom-client";
import { counter, gauge, histogram, JOB_SECONDS } from "./instruments.ts";
import { errorCodes, workNames } from "./labels.ts";

/** What the schedules show. Fed by `observeSchedules`; how overdue they are by `observeQueueFigures`. */
export type ScheduleMetrics = ReturnType<typeof createScheduleMetrics>;

export function createScheduleMetrics(registry: Registry) {
  const schedule = workNames();
  return {
    fired: counter(registry, {
      name: "shoal_schedules_fired_total",
      help: "Ticks whose job was added by this daemon, by schedule.",
      labels: { schedule },
    }),
    missed: counter(registry, {
      name: "shoal_schedules_missed_total",
      help: "Ticks that went by without a job, as the schedule's policy wants it, by schedule.",
      labels: { schedule },
    }),
    lateness: histogram(registry, {
      name: "shoal_schedule_lateness_seconds",
      help: "How long after its time a tick's job was added.",
      labels: {},
      buckets: JOB_SECONDS,
    }),
    overdue: gauge(registry, {
      name: "shoal_schedule_overdue_seconds",
      help: "How late the most overdue schedule is, as of the last look; the same from every daemon.",
      labels: {},
    }),
    roundsFailed: counter(registry, {
      name: "shoal_schedule_rounds_failed_total",
      help: "Looks for due ticks that failed, by error code.",
      labels: { code: errorCodes() },
    }),
  };
}
