import { chart, maxOf, quantileOf, quantilesOf, REPLICA, rateOf, sumOf } from "../panels.ts";
import { THRESHOLDS } from "../thresholds.ts";
import type { Page, Row } from "./frame.ts";

const WAITING: Row = {
  title: "Waiting",
  panels: [
    chart({
      title: "Wait for a partner, p95",
      description: "Last 10 min. Alert ShoalMatchWaitLong.",
      unit: "s",
      limits: { alertAt: THRESHOLDS.matchWaitSeconds },
      queries: [{ expr: "shoal:match_wait_seconds:p95_10m", legend: "p95" }],
    }),
    chart({
      title: "Wait by partner",
      description: "Half of the people and 95 of 100 waited less, by who was paired.",
      unit: "s",
      queries: [0.5, 0.95].map((ratio) => ({
        expr: quantileOf(ratio, "shoal_match_wait_seconds", "kind"),
        legend: `p${ratio * 100} {{kind}}`,
      })),
    }),
    chart({
      title: "In line",
      description: "Tickets waiting, as each daemon's last cycle saw them, and idle bots. Alert ShoalPeopleNotMatched.",
      unit: "short",
      queries: [
        { expr: `max(shoal_tickets_waiting{${REPLICA}})`, legend: "tickets" },
        { expr: sumOf("shoal_bots", undefined, 'state="idle"'), legend: "idle bots" },
      ],
    }),
  ],
};

const OBJECTIVE: Row = {
  title: "Objective of the fleet file",
  panels: [
    chart({
      title: "Missed, by bucket",
      description:
        "Part of the people matched in 15 min who had waited longer than match.sla_ms of the fleet file, by what must be equal. Alert ShoalMatchWaitObjective.",
      unit: "percentunit",
      limits: { alertAt: THRESHOLDS.matchObjectiveMissedRatio },
      queries: [
        {
          expr: `sum by (bucket) (increase(shoal_match_wait_objective_people_total{${REPLICA}, outcome="missed"}[15m])) / sum by (bucket) (increase(shoal_match_wait_objective_people_total{${REPLICA}}[15m]))`,
          legend: "{{bucket}}",
        },
      ],
    }),
    chart({
      title: "Overdue, by bucket",
      description: "People in line who have waited longer than the objective. Alert ShoalMatchWaitObjective.",
      unit: "short",
      queries: [{ expr: maxOf("shoal_match_wait_objective_overdue", "bucket"), legend: "{{bucket}}" }],
    }),
    chart({
      title: "Longest wait, by bucket",
      description: "Of those in line, beside the objective; 0 where the fleet file says none.",
      unit: "s",
      queries: [
        { expr: maxOf("shoal_match_wait_objective_longest_seconds", "bucket"), legend: "{{bucket}}" },
        { expr: maxOf("shoal_match_wait_objective_seconds"), legend: "objective" },
      ],
    }),
  ],
};

const MATCHES: Row = {
  title: "Matches",
  panels: [
    chart({
      title: "Made",
      description: "By who was paired.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_matches_made_total", "kind"), legend: "{{kind}}" }],
    }),
    chart({
      title: "Confirmed and expired",
      description: "Expired ones were not confirmed in time: a notice did not arrive, or the person had gone.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_matches_confirmed_total"), legend: "confirmed" },
        { expr: rateOf("shoal_matches_expired_total"), legend: "expired" },
      ],
    }),
    chart({
      title: "Ended",
      description: "By reason.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_matches_ended_total", "reason"), legend: "{{reason}}" }],
    }),
    chart({
      title: "Tickets",
      description: "Opened, put back to the front, and closed by reason.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_tickets_opened_total"), legend: "opened" },
        { expr: rateOf("shoal_tickets_requeued_total", "reason"), legend: "put back {{reason}}" },
        { expr: rateOf("shoal_tickets_closed_total", "reason"), legend: "closed {{reason}}" },
      ],
    }),
    chart({
      title: "Going on",
      description: "Matches now, and bots in a conversation.",
      unit: "short",
      queries: [
        { expr: maxOf("shoal_matches_live"), legend: "matches" },
        { expr: sumOf("shoal_bots", undefined, 'state="talking"'), legend: "talking bots" },
      ],
    }),
  ],
};

const MACHINE: Row = {
  title: "The matchmaker",
  panels: [
    chart({
      title: "Cycle",
      description: "Time for one cycle, most of it the database's.",
      unit: "s",
      queries: quantilesOf("shoal_match_cycle_duration_seconds"),
    }),
    chart({
      title: "Failed cycles",
      description: "By error code; nobody is matched by one.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_match_cycles_failed_total", "code"), legend: "{{code}}" }],
    }),
    chart({
      title: "Notices",
      description: "Broadcasts by HTTP that tell people of their match: sent, and failed for good by class.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_notice_duration_seconds_count"), legend: "sent" },
        { expr: rateOf("shoal_notices_failed_total", "class"), legend: "failed {{class}}" },
      ],
    }),
    chart({
      title: "Notices took",
      description: "Time for a broadcast by HTTP.",
      unit: "s",
      queries: quantilesOf("shoal_notice_duration_seconds"),
    }),
  ],
};

export const MATCHMAKING: Page = {
  uid: "shoal-matchmaking",
  title: "Shoal: matchmaking",
  description: "People in line, their matches and the machine that makes them.",
  rows: [WAITING, OBJECTIVE, MATCHES, MACHINE],
};
