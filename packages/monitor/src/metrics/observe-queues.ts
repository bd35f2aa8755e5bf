import type { Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import type { Metrics } from "./create-metrics.ts";

/** The events of queue consumers that a monitor hears. Whatever emits these names with these fields will do. */
export interface ObservedQueueEvents {
  "messages:read": { readonly queue: string; readonly count: number };
  "message:archived": { readonly queue: string; readonly durationMs: number };
  "message:failed": { readonly queue: string; readonly code: string };
  "message:dead": { readonly queue: string; readonly code: string };
  "message:lost": { readonly queue: string };
  "message:released": { readonly queue: string };
  "queue:failed": { readonly queue: string; readonly code: string };
}

const SECOND = 1000;

/**
 * Feeds the metrics of pgmq queues from the events of their consumers; the series of `names`, those that are consumed, start
 * at 0. Once per `metrics`. The result takes all listeners away again.
 */
export function observeQueues(
  metrics: Metrics,
  events: Audible<ObservedQueueEvents>,
  names: readonly string[],
): Unsubscribe {
  const { queues } = metrics;
  for (const queue of names) {
    const { read, failed, dead, lost, released, duration } = queues;
    for (const each of [read, failed, dead, lost, released, duration]) each.zero({ queue });
  }
  const offs = [
    events.on("messages:read", ({ queue, count }) => queues.read.inc({ queue }, count)),
    events.on("message:archived", ({ queue, durationMs }) => queues.duration.observe({ queue }, durationMs / SECOND)),
    events.on("message:failed", ({ queue, code }) => {
      queues.failed.inc({ queue });
      queues.errors.inc({ code });
    }),
    events.on("message:dead", ({ queue, code }) => {
      queues.dead.inc({ queue });
      queues.errors.inc({ code });
    }),
    events.on("message:lost", ({ queue }) => queues.lost.inc({ queue })),
    events.on("message:released", ({ queue }) => queues.released.inc({ queue })),
    events.on("queue:failed", ({ code }) => queues.roundsFailed.inc({ code })),
  ];
  return () => {
    for (const off of offs) off();
  };
}
