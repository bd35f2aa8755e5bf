import { describe, expect, it } from "vitest";
import { fleetView } from "../http/replica-bodies.ts";
import { rowOf } from "./fleet-view.test-support.ts";
import { fleetViewOf } from "./fleet-view.ts";

describe("the fleet as all replicas see it", () => {
  it.each([
    ["live", {}],
    ["late", { is_late: true }],
    ["draining", { is_draining: true, is_late: true }],
    ["lost", { is_lost: true, is_draining: true, is_late: true }],
  ])("calls a replica %s", (state, row) => {
    expect(fleetViewOf([rowOf(row)], null).replicas).toMatchObject([{ state }]);
  });

  it("is led by the oldest of those that run bots, live and do not drain, late ones last", () => {
    const since = (second: number) => new Date(second * 1000);
    const rows = [
      rowOf({ replica_id: "new", started_at: since(5), people: 7, target: 7 }),
      rowOf({ replica_id: "first", started_at: since(4), people: 5, target: 6 }),
      rowOf({ replica_id: "late", started_at: since(3), is_late: true, people: 4, target: 4 }),
      rowOf({ replica_id: "leaving", started_at: since(2), is_draining: true, people: 3, target: 3 }),
      rowOf({ replica_id: "worker", started_at: since(1), role: "worker", people: 2, target: 2 }),
      rowOf({ replica_id: "gone", started_at: since(0), is_lost: true, people: 1, target: 1 }),
    ];
    expect(fleetViewOf(rows, 2)).toMatchObject({ lead: "first", people: 5, target: 6, wanted_replicas: 2 });
    expect(fleetViewOf(rows.slice(2), 2)).toMatchObject({ lead: "late", people: 4, target: 4 });
    expect(fleetViewOf(rows.slice(3), null)).toMatchObject({ lead: null, people: null, target: null });
  });

  it.each([
    [null],
    ["text"],
    [[1]],
    [{}],
    [{ bots: "many", sockets: "a", is_ready: "yes", not_ready: 3, joins_used: 1.5, event_loop_lag_ms: null }],
    [{ bots: { idle: null }, later: { added: [1] } }],
  ])("shows a replica whose snapshot is of another version: %j", (snapshot) => {
    const view = fleetViewOf([rowOf({ snapshot })], null);
    expect(fleetView.parse(view)).toEqual(view);
    expect(view.replicas).toMatchObject([
      { bots: null, sockets: null, joins_used: null, is_ready: null, not_ready: [] },
    ]);
  });
});
