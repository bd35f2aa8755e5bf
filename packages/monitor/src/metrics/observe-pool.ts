import type { Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import type { Metrics } from "./create-metrics.ts";

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
  "notice:sent": { readonly topic: string; readonly durationMs: number };
  "notice:failed": { readonly topic: string; readonly errorClass: string; readonly reason: string };
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
  readonly sockets: { readonly open: number; readonly connecting: number; readonly max: number };
  readonly slots: { readonly held: number; readonly free: number; readonly capacity: number };
  /** Those held now; what a pool says of channels given up or released is not read. */
  readonly channels: { readonly waiting: number; readonly joining: number; readonly joined: number };
  readonly joins: { readonly windowUsed: number; readonly windowBudget: number; readonly pending: number };
  /** Since start; only goes up. */
  readonly reconnects: number;
}

const SECOND = 1000;

function countEvents({ pool }: Metrics, events: Audible<ObservedPoolEvents>): Unsubscribe[] {
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
    events.on("message:sent", () => pool.broadcastsSent.inc({})),
    events.on("message:received", () => pool.broadcastsReceived.inc({})),
    events.on("notice:sent", (event) => pool.noticeDuration.observe({}, event.durationMs / SECOND)),
    events.on("notice:failed", (event) => pool.noticesFailed.inc({ class: event.errorClass })),
  ];
}

/**
 * Feeds the pool's metrics: counters and histograms from its events, gauges from `getStats` at every scrape. Once per
 * `metrics`. The result takes all listeners away again.
 */
export function observePool(
  metrics: Metrics,
  events: Audible<ObservedPoolEvents>,
  getStats: () => ObservedPoolStats,
): Unsubscribe {
  const { pool } = metrics;
  let reconnectsSeen = 0;
  const collect = () => {
    const stats = getStats();
    pool.sockets.set({ state: "open" }, stats.sockets.open);
    pool.sockets.set({ state: "connecting" }, stats.sockets.connecting);
    pool.socketsLimit.set({}, stats.sockets.max);
    pool.slots.set({ state: "held" }, stats.slots.held);
    pool.slots.set({ state: "free" }, stats.slots.free);
    pool.slotsLimit.set({}, stats.slots.capacity);
    const { waiting, joining, joined } = stats.channels;
    for (const [status, count] of Object.entries({ waiting, joining, joined })) pool.channels.set({ status }, count);
    pool.joinsPending.set({}, stats.joins.pending);
    pool.joinBudgetUsed.set({}, stats.joins.windowUsed);
    pool.joinBudgetLimit.set({}, stats.joins.windowBudget);
    pool.reconnects.inc({}, stats.reconnects - reconnectsSeen);
    reconnectsSeen = stats.reconnects;
  };
  const offs = [...countEvents(metrics, events), metrics.beforeScrape(collect)];
  return () => {
    for (const off of offs) off();
  };
}
