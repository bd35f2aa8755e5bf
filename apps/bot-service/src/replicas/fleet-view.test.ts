import { describe, expect, it } from "vitest";
import { fleetView } from "../http/replicas.ts";
import { rowOf } from "./fleet-view.test-support.ts";
import { fleetViewOf } from "./fleet-view.ts";
import { rendezvousOrder } from "./rendezvous.ts";

describe("the fleet as all replicas see it", () => {
  it.each([
    ["live", {}],
    ["late", { is_late: true }],
    ["draining", { is_draining: true, is_late: true }],
    ["lost", { is_lost: true, is_draining: true, is_late: true }],
  ])("calls a replica %s", (state, row) => {
    expect(fleetViewOf([rowOf(row)], null).replicas).toMatchObject([{ state }]);
  });

  it("is led by the first for the lobby of those that run bots, live and do not drain, late ones last", () => {
    const ids = rendezvousOrder("lobby", ["a", "b", "c", "d", "e"], (id) => id);
    const [gone = "", worker = "", leaving = "", late = "", first = ""] = ids;
    const rows = [
      rowOf({ replica_id: gone, is_lost: true, people: 1, target: 1 }),
      rowOf({ replica_id: worker, role: "worker", people: 2, target: 2 }),
      rowOf({ replica_id: leaving, is_draining: true, people: 3, target: 3 }),
      rowOf({ replica_id: late, is_late: true, people: 4, target: 4 }),
      rowOf({ replica_id: first, people: 5, target: 6 }),
    ];
    expect(fleetViewOf(rows, 2)).toMatchObject({ lead: first, people: 5, target: 6, wanted_replicas: 2 });
    expect(fleetViewOf(rows.slice(0, 4), 2)).toMatchObject({ lead: late, people: 4, target: 4 });
    expect(fleetViewOf(rows.slice(0, 3), null)).toMatchObject({ lead: null, people: null, target: null });
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
