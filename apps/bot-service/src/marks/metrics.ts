import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { type EventSubscriber, type Metrics, oneOf, subscribe } from "@shoal/monitor";
import type { UnseenMarks } from "./marks.ts";

/** What the marks part says. */
export interface MarkEvents {
  /** Somebody or something has marked a conversation; told to every daemon. */
  "mark:made": { readonly id: number; readonly matchId: string; readonly kind: string; readonly source: string };
}

/** Those of @shoal/safety, and reports of people. */
const KINDS = ["self_harm", "minor", "minor_contact", "minor_sexual", "sexual", "report"] as const;
const kinds = oneOf(KINDS);

/**
 * Counts marks as they come, and shows those that nobody has seen, from figures that are read now and then. Both are of the database, so the same from
 * every daemon: take the maximum, not the sum. Once per `metrics`.
 */
export function observeMarks(
  metrics: Metrics,
  events: EventSubscriber<MarkEvents>,
  getLatest: () => UnseenMarks | undefined,
  nowMs: () => number,
): Unsubscribe {
  const made = metrics.counter({
    name: "shoal_conversation_marks_total",
    help: "Conversations marked for the operator since the daemon started, by kind; the same from every daemon.",
    labels: { kind: kinds },
  });
  const unseen = metrics.gauge({
    name: "shoal_conversation_marks_unseen",
    help: "Marks that nobody has looked at, by kind, as last read; the same from every daemon.",
    labels: { kind: kinds },
  });
  const oldest = metrics.gauge({
    name: "shoal_conversation_marks_oldest_unseen_seconds",
    help: "How long ago the oldest mark was made that nobody has looked at, by kind, as last read; the same from every daemon.",
    labels: { kind: kinds },
  });
  const offs = [
    subscribe<MarkEvents>(events, { "mark:made": ({ kind }) => made.inc({ kind }) }),
    metrics.beforeScrape(() => {
      const figures = getLatest();
      for (const kind of figures ? KINDS : []) {
        const { count, oldestAtMs } = figures?.[kind] ?? { count: 0, oldestAtMs: nowMs() };
        unseen.set({ kind }, count);
        oldest.set({ kind }, Math.max(0, nowMs() - oldestAtMs) / SECOND_MS);
      }
    }),
  ];
  return () => {
    for (const off of offs) off();
  };
}
