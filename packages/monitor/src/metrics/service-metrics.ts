import type { Registry } from "prom-client";
import { counter, gauge, histogram, WORK_SECONDS } from "./instruments.ts";
import { errorCodes, oneOf, partNames, routeTemplates, statusClasses, workNames } from "./labels.ts";

/** What the daemon around the fleet shows. */
export type ServiceMetrics = ReturnType<typeof createServiceMetrics>;

const dependencyStates = oneOf(["ok", "degraded", "down"], "down");

export function createServiceMetrics(registry: Registry) {
  return {
    /** `route` is the template (`/api/match/tickets/:id`), never the path asked for; `status` such as `204`. */
    httpDuration: histogram(registry, {
      name: "shoal_http_request_duration_seconds",
      help: "Time to answer an HTTP request, by route and status class.",
      labels: { route: routeTemplates(), status: statusClasses },
      buckets: WORK_SECONDS,
    }),
    databaseErrors: counter(registry, {
      name: "shoal_database_errors_total",
      help: "Database queries that failed, by error code.",
      labels: { code: errorCodes() },
    }),
    ready: gauge(registry, { name: "shoal_ready", help: "1 when the daemon takes work, otherwise 0.", labels: {} }),
    dependencies: gauge(registry, {
      name: "shoal_dependency_state",
      help: "1 for the state a dependency is in, 0 for the others.",
      labels: { dependency: partNames(), state: dependencyStates },
    }),
    loopFailing: gauge(registry, {
      name: "shoal_loop_failing",
      help: "1 while a loop that writes to the database fails again and again, otherwise 0.",
      labels: { loop: workNames() },
    }),
    eventLoopLag: histogram(registry, {
      name: "shoal_event_loop_lag_seconds",
      help: "How much later than due a timer fired.",
      labels: {},
      buckets: WORK_SECONDS,
    }),
    collectErrors: counter(registry, {
      name: "shoal_metrics_collect_errors_total",
      help: "Parts that failed to give their figures for a scrape.",
      labels: {},
    }),
  };
}
