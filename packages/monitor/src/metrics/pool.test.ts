import { createEmitter } from "@shoal/kernel";
import type { PoolEvents, PoolStats } from "@shoal/realtime-pool";
import { type EventTable, eventRows, metricNames, movedSeries, readSeries } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createMetrics } from "./create-metrics.ts";
import { observePool } from "./pool.ts";

const channel = { topic: "room:3f2504e0", clientId: "b1" };
const failure = { ...channel, errorClass: "rate", reason: "too many joins" } as const;
const socketId = "s1";
const refusal = { ...failure, attempt: 1, retryInMs: null };

const TABLE: EventTable<PoolEvents> = {
  "socket:opening": [[{ socketId }, {}]],
  "socket:open": [[{ socketId, handshakeMs: 250 }, { shoal_socket_handshake_seconds: [1, 0.25] }]],
  "socket:closed": [
    [{ socketId, code: 1000, errorClass: null }, { 'shoal_sockets_closed_total{class="none"}': 1 }],
    [{ socketId, code: 1006, errorClass: "network" }, { 'shoal_sockets_closed_total{class="network"}': 1 }],
  ],
  "socket:stale": [[{ socketId, silentMs: 40_000 }, { shoal_sockets_stale_total: 1 }]],
  "heartbeat:answered": [[{ socketId, roundTripMs: 500 }, { shoal_heartbeat_round_trip_seconds: [1, 0.5] }]],
  "canary:answered": [[{ socketId, roundTripMs: 250 }, { shoal_canary_round_trip_seconds: [1, 0.25] }]],
  "canary:lost": [[{ socketId, silentMs: 10_000 }, { shoal_canary_lost_total: 1 }]],
  "channel:joining": [[{ ...channel, attempt: 1 }, { shoal_joins_total: 1 }]],
  "channel:joined": [[{ ...channel, attempt: 1, joinMs: 125 }, { shoal_join_duration_seconds: [1, 0.125] }]],
  "channel:refused": [
    [refusal, { 'shoal_joins_refused_total{class="rate"}': 1 }],
    [{ ...refusal, errorClass: "made up" as "rate" }, { 'shoal_joins_refused_total{class="unknown"}': 1 }],
  ],
  "channel:lost": [[failure, { 'shoal_channels_lost_total{class="rate"}': 1 }]],
  "channel:recovered": [[{ ...channel, gapMs: 2000 }, { shoal_channel_gap_seconds: [1, 2] }]],
  "channel:failed": [[failure, { 'shoal_channels_failed_total{class="rate"}': 1 }]],
  "channel:released": [[channel, { shoal_channels_released_total: 1 }]],
  "changes:ready": [[{ ...channel, waitMs: 2000 }, { shoal_changes_ready_seconds: [1, 2] }]],
  "changes:failed": [[failure, { 'shoal_changes_failed_total{class="rate"}': 1 }]],
  "message:sent": [[channel, { shoal_broadcasts_sent_total: 1 }]],
  "message:received": [[channel, { shoal_broadcasts_received_total: 1 }]],
  "message:dropped": [[{ topic: "room:1" }, { shoal_broadcasts_dropped_total: 1 }]],
  "presence:dropped": [[{ topic: "lobby", count: 3 }, { shoal_presence_dropped_total: 3 }]],
  "notice:sent": [[{ topic: "user:1", durationMs: 500 }, { shoal_notice_duration_seconds: [1, 0.5] }]],
  "notice:failed": [[failure, { 'shoal_notices_failed_total{class="rate"}': 1 }]],
  "breaker:changed": [
    [
      { state: "held", errorClass: "rate", cause: "joinRate", nextProbeInMs: null },
      { 'shoal_breaker_changes_total{state="held",class="rate"}': 1 },
    ],
    [
      { state: "up", errorClass: null, cause: null, nextProbeInMs: null },
      { 'shoal_breaker_changes_total{state="up",class="none"}': 1 },
    ],
  ],
  "budget:throttled": [
    [{ budget: "events", ratio: 0.5, coolDownMs: 10_000 }, { 'shoal_budget_throttled_total{budget="events"}': 1 }],
  ],
  "send:waited": [[{ topic: "room:1", waitMs: 500 }, { shoal_send_wait_seconds: [1, 0.5] }]],
  "send:refused": [[{ topic: "room:1" }, { shoal_sends_refused_total: 1 }]],
  "token:refreshed": [[{ expiresInMs: null }, { shoal_token_refreshes_total: 1 }]],
  "token:failed": [[{ reason: "x" }, { shoal_token_failures_total: 1 }]],
};

const nothing = { used: 0, allowed: 0, ratio: 0 };
const ROWS = eventRows(TABLE);

