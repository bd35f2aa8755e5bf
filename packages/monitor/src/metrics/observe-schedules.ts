import type { Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import type { Metrics } from "./create-metrics.ts";

/** The events of a scheduler that a monitor hears. Whatever emits these names with these fields will do. */
export interface ObservedScheduleEvents {
  "schedule:fired": { readonly name: string; readonly lateMs: number };
  "schedule:missed": { readonly name: string; readonly count: number };
  "schedule:failed": { readonly code: string };
}

const SECOND = 1000;

/**
 * Feeds the metrics of schedules from the scheduler's events; the series of `names` start at 0. Once per `metrics`. The result
 * takes all listeners away again.
 */
export function observeSchedules(
  metrics: Metrics,
  events: Audible<ObservedScheduleEvents>,
  names: readonly string[],
): Unsubscribe {
  const { schedules } = metrics;
  for (const schedule of names) {
    for (const each of [schedules.fired, schedules.missed]) each.zero({ schedule });
  }
  const offs = [
    events.on("schedule:fired", ({ name, lateMs }) => {
      schedules.fired.inc({ schedule: name });
      schedules.lateness.observe({}, lateMs / SECOND);
    }),
    events.on("schedule:missed", ({ name, count }) => schedules.missed.inc({ schedule: name }, count)),
    events.on("schedule:failed", ({ code }) => schedules.roundsFailed.inc({ code })),
  ];
  return () => {
    for (const off of offs) off();
  };
}
