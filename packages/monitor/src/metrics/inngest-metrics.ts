import type { Registry } from "prom-client";
import { counter, gauge } from "./instruments.ts";
import { errorCodes, oneOf } from "./labels.ts";

/** What the Inngest leg shows. Fed by `observeInngest`; the length of the outbox by `observeQueueFigures`. */
export type InngestMetrics = ReturnType<typeof createInngestMetrics>;

export function createInngestMetrics(registry: Registry) {
  return {
    sent: counter(registry, {
      name: "shoal_inngest_events_sent_total",
      help: "Events that Inngest took.",
      labels: {},
    }),
    failed: counter(registry, {
      name: "shoal_inngest_sends_failed_total",
      help: "Batches of events that Inngest did not take, by error code; they are sent again.",
      labels: { code: errorCodes() },
    }),
    invoked: counter(registry, {
      name: "shoal_inngest_invocations_total",
      help: "Calls of Inngest, by what they found to do.",
      labels: { outcome: oneOf(["ran", "not_needed", "failed", "shadowed"]) },
    }),
    outbox: gauge(registry, {
      name: "shoal_inngest_outbox",
      help: "Events that are due to be sent, as of the last look; the same from every daemon.",
      labels: {},
    }),
  };
}
