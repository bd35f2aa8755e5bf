import type { InngestEvents } from "@shoal/job-queue";
import type { Unsubscribe } from "@shoal/kernel";
import { allOf, type EventSubscriber, errorCodes, type Metrics, subscribe } from "@shoal/monitor";

/**
 * Feeds the metrics of Inngest from the events of its executor; without one they stay 0. Once per `metrics`. The result
 * takes all listeners away again.
 */
export function observeInngest({ counter }: Metrics, events?: EventSubscriber<InngestEvents>): Unsubscribe {
  const sent = counter({ name: "shoal_inngest_events_sent_total", help: "Events that Inngest took." });
  const failed = counter({
    name: "shoal_inngest_sends_failed_total",
    help: "Batches of events that Inngest did not take, by error code; they are sent again.",
    labels: { code: errorCodes() },
  });
  const invoked = counter({
    name: "shoal_inngest_invocations_total",
    help: "Calls of Inngest, by what they found to do.",
    labels: {
      outcome: allOf<InngestEvents["inngest:invoked"]["outcome"]>({
        ...{ ran: true, not_needed: true, failed: true, shadowed: true },
      }),
    },
  });
  if (!events) return () => {};
  return subscribe<InngestEvents>(events, {
    "inngest:sent": ({ count }) => sent.inc({}, count),
    "inngest:failed": ({ code }) => failed.inc({ code }),
    "inngest:invoked": ({ outcome }) => invoked.inc({ outcome }),
  });
}
