import type { ReplicaRow } from "./fleet-view.ts";

const AT = new Date("2026-01-01T00:00:00.000Z");

/** A row as the database has it, of a replica that is well. */
export function rowOf(more: Partial<ReplicaRow> = {}): ReplicaRow {
  return {
    ...{ replica_id: "3d6a1f2e-0000-4000-8000-000000000001", version: "0.1.0", protocol: 1, role: "all" },
    ...{ is_draining: false, is_lost: false, is_late: false },
    ...{ started_at: AT, renewed_at: AT, up_ms: 3_723_000, renewed_ago_ms: 400 },
    ...{ people: 60, target: 15, places: 8, bot_max: 10_000, deployed: 2, matches_live: 3 },
    snapshot: {
      ...{ is_ready: true, not_ready: [], bots: { idle: 7, talking: 3 }, sockets: 4, slots: 12 },
      ...{ joins_used: 120, joins_refused: 0, resident_bytes: 180_000_000, event_loop_lag_ms: 2 },
    },
    ...more,
  };
}
