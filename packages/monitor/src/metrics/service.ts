import { type Instruments, WORK_SECONDS } from "./instruments.ts";
import { routeTemplates, statusClasses } from "./labels.ts";

/** What the daemon shows of itself; it observes these where it serves and where it measures. */
export type ServiceMetrics = ReturnType<typeof createServiceMetrics>;

export function createServiceMetrics({ histogram }: Instruments) {
  return {
    /** `route` is the template (`/api/match/tickets/:id`), never the path asked for; `status` such as `204`. */
    httpDuration: histogram({
      name: "shoal_http_request_duration_seconds",
      help: "Time to answer an HTTP request, by route and status class.",
      labels: { route: routeTemplates(), status: statusClasses },
      buckets: WORK_SECONDS,
    }),
    eventLoopLag: histogram({
      name: "shoal_event_loop_lag_seconds",
      help: "How much later than due a timer fired.",
      buckets: WORK_SECONDS,
    }),
  };
}
