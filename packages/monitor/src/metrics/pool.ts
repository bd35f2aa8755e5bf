import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import type { ErrorClass, PoolEvents, PoolStats } from "@shoal/realtime-pool";
import type { Metrics } from "./create-metrics.ts";
import { ROUND_TRIP_SECONDS, WAIT_SECONDS } from "./instruments.ts";
import { allOf, oneOf } from "./labels.ts";
import { type EventSubscriber, type Listeners, subscribe } from "./subscribe.ts";

type Some = Partial<Listeners<PoolEvents>>;

const errorClasses = allOf<ErrorClass>(
  {
    ...{ auth: true, permission: true, "bad-request": true, rate: true, capacity: true },
    ...{ configuration: true, network: true, timeout: true, server: true, unknown: true },
  },
  "unknown",
);
const classesOrNone = oneOf(["none", ...errorClasses.known], "unknown");

/** From well to worst. */
const breakerStates = allOf<PoolStats["breaker"]["state"]>({
  ...{ up: true, unknown: true, held: true, away: true, refused: true },
});

const budgets = allOf<keyof PoolStats["budgets"]>({ joins: true, events: true, presence: true });

/**
 * Feeds the pool's metrics: counters and histograms from its events, gauges from `getStats` at every scrape. Once per
 * `metrics`. The result takes all listeners away again.
 */
export function observePool(
  metrics: Metrics,
  events: EventSubscriber<PoolEvents>,
  getStats: () => PoolStats,
): Unsubscribe {
  const off = subscribe<PoolEvents>(events, {
    ...ofSockets(metrics),
    ...ofJoins(metrics),
    ...ofChannels(metrics),
    ...ofTraffic(metrics),
    ...ofLimits(metrics),
    ...ofTokens(metrics),
  });
  const setters = [slotGauges(metrics), joinGauges(metrics), limitGauges(metrics)];
  const stop = metrics.beforeScrape(() => {
    const stats = getStats();
    for (const set of setters) set(stats);
  });
  return () => {
    off();
    stop();
  };
}

function ofSockets({ counter, histogram }: Metrics) {
  const handshake = histogram({
    name: "shoal_socket_handshake_seconds",
    help: "Time from opening a socket until it was open. The count is the number of handshakes.",
    buckets: ROUND_TRIP_SECONDS,
  });
  const closed = counter({
    name: "shoal_sockets_closed_total",
    help: "Sockets closed, by error class; none means closed on purpose.",
    labels: { class: classesOrNone },
  });
  const heartbeat = histogram({
    name: "shoal_heartbeat_round_trip_seconds",
    help: "Time from a heartbeat to its answer.",
    buckets: ROUND_TRIP_SECONDS,
  });
  const stale = counter({
    name: "shoal_sockets_stale_total",
    help: "Sockets given up because nothing was received on them any more.",
  });
  const canary = histogram({
    name: "shoal_canary_round_trip_seconds",
    help: "Time from a broadcast of the canary until it heard it itself.",
    buckets: ROUND_TRIP_SECONDS,
  });
  const canaryLost = counter({
    name: "shoal_canary_lost_total",
    help: "Broadcasts of the canary that did not come back in time.",
  });
  return {
    "socket:opening": null,
    "socket:open": ({ handshakeMs }) => handshake.observe({}, handshakeMs / SECOND_MS),
    "socket:closed": ({ errorClass }) => closed.inc({ class: errorClass ?? "none" }),
    "heartbeat:answered": ({ roundTripMs }) => heartbeat.observe({}, roundTripMs / SECOND_MS),
    "socket:stale": () => stale.inc({}),
    "canary:answered": ({ roundTripMs }) => canary.observe({}, roundTripMs / SECOND_MS),
    "canary:lost": () => canaryLost.inc({}),
  } satisfies Some;
}

function ofJoins({ counter, histogram }: Metrics) {
  const joins = counter({ name: "shoal_joins_total", help: "Joins sent." });
  const duration = histogram({
    name: "shoal_join_duration_seconds",
    help: "Time from sending a join to its acceptance.",
    buckets: ROUND_TRIP_SECONDS,
  });
  const refused = counter({
    name: "shoal_joins_refused_total",
    help: "Joins that were not accepted, by error class.",
    labels: { class: errorClasses },
  });
  return {
    "channel:joining": () => joins.inc({}),
    "channel:joined": ({ joinMs }) => duration.observe({}, joinMs / SECOND_MS),
    "channel:refused": ({ errorClass }) => refused.inc({ class: errorClass }),
  } satisfies Some;
}

