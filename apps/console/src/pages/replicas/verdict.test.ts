import type { FleetView, ReplicaBody } from "@shoal/bot-service/bodies";
import { expect, it } from "vitest";
import { placesOf, remarksOn, versionsOf } from "./verdict.ts";

const AT = "2026-01-01T00:00:00.000Z";
const replica = (rest: Partial<ReplicaBody> = {}): ReplicaBody => ({
  ...{ replica_id: "r1", version: "1.0.0", protocol: 1, role: "all", state: "live", is_draining: false },
  ...{
    started_at: AT,
    renewed_at: AT,
    up_ms: 1000,
    renewed_ago_ms: 100,
    people: 3,
    target: 5,
    places: 5,
    places_max: 10,
  },
  ...{ deployed: 0, matches_live: 0, is_ready: true, not_ready: [], bots: null, sockets: 1, slots: 5, joins_used: 0 },
  ...{ joins_refused: 0, resident_bytes: 1, event_loop_lag_ms: 1, ...rest },
});
const fleet = (replicas: readonly Partial<ReplicaBody>[], rest: Partial<FleetView> = {}): FleetView => ({
  ...{ replicas: replicas.map(replica), lead: "r1", people: 3, target: 5, wanted_replicas: 1, ...rest },
});

it("says that all is well where it is", () => {
  expect(remarksOn(fleet([{}]))).toEqual([{ tone: "good", text: "All replicas live, and are of one version." }]);
  expect(remarksOn(fleet([{ role: "worker", places: 0 }], { lead: null, target: null }))).toMatchObject([
    { tone: "good" },
  ]);
});

it.each<[string, FleetView, string, RegExp]>([
  ["nobody leads", fleet([{}], { lead: null }), "bad", /No replica leads/],
  ["one is lost", fleet([{}, { state: "lost", places: 0 }]), "bad", /1 replica lost/],
  [
    "two are late",
    fleet([{ state: "late" }, { state: "late", places: 0 }], { wanted_replicas: 2 }),
    "warn",
    /2 replicas late/,
  ],
  ["one is not ready", fleet([{ is_ready: false }]), "bad", /1 replica not ready/],
  ["one drains", fleet([{}, { state: "draining", places: 0 }]), "info", /1 replica draining/],
  ["more bots are wanted than may run", fleet([{ places: 10 }], { target: 20 }), "warn", /20 bots .* may run 10/],
  ["bots have no place yet", fleet([{ places: 2 }]), "info", /2 of 5 bots/],
  ["there is one alone", fleet([{}], { wanted_replicas: 2 }), "info", /^One replica runs, .* 2 are wanted/],
  ["there are too few for the load", fleet([{}], { wanted_replicas: 3 }), "warn", /^One replica runs, .* 3 are wanted/],
  [
    "there are too few of several",
    fleet([{}, {}], { wanted_replicas: 3 }),
    "warn",
    /^2 replicas run, and 3 are wanted/,
  ],
  ["versions differ", fleet([{}, { version: "1.1.0", places: 0 }]), "info", /1\.0\.0 \(1\), 1\.1\.0 \(1\)/],
])("remarks that %s", (_what, view, tone, text) => {
  expect(remarksOn(view)).toEqual([{ tone, text: expect.stringMatching(text) }]);
});

it("counts places and versions of those that are there, and places of none that runs no bots", () => {
  const view = fleet([
    {},
    { state: "lost", version: "0.9.0", places: 4 },
    { role: "worker", places: 0, version: "1.1.0" },
    {},
  ]);
  expect(placesOf(view)).toEqual({ taken: 10, wanted: 5 });
  expect(versionsOf(view)).toEqual([
    ["1.0.0", 2],
    ["1.1.0", 1],
  ]);
});
