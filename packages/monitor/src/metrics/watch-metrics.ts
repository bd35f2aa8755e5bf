import type { Registry } from "prom-client";
import { counter, histogram, ROUND_TRIP_SECONDS, WAIT_SECONDS } from "./instruments.ts";
import { errorClasses } from "./labels.ts";

/** What the pool's watchdogs see: things that may be dead while they look joined, and tokens that run out. */
export function createWatchMetrics(registry: Registry) {
  const count = (name: string, help: string) => counter(registry, { name, help, labels: {} });
  return {
    canaryRoundTrip: histogram(registry, {
      name: "shoal_canary_round_trip_seconds",
      help: "Time from a broadcast of the canary until it heard it itself.",
      labels: {},
      buckets: ROUND_TRIP_SECONDS,
    }),
    canariesLost: count("shoal_canary_lost_total", "Broadcasts of the canary that did not come back in time."),
    socketsStale: count("shoal_sockets_stale_total", "Sockets given up because nothing was heard on them any more."),
    tokenRefreshes: count("shoal_token_refreshes_total", "Access tokens renewed before they ran out."),
    tokenFailures: count("shoal_token_failures_total", "Access tokens that could not be renewed."),
    changesReady: histogram(registry, {
      name: "shoal_changes_ready_seconds",
      help: "Time from a join until the server streamed the rows asked for.",
      labels: {},
      buckets: WAIT_SECONDS,
    }),
    changesFailed: counter(registry, {
      name: "shoal_changes_failed_total",
      help: "Streams of rows that the server refused or ended, by error class; their channel stays joined.",
      labels: { class: errorClasses },
    }),
  };
}
