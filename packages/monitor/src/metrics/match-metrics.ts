import type { Registry } from "prom-client";
import { counter, gauge, histogram, WAIT_SECONDS, WORK_SECONDS } from "./instruments.ts";
import { errorCodes, oneOf, reasonWords } from "./labels.ts";

/** What the matchmaker shows. Fed by `observeMatchmaker`. */
export type MatchMetrics = ReturnType<typeof createMatchMetrics>;

const matchKinds = oneOf(["person_person", "person_bot"]);

export function createMatchMetrics(registry: Registry) {
  return {
    ...ticketMetrics(registry),
    matchesMade: counter(registry, {
      name: "shoal_matches_made_total",
      help: "Matches committed, by who was paired.",
      labels: { kind: matchKinds },
    }),
    matchesLive: counter(registry, {
      name: "shoal_matches_confirmed_total",
      help: "Matches that all sides confirmed.",
      labels: {},
    }),
    matchesExpired: counter(registry, {
      name: "shoal_matches_expired_total",
      help: "Matches not confirmed in time.",
      labels: {},
    }),
    matchesEnded: counter(registry, {
      name: "shoal_matches_ended_total",
      help: "Matches that ended, by reason.",
      labels: { reason: reasonWords() },
    }),
    matchWait: histogram(registry, {
      name: "shoal_match_wait_seconds",
      help: "How long each person waited for the match, by who was paired.",
      labels: { kind: matchKinds },
      buckets: WAIT_SECONDS,
    }),
    cycleDuration: histogram(registry, {
      name: "shoal_match_cycle_duration_seconds",
      help: "Time for one cycle of the matchmaker.",
      labels: {},
      buckets: WORK_SECONDS,
    }),
    cyclesFailed: counter(registry, {
      name: "shoal_match_cycles_failed_total",
      help: "Cycles of the matchmaker that failed, by error code.",
      labels: { code: errorCodes() },
    }),
  };
}

function ticketMetrics(registry: Registry) {
  return {
    ticketsWaiting: gauge(registry, {
      name: "shoal_tickets_waiting",
      help: "Tickets waiting for a match, as of the last cycle.",
      labels: {},
    }),
    ticketsOpened: counter(registry, { name: "shoal_tickets_opened_total", help: "Tickets opened.", labels: {} }),
    ticketsRequeued: counter(registry, {
      name: "shoal_tickets_requeued_total",
      help: "Tickets put back to the front, by reason.",
      labels: { reason: reasonWords() },
    }),
    ticketsClosed: counter(registry, {
      name: "shoal_tickets_closed_total",
      help: "Tickets closed, by reason.",
      labels: { reason: reasonWords() },
    }),
  };
}
