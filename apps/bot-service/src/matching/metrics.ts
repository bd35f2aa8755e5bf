import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import type { MatchmakerEvents } from "@shoal/matchmaker";
import {
  type EventSubscriber,
  errorCodes,
  type Listeners,
  type Metrics,
  oneOf,
  reasonWords,
  subscribe,
  WAIT_SECONDS,
  WORK_SECONDS,
} from "@shoal/monitor";

type Some = Partial<Listeners<MatchmakerEvents>>;

/** Feeds the matchmaker's metrics from its events. Once per `metrics`. Returns a function that removes all listeners. */
export function observeMatchmaker(metrics: Metrics, events: EventSubscriber<MatchmakerEvents>): Unsubscribe {
  return subscribe(events, { ...ofTickets(metrics), ...ofMatches(metrics), ...ofCycles(metrics) });
}

function ofTickets({ counter }: Metrics) {
  const opened = counter({ name: "shoal_tickets_opened_total", help: "Tickets opened." });
  const requeued = counter({
    name: "shoal_tickets_requeued_total",
    help: "Tickets put back to the front, by reason.",
    labels: { reason: reasonWords() },
  });
  const closed = counter({
    name: "shoal_tickets_closed_total",
    help: "Tickets closed, by reason.",
    labels: { reason: reasonWords() },
  });
  return {
    "ticket:opened": () => opened.inc({}),
    "ticket:requeued": ({ reason }) => requeued.inc({ reason }),
    "ticket:closed": ({ reason }) => closed.inc({ reason }),
  } satisfies Some;
}

function ofMatches({ counter, histogram }: Metrics) {
  const kinds = oneOf(["person_person", "person_bot"]);
  const made = counter({
    name: "shoal_matches_made_total",
    help: "Matches committed, by who was paired.",
    labels: { kind: kinds },
  });
  const wait = histogram({
    name: "shoal_match_wait_seconds",
    help: "How long each person waited for the match, by who was paired.",
    labels: { kind: kinds },
    buckets: WAIT_SECONDS,
  });
  const confirmed = counter({ name: "shoal_matches_confirmed_total", help: "Matches that all sides confirmed." });
  const expired = counter({ name: "shoal_matches_expired_total", help: "Matches not confirmed in time." });
  const ended = counter({
    name: "shoal_matches_ended_total",
    help: "Matches that ended, by reason.",
    labels: { reason: reasonWords() },
  });
  return {
    "match:made": ({ match, waitMs }) => {
      const kind = match.seats.some(({ bot }) => bot) ? "person_bot" : "person_person";
      made.inc({ kind });
      for (const each of waitMs) wait.observe({ kind }, each / SECOND_MS);
    },
    "match:live": () => confirmed.inc({}),
    "match:expired": () => expired.inc({}),
    "match:ended": ({ reason }) => ended.inc({ reason }),
    "match:lost": null,
  } satisfies Some;
}

function ofCycles({ counter, gauge, histogram }: Metrics) {
  const duration = histogram({
    name: "shoal_match_cycle_duration_seconds",
    help: "Time for one cycle of the matchmaker.",
    buckets: WORK_SECONDS,
  });
  const waiting = gauge({
    name: "shoal_tickets_waiting",
    help: "Tickets waiting for a match, as of the last cycle.",
  });
  const failed = counter({
    name: "shoal_match_cycles_failed_total",
    help: "Cycles of the matchmaker that failed, by error code.",
    labels: { code: errorCodes() },
  });
  const databaseErrors = counter({
    name: "shoal_database_errors_total",
    help: "Database queries that failed, by error code.",
    labels: { code: errorCodes() },
  });
  return {
    "cycle:finished": ({ durationMs, waiting: count }) => {
      duration.observe({}, durationMs / SECOND_MS);
      waiting.set({}, count);
    },
    "cycle:failed": ({ code }) => {
      failed.inc({ code });
      databaseErrors.inc({ code });
    },
  } satisfies Some;
}
