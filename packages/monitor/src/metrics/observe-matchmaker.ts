import type { Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import type { Metrics } from "./create-metrics.ts";

/** The events of a matchmaker that a monitor hears. Whatever emits these names with these fields will do. */
export interface ObservedMatchmakerEvents {
  "ticket:opened": { readonly ticketId: string };
  "ticket:requeued": { readonly ticketId: string; readonly reason: string };
  "ticket:closed": { readonly ticketId: string; readonly reason: string };
  "match:made": {
    readonly match: { readonly matchId: string; readonly seats: readonly { readonly bot: boolean }[] };
    /** One per person, ms. */
    readonly waitMs: readonly number[];
  };
  "match:live": { readonly matchId: string };
  "match:expired": { readonly matchId: string };
  "match:ended": { readonly matchId: string; readonly reason: string };
  "cycle:finished": { readonly durationMs: number; readonly waiting: number };
  "cycle:failed": { readonly code: string };
}

const SECOND = 1000;

/** Feeds the matchmaker's metrics from its events. Once per `metrics`. The result takes all listeners away again. */
export function observeMatchmaker(metrics: Metrics, events: Audible<ObservedMatchmakerEvents>): Unsubscribe {
  const { match } = metrics;
  const offs = [
    events.on("ticket:opened", () => match.ticketsOpened.inc({})),
    events.on("ticket:requeued", (event) => match.ticketsRequeued.inc({ reason: event.reason })),
    events.on("ticket:closed", (event) => match.ticketsClosed.inc({ reason: event.reason })),
    events.on("match:made", (event) => {
      const kind = event.match.seats.some((seat) => seat.bot) ? "person_bot" : "person_person";
      match.matchesMade.inc({ kind });
      for (const waitMs of event.waitMs) match.matchWait.observe({ kind }, waitMs / SECOND);
    }),
    events.on("match:live", () => match.matchesLive.inc({})),
    events.on("match:expired", () => match.matchesExpired.inc({})),
    events.on("match:ended", (event) => match.matchesEnded.inc({ reason: event.reason })),
    events.on("cycle:finished", (event) => {
      match.cycleDuration.observe({}, event.durationMs / SECOND);
      match.ticketsWaiting.set({}, event.waiting);
    }),
    events.on("cycle:failed", (event) => match.cyclesFailed.inc({ code: event.code })),
  ];
  return () => {
    for (const off of offs) off();
  };
}
