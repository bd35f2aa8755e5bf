import type { Unsubscribe } from "@shoal/kernel";
import type { DependencyState, Health } from "../health/health.ts";
import type { Metrics } from "./create-metrics.ts";
import { allOf, partNames, workNames } from "./labels.ts";

const dependencyStates = allOf<DependencyState>({ ok: true, degraded: true, down: true }, "down");

/** Sets `shoal_ready`, `shoal_dependency_state` and `shoal_loop_failing` at every scrape. Once per `metrics`. */
export function observeHealth(metrics: Metrics, health: Pick<Health, "readiness">): Unsubscribe {
  const ready = metrics.gauge({ name: "shoal_ready", help: "1 when the daemon takes work, otherwise 0." });
  const dependency = metrics.gauge({
    name: "shoal_dependency_state",
    help: "1 for the state a dependency is in, 0 for the others.",
    labels: { dependency: partNames(), state: dependencyStates },
  });
  const loopFailing = metrics.gauge({
    name: "shoal_loop_failing",
    help: "1 while a loop that writes to the database fails again and again, otherwise 0.",
    labels: { loop: workNames() },
  });
  return metrics.beforeScrape(() => {
    const { ok, dependencies, loops } = health.readiness();
    ready.set({}, ok ? 1 : 0);
    for (const { name, state } of loops) loopFailing.set({ loop: name }, state === "failing" ? 1 : 0);
    for (const { name, state } of dependencies) {
      for (const each of dependencyStates.known) {
        dependency.set({ dependency: name, state: each }, each === state ? 1 : 0);
      }
    }
  });
}