function ofChannels({ counter, histogram }: Metrics) {
  const lost = counter({
    name: "shoal_channels_lost_total",
    help: "Joined channels that were lost, by error class.",
    labels: { class: errorClasses },
  });
  const gap = histogram({
    name: "shoal_channel_gap_seconds",
    help: "How long a channel was lost before it had rejoined. The count is the number of recoveries.",
    buckets: WAIT_SECONDS,
  });
  const failed = counter({
    name: "shoal_channels_failed_total",
    help: "Channels given up, by error class.",
    labels: { class: errorClasses },
  });
  const released = counter({ name: "shoal_channels_released_total", help: "Channels released by their holder." });
  const changesReady = histogram({
    name: "shoal_changes_ready_seconds",
    help: "Time from a join until the server streamed the rows asked for.",
    buckets: WAIT_SECONDS,
  });
  const changesFailed = counter({
    name: "shoal_changes_failed_total",
    help: "Streams of rows that the server refused or ended, by error class; their channel stays joined.",
    labels: { class: errorClasses },
  });
  return {
    "channel:lost": ({ errorClass }) => lost.inc({ class: errorClass }),
    "channel:recovered": ({ gapMs }) => gap.observe({}, gapMs / SECOND_MS),
    "channel:failed": ({ errorClass }) => failed.inc({ class: errorClass }),
    "channel:released": () => released.inc({}),
    "changes:ready": ({ waitMs }) => changesReady.observe({}, waitMs / SECOND_MS),
    "changes:failed": ({ errorClass }) => changesFailed.inc({ class: errorClass }),
  } satisfies Some;
}

function ofTraffic({ counter, histogram }: Metrics) {
  const sent = counter({ name: "shoal_broadcasts_sent_total", help: "Broadcasts sent over sockets." });
  const received = counter({ name: "shoal_broadcasts_received_total", help: "Broadcasts received over sockets." });
  const messageDropped = counter({
    name: "shoal_broadcasts_dropped_total",
    help: "Broadcasts of others that were not read because they were too large or too deep.",
  });
  const presenceDropped = counter({
    name: "shoal_presence_dropped_total",
    help: "Presence entries of others left out because they were too large, too deep or malformed.",
  });
  const notice = histogram({
    name: "shoal_notice_duration_seconds",
    help: "Time for a broadcast by HTTP. The count is the number of notices sent.",
    buckets: ROUND_TRIP_SECONDS,
  });
  const noticeFailed = counter({
    name: "shoal_notices_failed_total",
    help: "Broadcasts by HTTP that failed for good, by error class.",
    labels: { class: errorClasses },
  });
  return {
    "message:sent": () => sent.inc({}),
    "message:received": () => received.inc({}),
    "message:dropped": () => messageDropped.inc({}),
    "presence:dropped": ({ count }) => presenceDropped.inc({}, count),
    "notice:sent": ({ durationMs }) => notice.observe({}, durationMs / SECOND_MS),
    "notice:failed": ({ errorClass }) => noticeFailed.inc({ class: errorClass }),
  } satisfies Some;
}

function ofLimits({ counter, histogram }: Metrics) {
  const breaker = counter({
    name: "shoal_breaker_changes_total",
    help: "Changes of the breaker, by the state it went to and the error class that caused it.",
    labels: { state: breakerStates, class: classesOrNone },
  });
  const throttled = counter({
    name: "shoal_budget_throttled_total",
    help: "Times that a rate signal of the server cut a budget.",
    labels: { budget: budgets },
  });
  const sendWait = histogram({
    name: "shoal_send_wait_seconds",
    help: "How long broadcasts waited for the events budget. Those sent at once are not counted.",
    buckets: ROUND_TRIP_SECONDS,
  });
  const sendRefused = counter({
    name: "shoal_sends_refused_total",
    help: "Broadcasts given up because the events budget stayed spent.",
  });
  return {
    "breaker:changed": ({ state, errorClass }) => breaker.inc({ state, class: errorClass ?? "none" }),
    "budget:throttled": ({ budget }) => throttled.inc({ budget }),
    "send:waited": ({ waitMs }) => sendWait.observe({}, waitMs / SECOND_MS),
    "send:refused": () => sendRefused.inc({}),
  } satisfies Some;
}

