import type { Registry } from "prom-client";
import { counter, gauge, histogram, ROUND_TRIP_SECONDS } from "./instruments.ts";
import { errorClasses, oneOf } from "./labels.ts";

/** @source `BreakerStatus` of the pool; the order is from well to worst */
export const BREAKER_STATES = ["up", "unknown", "held", "away", "refused"] as const;

/** What the server counts per project, and the pool spends by the same model. */
export const BUDGETS = ["joins", "events", "presence"] as const;

/** What the pool thinks of the server's limits, and how far it keeps below them. */
export function createLimitMetrics(registry: Registry) {
  const budget = oneOf(BUDGETS);
  return {
    ...breakerMetrics(registry),
    budgetUsed: gauge(registry, {
      name: "shoal_budget_used",
      help: "Joins, events or presence calls in the server's current window: ours, or everybody's where the server tells.",
      labels: { budget },
    }),
    budgetAllowed: gauge(registry, {
      name: "shoal_budget_allowed",
      help: "Joins, events or presence calls that our share of that window allows; 0 while the pool cools down.",
      labels: { budget },
    }),
    budgetThrottle: gauge(registry, {
      name: "shoal_budget_throttle_ratio",
      help: "Part of the full budget that rate signals of the server have left; 1 is all of it.",
      labels: { budget },
    }),
    budgetThrottled: counter(registry, {
      name: "shoal_budget_throttled_total",
      help: "Times that a rate signal of the server cut a budget.",
      labels: { budget },
    }),
    sendWait: histogram(registry, {
      name: "shoal_send_wait_seconds",
      help: "How long broadcasts waited for the events budget. Those sent at once are not counted.",
      labels: {},
      buckets: ROUND_TRIP_SECONDS,
    }),
    sendsRefused: counter(registry, {
      name: "shoal_sends_refused_total",
      help: "Broadcasts given up because the events budget stayed spent.",
      labels: {},
    }),
  };
}

function breakerMetrics(registry: Registry) {
  const state = oneOf(BREAKER_STATES);
  return {
    breakerState: gauge(registry, {
      name: "shoal_breaker_state",
      help: "1 for what the pool thinks of the server, 0 for the others.",
      labels: { state },
    }),
    breakerChanges: counter(registry, {
      name: "shoal_breaker_changes_total",
      help: "Changes of the breaker, by the state it went to and the error class that caused it.",
      labels: { state, class: oneOf(["none", ...errorClasses.known], "unknown") },
    }),
  };
}
