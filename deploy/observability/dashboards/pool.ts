import { chart, quantileOf, quantilesOf, REPLICA, rateOf, sumOf, timeline } from "../panels.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { breakerWords, type Page, type Row } from "./frame.ts";

const SERVER: Row = {
  title: "Realtime, as the pool sees it",
  panels: [
    timeline({
      title: "Breaker",
      description: "held: joins stop for a cool-down. away: nothing answers. refused: key or project are refused.",
      mappings: breakerWords,
      queries: [{ expr: `shoal:breaker:code{${REPLICA}}`, legend: "{{instance}}" }],
    }),
    chart({
      title: "Breaker changes",
      description: "By the state it went to and the error class behind it.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_breaker_changes_total", "state, class"), legend: "{{state}} {{class}}" }],
    }),
    chart({
      title: "Sockets closed",
      description: "By error class; none means on purpose.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_sockets_closed_total", "class"), legend: "{{class}}" }],
    }),
    chart({
      title: "Reconnects per socket, 5 min",
      description: "Alert ShoalReconnectStorm, when handshakes are as many.",
      unit: "short",
      limits: { alertAt: THRESHOLDS.reconnectsPerSocket },
      queries: ["reconnects", "handshakes"].map((what) => ({
        expr: `shoal:socket_${what}:increase5m{${REPLICA}} / clamp_min(shoal:sockets_open:max10m, 1)`,
        legend: `${what} {{instance}}`,
      })),
    }),
    chart({
      title: "Round trips, p95",
      description: "Heartbeats, canaries and handshakes. What joins but does not answer shows here first.",
      unit: "s",
      queries: [
        { expr: quantileOf(0.95, "shoal_heartbeat_round_trip_seconds"), legend: "heartbeat" },
        { expr: quantileOf(0.95, "shoal_canary_round_trip_seconds"), legend: "canary" },
        { expr: quantileOf(0.95, "shoal_socket_handshake_seconds"), legend: "handshake" },
      ],
    }),
    chart({
      title: "Silence, tokens",
      description: "Stale sockets, canaries that did not come back, tokens renewed and not. Alert ShoalAuthErrors.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_sockets_stale_total"), legend: "stale sockets" },
        { expr: rateOf("shoal_canary_lost_total"), legend: "canaries lost" },
        { expr: rateOf("shoal_token_refreshes_total"), legend: "tokens renewed" },
        { expr: rateOf("shoal_token_failures_total"), legend: "tokens not renewed" },
      ],
    }),
  ],
};

const CHANNELS: Row = {
  title: "Channels and joins",
  panels: [
    chart({
      title: "Channels",
      description: "Held, by status. Alert ShoalChannelsNotJoined.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: sumOf("shoal_channels", "status"), legend: "{{status}}" }],
    }),
    chart({
      title: "Joins",
      description: "Sent, accepted, and refused by class.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_joins_total"), legend: "sent" },
        { expr: rateOf("shoal_join_duration_seconds_count"), legend: "accepted" },
        { expr: rateOf("shoal_joins_refused_total", "class"), legend: "refused {{class}}" },
      ],
    }),
    chart({
      title: "Channels lost and given up",
      description: "By error class. A lost one comes back by itself, one given up does not.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_channels_lost_total", "class"), legend: "lost {{class}}" },
        { expr: rateOf("shoal_channels_failed_total", "class"), legend: "given up {{class}}" },
      ],
    }),
    chart({
      title: "Time to join",
      description: "From sending a join to its acceptance.",
      unit: "s",
      queries: quantilesOf("shoal_join_duration_seconds"),
    }),
    chart({
      title: "Gaps",
      description: "How long lost channels were away before they had rejoined.",
      unit: "s",
      queries: quantilesOf("shoal_channel_gap_seconds"),
    }),
    chart({
      title: "Sockets and slots",
      description: "Beside what the pool may have.",
      unit: "short",
      queries: [
        { expr: sumOf("shoal_sockets", "state"), legend: "sockets {{state}}" },
        { expr: sumOf("shoal_sockets_limit"), legend: "sockets allowed" },
        { expr: sumOf("shoal_slots", undefined, 'state="held"'), legend: "slots held" },
        { expr: sumOf("shoal_slots_limit"), legend: "slots allowed" },
      ],
    }),
    chart({
      title: "Rows asked for",
      description: "Streams of rows that became ready, and that the server refused or ended, by class.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_changes_ready_seconds_count"), legend: "ready" },
        { expr: rateOf("shoal_changes_failed_total", "class"), legend: "failed {{class}}" },
      ],
    }),
    chart({
      title: "Time until rows come, p95",
      description: "From a join until the server streamed the rows asked for.",
      unit: "s",
      queries: [{ expr: quantileOf(0.95, "shoal_changes_ready_seconds"), legend: "p95" }],
    }),
    chart({
      title: "Channels released",
      description: "Channels that their holders let go.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_channels_released_total"), legend: "released" }],
    }),
  ],
};

const BUDGETS: Row = {
  title: "Budgets",
  panels: [
    chart({
      title: "Spent",
      description: "Part of what the server's window allows us. Alert ShoalJoinBudgetSaturated, when joins wait.",
      unit: "percentunit",
      limits: { alertAt: THRESHOLDS.budgetUsedRatio },
      queries: [{ expr: `max by (budget) (shoal:budget_used:ratio{${REPLICA}})`, legend: "{{budget}}" }],
    }),
    chart({
      title: "Used and allowed",
      description: "In the server's current window, over all daemons.",
      unit: "short",
      queries: [
        { expr: sumOf("shoal_budget_used", "budget"), legend: "used {{budget}}" },
        { expr: sumOf("shoal_budget_allowed", "budget"), legend: "allowed {{budget}}" },
      ],
    }),
    chart({
      title: "Left by rate signals",
      description: "Part of the full budget; it halves at a signal of the server and grows back step by step.",
      unit: "percentunit",
      queries: [{ expr: `min by (budget) (shoal_budget_throttle_ratio{${REPLICA}})`, legend: "{{budget}}" }],
    }),
    chart({
      title: "Rate signals",
      description: "Times that the server cut a budget. Alert ShoalPeopleLockedOut for joins.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_budget_throttled_total", "budget"), legend: "{{budget}}" }],
    }),
    chart({
      title: "Joins waiting",
      description: "For the budget or for their turn; and first joins of untried topics under way.",
      unit: "short",
      queries: [
        { expr: `shoal_joins_pending{${REPLICA}}`, legend: "waiting {{instance}}" },
        { expr: `shoal_joins_probing{${REPLICA}}`, legend: "untried {{instance}}" },
      ],
    }),
    chart({
      title: "Broadcasts",
      description: "Over sockets; refused ones were given up because the budget stayed spent.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_broadcasts_sent_total"), legend: "sent" },
        { expr: rateOf("shoal_broadcasts_received_total"), legend: "received" },
        { expr: rateOf("shoal_sends_refused_total"), legend: "refused" },
      ],
    }),
    chart({
      title: "Broadcasts waited",
      description: "For the events budget.",
      unit: "s",
      queries: quantilesOf("shoal_send_wait_seconds"),
    }),
  ],
};

export const POOL: Page = {
  uid: "shoal-pool",
  title: "Shoal: pool",
  description: "Sockets, channels, joins and the limits of Realtime.",
  rows: [SERVER, CHANNELS, BUDGETS],
};
