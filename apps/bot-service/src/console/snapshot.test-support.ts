import type { Unjudged } from "./snapshot.ts";

const AT = "2026-01-01T00:00:00.000Z";
const budget = () => ({ used: 0, allowed: 100, ratio: 1, held_ms: 0 });

/** Makes the snapshot of a daemon that is well. */
export function makeSnapshot(): Unjudged {
  return {
    ...{
      at: AT,
      boot_id: "boot",
      replica_id: "r1",
      version: "1",
      role: "all",
      phase: "open",
      started_at: AT,
      up_ms: 0,
    },
    readiness: { ok: true, status: "ready", dependencies: [], loops: [] },
    people: { present: 0, waiting: 0, longest_wait_ms: null, wait_ms: { count: 0, p50: 0, p95: 0, p99: 0 } },
    bots: { target: 0, quarantined: 0, states: {}, deployed: {} },
    matches: { person_person: 0, person_bot: 0, live: 0 },
    messages: { sent: 0, received: 0, malformed: 0 },
    pool: {
      breaker: { state: "up", error_class: null, cause: null, since: AT },
      sockets: { open: 1, connecting: 0, probing: 0, max: 10 },
      slots: { held: 1, free: 9, capacity: 10 },
      channels: { waiting: 0, joining: 0, joined: 1, failed: 0, released: 0 },
      joins: { total: 1, refused: 0, pending: 0, paced: 0 },
      budgets: { joins: budget(), events: budget(), presence: budget() },
      reconnects: 0,
      response_ms: { p50: 0, p95: 0, p99: 0 },
      errors_by_class: {},
    },
    work: null,
    strategies: {
      ...{ running: 0, paused: 0, stopped: 0, quarantined: 0, due: 0, oldest_due_ms: 0, owners: 0, owners_failing: 0 },
      orders: { intended: 0, sent: 0, unknown: 0, open: 0, oldest_intended_ms: 0, oldest_unknown_ms: 0 },
    },
    database: { busy: 0, waiting: 0, limit: 4 },
    process: {
      ...{
        resident_bytes: 1,
        heap_used_bytes: 1,
        cpu_ratio: 0,
        lag_ms: 0,
        max_lag_ms: 0,
        open_files: null,
        streams: 0,
      },
    },
    replicas: [{ replica_id: "r1", version: "1", role: "all", is_draining: false, is_late: false, is_lead: true }],
    replica_count: 1,
  };
}
