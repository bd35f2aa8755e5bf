import type { Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import type { Metrics } from "./create-metrics.ts";

/** The events of an Inngest leg that a monitor hears. Whatever emits these names with these fields will do. */
export interface ObservedInngestEvents {
  "inngest:sent": { readonly count: number };
  "inngest:failed": { readonly code: string };
  "inngest:invoked": { readonly outcome: string };
}

/** Feeds the metrics of the Inngest leg from its events. Once per `metrics`. The result takes all listeners away again. */
export function observeInngest(metrics: Metrics, events: Audible<ObservedInngestEvents>): Unsubscribe {
  const { inngest } = metrics;
  const offs = [
    events.on("inngest:sent", ({ count }) => inngest.sent.inc({}, count)),
    events.on("inngest:failed", ({ code }) => inngest.failed.inc({ code })),
    events.on("inngest:invoked", ({ outcome }) => inngest.invoked.inc({ outcome })),
  ];
  return () => {
    for (const off of offs) off();
  };
}
