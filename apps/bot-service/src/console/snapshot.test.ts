import { createEmitter } from "@shoal/kernel";
import { createHealth } from "@shoal/monitor";
import type { PoolEvents, PoolStats } from "@shoal/realtime-pool";
import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { consoleSnapshot } from "../http/console-snapshot-body.ts";
import type { ServicePhase } from "../http/operation.ts";
import { memberOf } from "../replicas/members.test-support.ts";
import { createSnapshots } from "./snapshot.ts";

const budget = { used: 1, allowed: 10, ratio: 1 };
const STATS: PoolStats = {
  sockets: { open: 1, connecting: 0, probing: 0, max: 10 },
  breaker: { state: "up", errorClass: null, cause: null },
  slots: { held: 1, free: 9, capacity: 10 },
  channels: { waiting: 0, joining: 0, joined: 1, failed: 0, released: 0 },
  joins: { total: 1, refused: 0, pending: 0, paced: 0 },
  budgets: { joins: budget, events: budget, presence: budget },
  reconnects: 0,
  responseMs: { mean: 1, p50: 1, p95: 2, p99: 3 },
  errorsByClass: {} as PoolStats["errorsByClass"],
};

function makeSnapshots() {
  const clock = createSimulatedClock();
  const events = createEmitter<PoolEvents>();
  const health = createHealth({ clock });
  const state = { cpuSeconds: 0, phase: "open" as ServicePhase, replicas: [memberOf("a"), memberOf("b")] };
  const snapshots = createSnapshots({
    ...{ clock, health, replicaId: "b", version: "1", role: "all", phase: () => state.phase },
    members: {
      get live() {
        return state.replicas;
      },
      seniors: [memberOf("b")],
    },
    pool: { events, getStats: () => STATS },
    service: () => ({
      people: { present: 3, waiting: 1 },
      bots: { target: 2, starting: 0, idle: 1, talking: 1, stopping: 0, quarantined: 0 },
      matches: { personPerson: 1, personBot: 2, live: 1 },
      messages: { sent: 1, received: 2, malformed: 3 },
      joins: { total: 1, refused: 0, windowUsed: 1, windowBudget: 10 },
      ...{ sockets: 1, slots: 1, errorsByClass: {} },
    }),
    ...{ waits: { values: () => Float64Array.of(10, 20) }, longestWaitMs: () => 5, botStates: () => ({ idle: 1 }) },
    ...{ deployedStates: () => ({}), work: () => undefined, strategies: () => undefined },
    connections: () => ({ limit: 4, busyCount: 1, waitingCount: 0 }),
    processFigures: () => ({
      ...{ cpuSeconds: state.cpuSeconds, residentBytes: 2, heapUsedBytes: 1, openFds: null, startedAtSeconds: 0 },
    }),
  });
  onTestFinished(() => {
    snapshots.close();
    health.close();
    expect([events.listenerCount, clock.pendingTimers]).toEqual([0, 0]);
  });
  const read = () => consoleSnapshot.parse({ ...snapshots.read({ boot_id: "boot", streams: 7 }), firing: [] });
  return { clock, events, state, read };
}

describe("a snapshot", () => {
  it("has all figures of a daemon, by the schema", async () => {
    const { clock, read } = makeSnapshots();
    await clock.advance(1500);
    expect(read()).toMatchObject({
      ...{ boot_id: "boot", replica_id: "b", up_ms: 1500, started_at: "2026-01-01T00:00:00.000Z" },
      people: { present: 3, waiting: 1, longest_wait_ms: 5, wait_ms: { count: 2, p50: 10 } },
      matches: { person_person: 1, person_bot: 2, live: 1 },
      ...{ work: null, strategies: null, database: { busy: 1, waiting: 0, limit: 4 }, process: { streams: 7 } },
    });
  });

  it("is not ready while the daemon starts, as /readyz has it", () => {
    const { state, read } = makeSnapshots();
    expect(read().readiness).toMatchObject({ ok: true, status: "ready" });
    state.phase = "starting";
    expect(read().readiness).toMatchObject({ ok: false, status: "not-ready" });
  });

  it("says since when the breaker is as it is, and how long a budget is held", async () => {
    const { clock, events, read } = makeSnapshots();
    await clock.advance(1000);
    const change = { errorClass: null, cause: null, nextProbeInMs: null };
    events.emit("breaker:changed", { state: "held", ...change });
    await clock.advance(1000);
    events.emit("breaker:changed", { state: "held", ...change });
    events.emit("budget:throttled", { budget: "events", ratio: 0.5, coolDownMs: 10_000 });
    await clock.advance(4000);
    const { breaker, budgets } = read().pool;
    expect(breaker.since).toBe("2026-01-01T00:00:01.000Z");
    expect([budgets.joins.held_ms, budgets.events.held_ms]).toEqual([0, 6000]);
    await clock.advance(7000);
    expect(read().pool.budgets.events.held_ms).toBe(0);
  });

  it("has the part of a processor that was used since the last", async () => {
    const { clock, state, read } = makeSnapshots();
    expect(read().process.cpu_ratio).toBe(0);
    state.cpuSeconds = 0.5;
    await clock.advance(1000);
    expect([read().process.cpu_ratio, read().process.cpu_ratio]).toEqual([0.5, 0.5]);
  });

  it("shows 50 replicas at most, the lead among them, and how many there are", () => {
    const { state, read } = makeSnapshots();
    state.replicas = Array.from({ length: 60 }, (_, n) => memberOf(`a${n}`)).concat(memberOf("b"));
    const { replicas, replica_count } = read();
    expect([replicas.length, replica_count, replicas[0]?.replica_id, replicas[0]?.is_lead]).toEqual([
      50,
      61,
      "b",
      true,
    ]);
    expect(replicas.filter(({ is_lead }) => is_lead)).toHaveLength(1);
  });
});
