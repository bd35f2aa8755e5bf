import type { Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import type { Metrics } from "./create-metrics.ts";
import { BREAKER_STATES, type BUDGETS } from "./limit-metrics.ts";

/** The events of a Realtime pool that a monitor hears. Whatever emits these names with these fields will do. */
export interface ObservedPoolEvents {
  "socket:opening": { readonly socketId: string };
  "socket:open": { readonly socketId: string; readonly handshakeMs: number };
  "socket:closed": { readonly socketId: string; readonly code: number; readonly errorClass: string | null };
  "heartbeat:answered": { readonly socketId: string; readonly roundTripMs: number };
  "channel:joining": { readonly topic: string; readonly clientId: string; readonly attempt: number };
  "channel:joined": { readonly topic: string; readonly clientId: string; readonly joinMs: number };
  "channel:refused": ObservedFailure;
  "channel:lost": ObservedFailure;
  "channel:recovered": { readonly topic: string; readonly clientId: string; readonly gapMs: number };
  "channel:failed": ObservedFailure;
  "channel:released": { readonly topic: string; readonly clientId: string };
  "message:sent": { readonly topic: string };
  "message:received": { readonly topic: string };
  "presence:dropped": { readonly topic: string; readonly count: number };
  "notice:sent": { readonly topic: string; readonly durationMs: number };
  "notice:failed": { readonly topic: string; readonly errorClass: string; readonly reason: string };
  "breaker:changed": {
    readonly state: string;
    readonly errorClass: string | null;
    readonly nextProbeInMs: number | null;
  };
  "budget:throttled": { readonly budget: string; readonly ratio: number; readonly coolDownMs: number };
  "send:waited": { readonly topic: string; readonly waitMs: number };
  "send:refused": { readonly topic: string };
  "canary:answered": { readonly socketId: string; readonly roundTripMs: number };
  "canary:lost": { readonly socketId: string; readonly silentMs: number };
  "socket:stale": { readonly socketId: string; readonly silentMs: number };
  "token:refreshed": { readonly expiresInMs: number | null };
  "token:failed": { readonly reason: string };
  "changes:ready": { readonly topic: string; readonly clientId: string; readonly waitMs: number };
  "changes:failed": ObservedFailure;
}

/** Why a channel is not joined. `reason` may hold anything; it is never made a label. */
export interface ObservedFailure {
  readonly topic: string;
  readonly clientId: string;
  readonly errorClass: string;
  readonly reason: string;
}

/** The snapshot of a Realtime pool that a monitor reads. */
export interface ObservedPoolStats {
  readonly sockets: {
    readonly open: number;
    readonly connecting: number;
    /** First joins of untried topics under way. */
    readonly probing: number;
    readonly max: number;
  };
  readonly slots: { readonly held: number; readonly free: number; readonly capacity: number };
  /** Those held now; what a pool says of channels given up or released is not read. */
  readonly channels: { readonly waiting: number; readonly joining: number; readonly joined: number };
  readonly joins: { readonly pending: number; readonly paced: number };
  readonly breaker: { readonly state: string };
  readonly budgets: Readonly<Record<(typeof BUDGETS)[number], ObservedBudget>>;
  /** Since start; only goes up. */
  readonly reconnects: number;
}

export interface ObservedBudget {
  /** In the server's current window. */
  readonly used: number;
  readonly allowed: number;
  /** 0 to 1: what rate signals have left of the full budget. */
  readonly ratio: number;
}

const SECOND = 1000;

type PoolEventSource = Audible<ObservedPoolEvents>;

function countConnections({ pool }: Metrics, events: PoolEventSource): Unsubscribe[] {
  return [
    events.on("socket:open", (event) => pool.handshakeDuration.observe({}, event.handshakeMs / SECOND)),
    events.on("socket:closed", (event) => pool.socketsClosed.inc({ class: event.errorClass ?? "none" })),
    events.on("heartbeat:answered", (event) => pool.heartbeatRoundTrip.observe({}, event.roundTripMs / SECOND)),
    events.on("channel:joining", () => pool.joins.inc({})),
    events.on("channel:joined", (event) => pool.joinDuration.observe({}, event.joinMs / SECOND)),
    events.on("channel:refused", (event) => pool.joinsRefused.inc({ class: event.errorClass })),
    events.on("channel:lost", (event) => pool.channelsLost.inc({ class: event.errorClass })),
    events.on("channel:recovered", (event) => pool.channelGap.observe({}, event.gapMs / SECOND)),
    events.on("channel:failed", (event) => pool.channelsFailed.inc({ class: event.errorClass })),
    events.on("channel:released", () => pool.channelsReleased.inc({})),
  ];
}

function countTraffic({ pool }: Metrics, events: PoolEventSource): Unsubscribe[] {
  return [
    events.on("message:sent", () => pool.broadcastsSent.inc({})),
    events.on("message:received", () => pool.broadcastsReceived.inc({})),
    events.on("presence:dropped", (event) => pool.presenceDropped.inc({}, event.count)),
    events.on("notice:sent", (event) => pool.noticeDuration.observe({}, event.durationMs / SECOND)),
    events.on("notice:failed", (event) => pool.noticesFailed.inc({ class: event.errorClass })),
    events.on("send:waited", (event) => pool.sendWait.observe({}, event.waitMs / SECOND)),
    events.on("send:refused", () => pool.sendsRefused.inc({})),
    events.on("changes:ready", (event) => pool.changesReady.observe({}, event.waitMs / SECOND)),
    events.on("changes:failed", (event) => pool.changesFailed.inc({ class: event.errorClass })),
  ];
}

function countWarnings({ pool }: Metrics, events: PoolEventSource): Unsubscribe[] {
  return [
    events.on("breaker:changed", ({ state, errorClass }) =>
      pool.breakerChanges.inc({ state, class: errorClass ?? "none" }),
    ),
    events.on("budget:throttled", ({ budget }) => pool.budgetThrottled.inc({ budget })),
    events.on("canary:answered", (event) => pool.canaryRoundTrip.observe({}, event.roundTripMs / SECOND)),
    events.on("canary:lost", () => pool.canariesLost.inc({})),
    events.on("socket:stale", () => pool.socketsStale.inc({})),
    events.on("token:refreshed", () => pool.tokenRefreshes.inc({})),
    events.on("token:failed", () => pool.tokenFailures.inc({})),
  ];
}

function setGauges({ pool }: Metrics, stats: ObservedPoolStats): void {
  const { open, connecting, probing, max } = stats.sockets;
  pool.sockets.set({ state: "open" }, open);
  pool.sockets.set({ state: "connecting" }, connecting);
  pool.socketsLimit.set({}, max);
  pool.joinsProbing.set({}, probing);
  pool.slots.set({ state: "held" }, stats.slots.held);
  pool.slots.set({ state: "free" }, stats.slots.free);
  pool.slotsLimit.set({}, stats.slots.capacity);
  const { waiting, joining, joined } = stats.channels;
  for (const [status, count] of Object.entries({ waiting, joining, joined })) pool.channels.set({ status }, count);
  pool.joinsPending.set({}, stats.joins.pending);
  pool.joinsPaced.set({}, stats.joins.paced);
  for (const state of BREAKER_STATES) pool.breakerState.set({ state }, state === stats.breaker.state ? 1 : 0);
  for (const [budget, { used, allowed, ratio }] of Object.entries(stats.budgets)) {
    pool.budgetUsed.set({ budget }, used);
    pool.budgetAllowed.set({ budget }, allowed);
    pool.budgetThrottle.set({ budget }, ratio);
  }
}

/**
 * Feeds the pool's metrics: counters and histograms from its events, gauges from `getStats` at every scrape. Once per
 * `metrics`. The result takes all listeners away again.
 */
export function observePool(metrics: Metrics, events: PoolEventSource, getStats: () => ObservedPoolStats): Unsubscribe {
  let reconnectsSeen = 0;
  const collect = () => {
    const stats = getStats();
    metrics.pool.reconnects.inc({}, stats.reconnects - reconnectsSeen);
    reconnectsSeen = stats.reconnects;
    setGauges(metrics, stats);
  };
  const offs = [
    ...countConnections(metrics, events),
    ...countTraffic(metrics, events),
    ...countWarnings(metrics, events),
    metrics.beforeScrape(collect),
  ];
  return () => {
    for (const off of offs) off();
  };
}
