import type { Unsubscribe } from "@shoal/kernel";
import type { Health } from "../health/health.ts";
import type { Metrics } from "./create-metrics.ts";

/** Sets `shoal_ready`, `shoal_dependency_state` and `shoal_loop_failing` at every scrape. */
export function observeHealth(metrics: Metrics, health: Pick<Health, "readiness">): Unsubscribe {
  const { service } = metrics;
  return metrics.beforeScrape(() => {
    const { ok, dependencies, loops } = health.readiness();
    service.ready.set({}, ok ? 1 : 0);
    for (const { name, state } of loops) service.loopFailing.set({ loop: name }, state === "failing" ? 1 : 0);
    for (const { name, state } of dependencies) {
      for (const each of ["ok", "degraded", "down"]) {
        service.dependencies.set({ dependency: name, state: each }, each === state ? 1 : 0);
      }
    }
  });
}