function ofTokens({ counter }: Metrics) {
  const refreshed = counter({
    name: "shoal_token_refreshes_total",
    help: "Access tokens renewed before they ran out.",
  });
  const failed = counter({ name: "shoal_token_failures_total", help: "Access tokens that could not be renewed." });
  return { "token:refreshed": () => refreshed.inc({}), "token:failed": () => failed.inc({}) } satisfies Some;
}

function slotGauges({ gauge }: Metrics) {
  const sockets = gauge({
    name: "shoal_sockets",
    help: "Sockets by state.",
    labels: { state: oneOf(["open", "connecting"]) },
  });
  const socketsLimit = gauge({ name: "shoal_sockets_limit", help: "Sockets the pool may open." });
  const slots = gauge({
    name: "shoal_slots",
    help: "Slots by state; free includes those of sockets that may still be opened.",
    labels: { state: oneOf(["held", "free"]) },
  });
  const slotsLimit = gauge({ name: "shoal_slots_limit", help: "Slots the pool may hold." });
  const channels = gauge({
    name: "shoal_channels",
    help: "Channels held, by status.",
    labels: { status: oneOf(["waiting", "joining", "joined"]) },
  });
  return (stats: PoolStats) => {
    const { open, connecting, max } = stats.sockets;
    const { held, free, capacity } = stats.slots;
    const { waiting, joining, joined } = stats.channels;
    for (const [state, count] of Object.entries({ open, connecting })) sockets.set({ state }, count);
    socketsLimit.set({}, max);
    for (const [state, count] of Object.entries({ held, free })) slots.set({ state }, count);
    slotsLimit.set({}, capacity);
    for (const [status, count] of Object.entries({ waiting, joining, joined })) channels.set({ status }, count);
  };
}

function joinGauges({ counter, gauge }: Metrics) {
  const probing = gauge({
    name: "shoal_joins_probing",
    help: "First joins of untried topics under way, apart from others because a refusal blocks the socket.",
  });
  const pending = gauge({ name: "shoal_joins_pending", help: "Joins waiting for the budget or for their turn." });
  const paced = gauge({
    name: "shoal_joins_paced",
    help: "Those of them that wait because clients start one after the other.",
  });
  const reconnects = counter({
    name: "shoal_socket_reconnects_total",
    help: "Attempts to connect a socket again after it was lost.",
  });
  let reconnectsSeen = 0;
  return (stats: PoolStats) => {
    probing.set({}, stats.sockets.probing);
    pending.set({}, stats.joins.pending);
    paced.set({}, stats.joins.paced);
    reconnects.inc({}, stats.reconnects - reconnectsSeen);
    reconnectsSeen = stats.reconnects;
  };
}

function limitGauges({ gauge }: Metrics) {
  const breaker = gauge({
    name: "shoal_breaker_state",
    help: "1 for what the pool thinks of the server, 0 for the others.",
    labels: { state: breakerStates },
  });
  const used = gauge({
    name: "shoal_budget_used",
    help: "Joins, events or presence calls in the server's current window: ours, or everybody's where the server tells.",
    labels: { budget: budgets },
  });
  const allowed = gauge({
    name: "shoal_budget_allowed",
    help: "Joins, events or presence calls that our share of that window allows; 0 while the pool cools down.",
    labels: { budget: budgets },
  });
  const throttle = gauge({
    name: "shoal_budget_throttle_ratio",
    help: "Part of the full budget that rate signals of the server have left; 1 is all of it.",
    labels: { budget: budgets },
  });
  return (stats: PoolStats) => {
    for (const state of breakerStates.known) breaker.set({ state }, state === stats.breaker.state ? 1 : 0);
    for (const [budget, figures] of Object.entries(stats.budgets)) {
      used.set({ budget }, figures.used);
      allowed.set({ budget }, figures.allowed);
      throttle.set({ budget }, figures.ratio);
    }
  };
}
