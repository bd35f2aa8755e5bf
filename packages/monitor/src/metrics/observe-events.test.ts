import { createEmitter, type Emitter } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { createMetrics } from "./create-metrics.ts";
import { type ObservedMatchmakerEvents, observeMatchmaker } from "./observe-matchmaker.ts";
import { type ObservedPoolEvents, observePool } from "./observe-pool.ts";

/** Every series that is not 0, without histogram buckets and the process's own. */
async function nonZero(metrics: ReturnType<typeof createMetrics>): Promise<Record<string, number>> {
  const { body } = await metrics.render();
  const series = body
    .split("\n")
    .filter((line) => line.startsWith("shoal_") && !/_bucket\{|^shoal_(?:build_info|heap_used_bytes)/.test(line))
    .map((line) => line.split(/ (?=\S+$)/));
  return Object.fromEntries(series.map(([name, text]) => [name, Number(text)]).filter(([, count]) => count !== 0));
}

const nothing = { used: 0, allowed: 0, ratio: 0 };
const stats = {
  sockets: { open: 0, connecting: 0, probing: 0, max: 0 },
  slots: { held: 0, free: 0, capacity: 0 },
  channels: { waiting: 0, joining: 0, joined: 0 },
  joins: { pending: 0, paced: 0 },
  breaker: { state: "not told" },
  budgets: { joins: nothing, events: nothing, presence: nothing },
  reconnects: 0,
};

const channel = { topic: "room:3f2504e0", clientId: "b1" };
const failure = { ...channel, errorClass: "rate", reason: "too many joins" };

type PoolCase = readonly [
  name: keyof ObservedPoolEvents,
  emit: (events: Emitter<ObservedPoolEvents>) => void,
  expected: Record<string, number>,
];

/** One of every event of a pool, of one channel. */
function samplesOf(ids: Record<"topic" | "clientId" | "socketId", string>) {
  const sample = {
    ...ids,
    ...{ code: 1006, errorClass: "server", reason: `${ids.topic} is gone`, attempt: 1, state: "up", budget: "joins" },
    ...{
      handshakeMs: 1,
      roundTripMs: 1,
      joinMs: 1,
      gapMs: 1,
      durationMs: 1,
      waitMs: 1,
      silentMs: 1,
      ratio: 1,
      count: 1,
    },
    ...{ coolDownMs: 1, expiresInMs: 1, nextProbeInMs: 1 },
  };
  const names = new Set(POOL_CASES.map(([name]) => name));
  return [...names].map((name) => [name, sample] as const);
}

/** What each event of a pool changes, and nothing else. */
const POOL_CASES: readonly PoolCase[] = [
  ["socket:opening", (events) => events.emit("socket:opening", { socketId: "s1" }), {}],
  [
    "socket:open",
    (events) => events.emit("socket:open", { socketId: "s1", handshakeMs: 250 }),
    { shoal_socket_handshake_seconds_sum: 0.25, shoal_socket_handshake_seconds_count: 1 },
  ],
  [
    "socket:closed",
    (events) => events.emit("socket:closed", { socketId: "s1", code: 1000, errorClass: null }),
    { 'shoal_sockets_closed_total{class="none"}': 1 },
  ],
  [
    "socket:closed",
    (events) => events.emit("socket:closed", { socketId: "s1", code: 1006, errorClass: "network" }),
    { 'shoal_sockets_closed_total{class="network"}': 1 },
  ],
  [
    "heartbeat:answered",
    (events) => events.emit("heartbeat:answered", { socketId: "s1", roundTripMs: 500 }),
    { shoal_heartbeat_round_trip_seconds_sum: 0.5, shoal_heartbeat_round_trip_seconds_count: 1 },
  ],
  ["channel:joining", (events) => events.emit("channel:joining", { ...channel, attempt: 1 }), { shoal_joins_total: 1 }],
  [
    "channel:joined",
    (events) => events.emit("channel:joined", { ...channel, joinMs: 125 }),
    { shoal_join_duration_seconds_sum: 0.125, shoal_join_duration_seconds_count: 1 },
  ],
  [
    "channel:refused",
    (events) => events.emit("channel:refused", failure),
    { 'shoal_joins_refused_total{class="rate"}': 1 },
  ],
  [
    "channel:refused",
    (events) => events.emit("channel:refused", { ...failure, errorClass: "made up" }),
    { 'shoal_joins_refused_total{class="unknown"}': 1 },
  ],
  ["channel:lost", (events) => events.emit("channel:lost", failure), { 'shoal_channels_lost_total{class="rate"}': 1 }],
  [
    "channel:recovered",
    (events) => events.emit("channel:recovered", { ...channel, gapMs: 2000 }),
    { shoal_channel_gap_seconds_sum: 2, shoal_channel_gap_seconds_count: 1 },
  ],
  [
    "channel:failed",
    (events) => events.emit("channel:failed", failure),
    { 'shoal_channels_failed_total{class="rate"}': 1 },
  ],
  ["channel:released", (events) => events.emit("channel:released", channel), { shoal_channels_released_total: 1 }],
  ["message:sent", (events) => events.emit("message:sent", channel), { shoal_broadcasts_sent_total: 1 }],
  ["message:received", (events) => events.emit("message:received", channel), { shoal_broadcasts_received_total: 1 }],
  [
    "presence:dropped",
    (events) => events.emit("presence:dropped", { topic: "lobby", count: 3 }),
    { shoal_presence_dropped_total: 3 },
  ],
  [
    "notice:sent",
    (events) => events.emit("notice:sent", { topic: "user:1", durationMs: 500 }),
    { shoal_notice_duration_seconds_sum: 0.5, shoal_notice_duration_seconds_count: 1 },
  ],
  [
    "notice:failed",
    (events) => events.emit("notice:failed", { topic: "user:1", errorClass: "server", reason: "x" }),
    { 'shoal_notices_failed_total{class="server"}': 1 },
  ],
  [
    "breaker:changed",
    (events) => events.emit("breaker:changed", { state: "held", errorClass: "rate", nextProbeInMs: null }),
    { 'shoal_breaker_changes_total{state="held",class="rate"}': 1 },
  ],
  [
    "breaker:changed",
    (events) => events.emit("breaker:changed", { state: "up", errorClass: null, nextProbeInMs: null }),
    { 'shoal_breaker_changes_total{state="up",class="none"}': 1 },
  ],
  [
    "budget:throttled",
    (events) => events.emit("budget:throttled", { budget: "events", ratio: 0.5, coolDownMs: 10_000 }),
    { 'shoal_budget_throttled_total{budget="events"}': 1 },
  ],
  [
    "send:waited",
    (events) => events.emit("send:waited", { topic: "room:1", waitMs: 500 }),
    { shoal_send_wait_seconds_sum: 0.5, shoal_send_wait_seconds_count: 1 },
  ],
  ["send:refused", (events) => events.emit("send:refused", { topic: "room:1" }), { shoal_sends_refused_total: 1 }],
  [
    "canary:answered",
    (events) => events.emit("canary:answered", { socketId: "s1", roundTripMs: 250 }),
    { shoal_canary_round_trip_seconds_sum: 0.25, shoal_canary_round_trip_seconds_count: 1 },
  ],
  [
    "canary:lost",
    (events) => events.emit("canary:lost", { socketId: "s1", silentMs: 10_000 }),
    { shoal_canary_lost_total: 1 },
  ],
  [
    "socket:stale",
    (events) => events.emit("socket:stale", { socketId: "s1", silentMs: 40_000 }),
    { shoal_sockets_stale_total: 1 },
  ],
  [
    "token:refreshed",
    (events) => events.emit("token:refreshed", { expiresInMs: null }),
    { shoal_token_refreshes_total: 1 },
  ],
  ["token:failed", (events) => events.emit("token:failed", { reason: "x" }), { shoal_token_failures_total: 1 }],
  [
    "changes:ready",
    (events) => events.emit("changes:ready", { ...channel, waitMs: 2000 }),
    { shoal_changes_ready_seconds_sum: 2, shoal_changes_ready_seconds_count: 1 },
  ],
  [
    "changes:failed",
    (events) => events.emit("changes:failed", { ...failure, errorClass: "configuration" }),
    { 'shoal_changes_failed_total{class="configuration"}': 1 },
  ],
];

describe("observePool", () => {
  it.each(POOL_CASES)("counts %s", async (_name, emit, expected) => {
    const metrics = createMetrics();
    const events = createEmitter<ObservedPoolEvents>();
    observePool(metrics, events, () => stats);
    emit(events);
    expect(await nonZero(metrics)).toEqual(expected);
  });

  it("sets its gauges from the pool's stats, and counts reconnects since the last scrape", async () => {
    const metrics = createMetrics();
    const full = {
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
    };
    observePool(metrics, createEmitter<ObservedPoolEvents>(), () => full);
    await metrics.render();
    expect(await nonZero(metrics)).toEqual({
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
    });
  });

  it("shows one state of the breaker at a time, from the first scrape on", async () => {
    const metrics = createMetrics();
    let state = "unknown";
    observePool(metrics, createEmitter<ObservedPoolEvents>(), () => ({ ...stats, breaker: { state } }));
    for (state of ["unknown", "up", "held", "away", "refused"]) {
      await metrics.render();
      expect(await nonZero(metrics)).toEqual({ [`shoal_breaker_state{state="${state}"}`]: 1 });
    }
  });

  it("has no more series for 10,000 channels of 10,000 clients than for none", async () => {
    const metrics = createMetrics();
    const events = createEmitter<ObservedPoolEvents>();
    observePool(metrics, events, () => stats);
    const series = async () => (await metrics.render()).body.split("\n").filter((line) => !/^#|^$/.test(line)).length;
    const before = await series();
    for (let n = 0; n < 10_000; n += 1) {
      const ids = { topic: `room:${n}`, clientId: `bot-${n}`, socketId: `socket-${n}` };
      for (const [name, event] of samplesOf(ids)) events.emit(name, event);
    }
    expect(await series()).toBe(before);
    // All of them were heard.
    expect(await nonZero(metrics)).toMatchObject({
      shoal_joins_total: 10_000,
      'shoal_changes_failed_total{class="server"}': 10_000,
    });
  });

  it("takes every listener and its stats away again", async () => {
    const metrics = createMetrics();
    const events = createEmitter<ObservedPoolEvents>();
    const stop = observePool(metrics, events, () => ({ ...stats, reconnects: 7 }));
    stop();
    for (const [, emit] of POOL_CASES) emit(events);
    expect(events.listenerCount).toBe(0);
    expect(await nonZero(metrics)).toEqual({});
  });
});

const seats = (...bots: boolean[]) => ({ matchId: "m1", seats: bots.map((bot) => ({ bot })) });

type MatchCase = readonly [
  name: string,
  emit: (events: Emitter<ObservedMatchmakerEvents>) => void,
  expected: Record<string, number>,
];

const MATCH_CASES: readonly MatchCase[] = [
  ["an opened ticket", (events) => events.emit("ticket:opened", { ticketId: "t" }), { shoal_tickets_opened_total: 1 }],
  [
    "a ticket put back",
    (events) => events.emit("ticket:requeued", { ticketId: "t", reason: "not-confirmed" }),
    { 'shoal_tickets_requeued_total{reason="not-confirmed"}': 1 },
  ],
  [
    "a closed ticket",
    (events) => events.emit("ticket:closed", { ticketId: "t", reason: "person-left" }),
    { 'shoal_tickets_closed_total{reason="person-left"}': 1 },
  ],
  [
    "a match of two people, each with an own wait",
    (events) => events.emit("match:made", { match: seats(false, false), waitMs: [500, 1500] }),
    {
      'shoal_matches_made_total{kind="person_person"}': 1,
      'shoal_match_wait_seconds_sum{kind="person_person"}': 2,
      'shoal_match_wait_seconds_count{kind="person_person"}': 2,
    },
  ],
  [
    "a match with a bot, in whichever seat",
    (events) => events.emit("match:made", { match: seats(true, false), waitMs: [4000] }),
    {
      'shoal_matches_made_total{kind="person_bot"}': 1,
      'shoal_match_wait_seconds_sum{kind="person_bot"}': 4,
      'shoal_match_wait_seconds_count{kind="person_bot"}': 1,
    },
  ],
  ["a confirmed match", (events) => events.emit("match:live", { matchId: "m" }), { shoal_matches_confirmed_total: 1 }],
  ["an expired match", (events) => events.emit("match:expired", { matchId: "m" }), { shoal_matches_expired_total: 1 }],
  [
    "an ended match",
    (events) => events.emit("match:ended", { matchId: "m", reason: "left" }),
    { 'shoal_matches_ended_total{reason="left"}': 1 },
  ],
  [
    "a finished cycle",
    (events) => events.emit("cycle:finished", { durationMs: 2, waiting: 3 }),
    {
      shoal_match_cycle_duration_seconds_sum: 0.002,
      shoal_match_cycle_duration_seconds_count: 1,
      shoal_tickets_waiting: 3,
    },
  ],
  [
    "a failed cycle",
    (events) => events.emit("cycle:failed", { code: "STORE_UNREACHABLE" }),
    { 'shoal_match_cycles_failed_total{code="STORE_UNREACHABLE"}': 1 },
  ],
];

describe("a source that emits more than is asked for", () => {
  interface RicherEvents extends ObservedMatchmakerEvents {
    "ticket:opened": { readonly ticketId: string; readonly userId: string };
    "ticket:pampered": { readonly ticketId: string };
  }

  it("will do as it is", async () => {
    const metrics = createMetrics();
    const events = createEmitter<RicherEvents>();
    observeMatchmaker(metrics, events);
    events.emit("ticket:opened", { ticketId: "t1", userId: "u1" });
    events.emit("ticket:pampered", { ticketId: "t1" });
    expect(await nonZero(metrics)).toEqual({ shoal_tickets_opened_total: 1 });
  });
});

describe("observeMatchmaker", () => {
  it.each(MATCH_CASES)("counts %s", async (_name, emit, expected) => {
    const metrics = createMetrics();
    const events = createEmitter<ObservedMatchmakerEvents>();
    observeMatchmaker(metrics, events);
    emit(events);
    expect(await nonZero(metrics)).toEqual(expected);
  });

  it("takes every listener away again", async () => {
    const metrics = createMetrics();
    const events = createEmitter<ObservedMatchmakerEvents>();
    observeMatchmaker(metrics, events)();
    for (const [, emit] of MATCH_CASES) emit(events);
    expect(events.listenerCount).toBe(0);
    expect(await nonZero(metrics)).toEqual({});
  });
});
