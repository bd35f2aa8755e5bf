import type { Registry } from "prom-client";
import { counter, gauge, histogram, ROUND_TRIP_SECONDS, WAIT_SECONDS } from "./instruments.ts";
import { errorClasses, oneOf } from "./labels.ts";
import { createLimitMetrics } from "./limit-metrics.ts";
import { createWatchMetrics } from "./watch-metrics.ts";

/** What the Realtime pool shows. Fed by `observePool`. */
export type PoolMetrics = ReturnType<typeof createPoolMetrics>;

export function createPoolMetrics(registry: Registry) {
  return {
    ...gauges(registry),
    ...counters(registry),
    ...createLimitMetrics(registry),
    ...createWatchMetrics(registry),
    joinDuration: histogram(registry, {
      name: "shoal_join_duration_seconds",
      help: "Time from sending a join to its acceptance.",
      labels: {},
      buckets: ROUND_TRIP_SECONDS,
    }),
    handshakeDuration: histogram(registry, {
      name: "shoal_socket_handshake_seconds",
      help: "Time from opening a socket until it was open. The count is the number of handshakes.",
      labels: {},
      buckets: ROUND_TRIP_SECONDS,
    }),
    heartbeatRoundTrip: histogram(registry, {
      name: "shoal_heartbeat_round_trip_seconds",
      help: "Time from a heartbeat to its answer.",
      labels: {},
      buckets: ROUND_TRIP_SECONDS,
    }),
    channelGap: histogram(registry, {
      name: "shoal_channel_gap_seconds",
      help: "How long a channel was lost before it had rejoined. The count is the number of recoveries.",
      labels: {},
      buckets: WAIT_SECONDS,
    }),
    noticeDuration: histogram(registry, {
      name: "shoal_notice_duration_seconds",
      help: "Time for a broadcast by HTTP. The count is the number of notices sent.",
      labels: {},
      buckets: ROUND_TRIP_SECONDS,
    }),
  };
}

function gauges(registry: Registry) {
  return {
    sockets: gauge(registry, {
      name: "shoal_sockets",
      help: "Sockets by state.",
      labels: { state: oneOf(["open", "connecting"]) },
    }),
    socketsLimit: gauge(registry, {
      name: "shoal_sockets_limit",
      help: "Sockets the pool may open.",
      labels: {},
    }),
    slots: gauge(registry, {
      name: "shoal_slots",
      help: "Slots by state; free includes those of sockets that may still be opened.",
      labels: { state: oneOf(["held", "free"]) },
    }),
    slotsLimit: gauge(registry, {
      name: "shoal_slots_limit",
      help: "Slots the pool may hold.",
      labels: {},
    }),
    channels: gauge(registry, {
      name: "shoal_channels",
      help: "Channels held, by status.",
      labels: { status: oneOf(["waiting", "joining", "joined"]) },
    }),
    joinsProbing: gauge(registry, {
      name: "shoal_joins_probing",
      help: "First joins of untried topics under way, apart from others because a refusal blocks the socket.",
      labels: {},
    }),
    joinsPending: gauge(registry, {
      name: "shoal_joins_pending",
      help: "Joins waiting for the budget or for their turn.",
      labels: {},
    }),
    joinsPaced: gauge(registry, {
      name: "shoal_joins_paced",
      help: "Those of them that wait because clients start one after the other.",
      labels: {},
    }),
  };
}

function counters(registry: Registry) {
  return {
    joins: counter(registry, { name: "shoal_joins_total", help: "Joins sent.", labels: {} }),
    joinsRefused: counter(registry, {
      name: "shoal_joins_refused_total",
      help: "Joins that were not accepted, by error class.",
      labels: { class: errorClasses },
    }),
    socketsClosed: counter(registry, {
      name: "shoal_sockets_closed_total",
      help: "Sockets closed, by error class; none means closed on purpose.",
      labels: { class: oneOf(["none", ...errorClasses.known], "unknown") },
    }),
    reconnects: counter(registry, {
      name: "shoal_socket_reconnects_total",
      help: "Attempts to connect a socket again after it was lost.",
      labels: {},
    }),
    channelsLost: counter(registry, {
      name: "shoal_channels_lost_total",
      help: "Joined channels that were lost, by error class.",
      labels: { class: errorClasses },
    }),
    channelsFailed: counter(registry, {
      name: "shoal_channels_failed_total",
      help: "Channels given up, by error class.",
      labels: { class: errorClasses },
    }),
    channelsReleased: counter(registry, {
      name: "shoal_channels_released_total",
      help: "Channels released by their holder.",
      labels: {},
    }),
    noticesFailed: counter(registry, {
      name: "shoal_notices_failed_total",
      help: "Broadcasts by HTTP that failed for good, by error class.",
      labels: { class: errorClasses },
    }),
    broadcastsSent: counter(registry, {
      name: "shoal_broadcasts_sent_total",
      help: "Broadcasts sent over sockets.",
      labels: {},
    }),
    broadcastsReceived: counter(registry, {
      name: "shoal_broadcasts_received_total",
      help: "Broadcasts received over sockets.",
      labels: {},
    }),
    presenceDropped: counter(registry, {
      name: "shoal_presence_dropped_total",
      help: "Presence entries of others left out because they were too large, too deep or malformed.",
      labels: {},
    }),
  };
}
