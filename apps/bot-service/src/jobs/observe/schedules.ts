import type { ScheduleEvents } from "@shoal/job-queue";
import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { type EventSubscriber, errorCodes, JOB_SECONDS, type Metrics, subscribe, workNames } from "@shoal/monitor";

/**
 * Feeds the metrics of schedules from the scheduler's events; the series of `names` start at 0. Once per `metrics`. The result
 * takes all listeners away again.
 */
export function observeSchedules(
  { counter, histogram }: Metrics,
  events: EventSubscriber<ScheduleEvents>,
  names: readonly string[],
): Unsubscribe {
  const labels = { schedule: workNames() };
  const fired = counter({
    name: "shoal_schedules_fired_total",
    help: "Ticks whose job was added by this daemon, by schedule.",
    labels,
  });
  const missed = counter({
    name: "shoal_schedules_missed_total",
    help: "Ticks that went by without a job, as the schedule's policy wants it, by schedule.",
    labels,
  });
  const lateness = histogram({
    name: "shoal_schedule_lateness_seconds",
    help: "How long after its time a tick's job was added.",
    buckets: JOB_SECONDS,
  });
  const failed = counter({
    name: "shoal_schedule_rounds_failed_total",
    help: "Searches for due ticks that failed, by error code.",
    labels: { code: errorCodes() },
  });
  for (const schedule of names) {
    for (const each of [fired, missed]) each.zero({ schedule });
  }
  return subscribe<ScheduleEvents>(events, {
    "schedule:fired": ({ name, lateMs }) => {
      fired.inc({ schedule: name });
      lateness.observe({}, lateMs / SECOND_MS);
    },
    "schedule:missed": ({ name, count }) => missed.inc({ schedule: name }, count),
    "schedule:failed": ({ code }) => failed.inc({ code }),
  });
}