/** Only what metrics are made of; the rest is counted by events. */
const EMPTY = {
  sockets: { open: 0, connecting: 0, probing: 0, max: 0 },
  slots: { held: 0, free: 0, capacity: 0 },
  channels: { waiting: 0, joining: 0, joined: 0 },
  joins: { pending: 0, paced: 0 },
  breaker: {},
  budgets: { joins: nothing, events: nothing, presence: nothing },
  reconnects: 0,
} as PoolStats;

const FULL = {
  sockets: { open: 2, connecting: 1, probing: 3, max: 5 },
  slots: { held: 11, free: 9, capacity: 50 },
  channels: { waiting: 1, joining: 2, joined: 8, failed: 3, released: 4 },
  joins: { pending: 6, paced: 2 },
  breaker: { state: "held" },
  budgets: {
    joins: { used: 30, allowed: 100, ratio: 0.5 },
    events: { used: 40, allowed: 80, ratio: 1 },
    presence: { used: 5, allowed: 20, ratio: 0.25 },
  },
  reconnects: 7,
} as PoolStats;

const FULL_SERIES = {
  'shoal_sockets{state="open"}': 2,
  'shoal_sockets{state="connecting"}': 1,
  shoal_joins_probing: 3,
  shoal_sockets_limit: 5,
  'shoal_slots{state="held"}': 11,
  'shoal_slots{state="free"}': 9,
  shoal_slots_limit: 50,
  'shoal_channels{status="waiting"}': 1,
  'shoal_channels{status="joining"}': 2,
  'shoal_channels{status="joined"}': 8,
  shoal_joins_pending: 6,
  shoal_joins_paced: 2,
  'shoal_breaker_state{state="held"}': 1,
  'shoal_budget_used{budget="joins"}': 30,
  'shoal_budget_used{budget="events"}': 40,
  'shoal_budget_used{budget="presence"}': 5,
  'shoal_budget_allowed{budget="joins"}': 100,
  'shoal_budget_allowed{budget="events"}': 80,
  'shoal_budget_allowed{budget="presence"}': 20,
  'shoal_budget_throttle_ratio{budget="joins"}': 0.5,
  'shoal_budget_throttle_ratio{budget="events"}': 1,
  'shoal_budget_throttle_ratio{budget="presence"}': 0.25,
  shoal_socket_reconnects_total: 7,
};

function observed(getStats = () => EMPTY) {
  const metrics = createMetrics();
  const events = createEmitter<PoolEvents>();
  const stop = observePool(metrics, events, getStats);
  return { metrics, events, stop };
}

describe("observePool", () => {
  it.each(ROWS)("shows $name as $moves, and in nothing else", async ({ name, event, moves }) => {
    const { metrics, events } = observed();
    events.emit(name, event);
    expect(await movedSeries(metrics)).toEqual(moves);
  });

  it("sets its gauges from the pool's stats, and counts reconnects since the last scrape", async () => {
    const { metrics } = observed(() => FULL);
    await metrics.render();
    expect(await movedSeries(metrics)).toEqual(FULL_SERIES);
  });

  it("has no metric that neither an event nor the stats move", () => {
    const { metrics } = observed();
    const own = new Set(
      createMetrics()
        .catalogue()
        .map(({ name }) => name),
    );
    const added = metrics.catalogue().filter(({ name }) => !own.has(name));
    const moved = metricNames(FULL_SERIES, ...ROWS.map(({ moves }) => moves));
    expect(new Set(added.map(({ name }) => name))).toEqual(moved);
  });

  it("shows one state of the breaker at a time, from the first scrape on", async () => {
    let state: PoolStats["breaker"]["state"] = "unknown";
    const { metrics } = observed(() => ({ ...EMPTY, breaker: { state, errorClass: null, cause: null } }));
    for (state of ["unknown", "up", "held", "away", "refused"] as const) {
      await metrics.render();
      expect(await movedSeries(metrics)).toEqual({ [`shoal_breaker_state{state="${state}"}`]: 1 });
    }
  });

  it("has no more series for 10,000 channels of 10,000 clients than for none", async () => {
    const { metrics, events } = observed();
    const before = Object.keys(await readSeries(metrics)).length;
    for (let n = 0; n < 10_000; n += 1) {
      const ids = { topic: `room:${n}`, clientId: `bot-${n}`, socketId: `socket-${n}`, reason: `room:${n} is gone` };
      for (const { name, event } of ROWS) events.emit(name, { ...event, ...ids });
    }
    const after = await readSeries(metrics);
    expect(Object.keys(after)).toHaveLength(before);
    // All of them were counted.
    expect(after).toMatchObject({ shoal_joins_total: 10_000, 'shoal_changes_failed_total{class="rate"}': 10_000 });
  });

  it("takes every listener and its stats away again", async () => {
    const { metrics, events, stop } = observed(() => FULL);
    stop();
    for (const { name, event } of ROWS) events.emit(name, event);
    expect(events.listenerCount).toBe(0);
    expect(await movedSeries(metrics)).toEqual({});
  });
});
