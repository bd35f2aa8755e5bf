import { seededRng, soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Split, type SplitMember, split } from "./split.ts";

const NONE: ReadonlySet<number> = new Set();

function member(replicaId: string, places: readonly number[] = [], botMax = 10_000): SplitMember {
  return { replicaId, places, botMax };
}

function splitOf(target: number, members: readonly SplitMember[], replicaId = "a", unable = NONE): Split {
  return split({ target, members, replicaId, unable, leaving: [], numberMax: 2 * target });
}

describe("the split of the fleet's numbers", () => {
  it("gives all of them to the only replica", () => {
    expect(splitOf(3, [member("a")])).toEqual({ quota: 3, keep: [], claim: [1, 2, 3], release: [] });
    expect(splitOf(3, [member("a", [2, 4])])).toEqual({ quota: 3, keep: [2], claim: [1, 3], release: [4] });
    expect(splitOf(0, [member("a", [2])])).toEqual({ quota: 0, keep: [], claim: [], release: [2] });
  });

  it("gives none to one that does not run bots, and none that another still holds", () => {
    expect(splitOf(3, [member("b")])).toEqual({ quota: 0, keep: [], claim: [], release: [] });
    const request = { target: 3, replicaId: "a", unable: NONE, numberMax: 6 };
    expect(split({ ...request, members: [member("a")], leaving: [1, 3] }).claim).toEqual([2]);
  });

  it("lets each keep what it holds up to its quota, and what comes first of that", () => {
    const members = [member("a", [9, 3, 1, 2, 4]), member("b", [5, 6]), member("c", [7, 8])];
    expect(splitOf(9, members)).toEqual({ quota: 3, keep: [9, 3, 1], claim: [], release: [2, 4] });
    expect(splitOf(9, members, "b")).toEqual({ quota: 3, keep: [5, 6], claim: [], release: [] });
  });

  it("leaves the larger quota to those that hold most", () => {
    const members = [member("a", [1, 2, 3]), member("b", [4, 5, 6, 7]), member("c", [8, 9, 10])];
    expect(["a", "b", "c"].map((id) => splitOf(10, members, id).quota)).toEqual([3, 4, 3]);
  });

  it("shares what one may not run among the others", () => {
    const members = [member("a", [], 1), member("b"), member("c", [], 0), member("d")];
    expect(["a", "b", "c", "d"].map((id) => splitOf(9, members, id).quota)).toEqual([1, 4, 0, 4]);
    expect(splitOf(9, [member("a", [], 2), member("b", [], 3)], "b").quota).toBe(3);
  });

  it("runs another number for one that this replica cannot run, unless somebody else does", () => {
    expect(splitOf(3, [member("a", [1, 3])], "a", new Set([2]))).toMatchObject({ keep: [1, 3], claim: [4] });
    expect(splitOf(3, [member("a", [1, 3, 4])], "a", new Set([2]))).toMatchObject({ keep: [1, 3, 4], release: [] });
    // It may be run again: the other one ends.
    expect(splitOf(3, [member("a", [1, 3, 4])])).toMatchObject({ keep: [1, 3], claim: [2], release: [4] });
    expect(splitOf(3, [member("a", [1, 2, 3])], "a", new Set([2]))).toMatchObject({ claim: [4], release: [2] });
    expect(splitOf(4, [member("a", [1]), member("b", [2, 3, 4])], "a", new Set([2]))).toMatchObject({ claim: [] });
    for (const id of ["b", "c", "d", "e"]) {
      const request = {
        target: 4,
        members: [member("a", [2]), member(id)],
        leaving: [3, 4],
        replicaId: "a",
        numberMax: 8,
      };
      expect(split({ ...request, unable: new Set([1]) }).claim, `beside ${id}`).toEqual([5]);
    }
    // What stands in may be unable, too; it ends at the largest number.
    expect(splitOf(2, [member("a")], "a", new Set([1, 2, 3]))).toMatchObject({ claim: [4] });
    expect(splitOf(2, [member("a")], "a", new Set([1, 2, 3, 4]))).toMatchObject({ claim: [] });
  });

  it("counts what is still ending against what a replica may run", () => {
    expect(splitOf(4, [member("a", [5, 6], 3), member("b", [], 1)])).toMatchObject({ release: [5, 6], quota: 3 });
    expect(splitOf(4, [member("a", [5, 6], 3), member("b", [], 1)]).claim).toHaveLength(1);
  });

  it("keeps the others even where one holds more than its share, because its bots talk", () => {
    const talking = member("a", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const members = [talking, ...["b", "c", "d", "e"].map((id) => member(id))];
    const claims = members.slice(1).map(({ replicaId }) => splitOf(20, members, replicaId).claim.length);
    expect(claims.sort()).toEqual([2, 2, 3, 3]);
  });

  it("splits ten thousand bots in a moment", () => {
    const numbers = Array.from({ length: 10_000 }, (_, at) => at + 1);
    const members = ["a", "b", "c", "d", "e"].map((id, at) =>
      member(id, at < 4 ? numbers.filter((n) => n % 4 === at) : []),
    );
    const released = members.flatMap(({ replicaId }) => splitOf(10_000, members, replicaId).release);
    expect(released).toHaveLength(2000);
    expect(splitOf(10_000, members, "e")).toMatchObject({ quota: 2000, claim: [] });
  });
});

interface Replica {
  places: Set<number>;
  readonly botMax: number;
  readonly unable: Set<number>;
  readonly talking: Set<number>;
  isDraining: boolean;
}

/** A fleet that grants each number once, as the database does, and whose replicas all look before any of them acts. */
class Fleet {
  readonly replicas = new Map<string, Replica>();
  target = 0;
  #count = 0;
  readonly #rng;

  constructor(seed: number) {
    this.#rng = seededRng(seed);
  }

  join(botMax: number): void {
    const replica = {
      places: new Set<number>(),
      botMax,
      unable: new Set<number>(),
      talking: new Set<number>(),
      isDraining: false,
    };
    this.replicas.set(`replica-${++this.#count}`, replica);
  }

  get running(): Replica[] {
    return [...this.replicas.values()].filter(({ isDraining }) => !isDraining);
  }

  holders(): Map<number, Replica> {
    return new Map([...this.replicas.values()].flatMap((each) => [...each.places].map((number) => [number, each])));
  }

  #splits(): [string, Replica, Split][] {
    const entries = [...this.replicas].sort(([one], [other]) => (one < other ? -1 : 1));
    const running = entries.filter(([, { isDraining }]) => !isDraining);
    const members = running.map(([replicaId, { places, botMax }]) => ({ replicaId, botMax, places: [...places] }));
    const leaving = entries.flatMap(([, { places, isDraining }]) => (isDraining ? [...places] : []));
    return running.map(([replicaId, replica]) => {
      const places = [...replica.places].sort(
        (one, other) => Number(replica.talking.has(other)) - Number(replica.talking.has(one)) || one - other,
      );
      const seen = members.map((each) => (each.replicaId === replicaId ? { ...each, places } : each));
      const request = { target: this.target, members: seen, leaving, replicaId, unable: replica.unable, numberMax: 60 };
      return [replicaId, replica, split(request)];
    });
  }

  /** Lets all look and act, in any order, until nobody has anything to do; returns how often that was. */
  settle(): number {
    for (let rounds = 0; rounds < 20; rounds += 1) {
      let isChanged = false;
      const splits = this.#splits().map((each) => ({ each, at: this.#rng.next() }));
      for (const { each } of splits.sort((one, other) => one.at - other.at)) {
        const [, replica, { keep, claim, release }] = each;
        const stay = release.filter((number) => replica.talking.has(number));
        const held = this.holders();
        const granted = claim.filter((number) => !held.has(number));
        isChanged ||= granted.length > 0 || stay.length < release.length;
        replica.places = new Set([...keep, ...granted, ...stay]);
      }
      if (!isChanged) return rounds;
    }
    throw new Error("the split does not come to rest");
  }
}

type Step =
  | { readonly kind: "join"; readonly botMax: number }
  | { readonly kind: "kill" | "drain" | "talk" | "hush" | "quarantine" | "heal"; readonly at: number }
  | { readonly kind: "target"; readonly target: number };

const stepOf: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("join" as const), botMax: fc.oneof(fc.constant(10_000), fc.nat(8)) }),
  fc.record({ kind: fc.constantFrom("kill", "drain", "talk", "hush", "quarantine", "heal"), at: fc.nat(1000) }),
  fc.record({ kind: fc.constant("target" as const), target: fc.nat(30) }),
);

function apply(fleet: Fleet, step: Step): void {
  if (step.kind === "join") return fleet.join(step.botMax);
  if (step.kind === "target") {
    fleet.target = step.target;
    return;
  }
  const [replicaId, replica] = [...fleet.replicas][step.at % Math.max(1, fleet.replicas.size)] ?? [];
  if (!replicaId || !replica) return;
  const number = [...replica.places][step.at % Math.max(1, replica.places.size)];
  if (step.kind === "kill") fleet.replicas.delete(replicaId);
  if (step.kind === "drain") {
    replica.isDraining = true;
    replica.places = replica.places.intersection(replica.talking);
  }
  if (step.kind === "talk" && number) replica.talking.add(number);
  if (step.kind === "quarantine" && number) {
    replica.unable.add(number);
    replica.talking.delete(number);
  }
  if (step.kind === "hush") {
    if (replica.isDraining) fleet.replicas.delete(replicaId);
    replica.talking.clear();
  }
  if (step.kind === "heal") replica.unable.clear();
}

const NO_CAP = 10_000;

function isCalm({ replicas }: Fleet): boolean {
  return [...replicas.values()].every(({ talking, unable }) => talking.size + unable.size === 0);
}

/** Asserts what holds of a fleet at rest. */
function expectRest(fleet: Fleet): void {
  const numbers = [...fleet.replicas.values()].flatMap(({ places }) => [...places]);
  expect(new Set(numbers).size, "each number once").toBe(numbers.length);
  for (const { places, botMax, talking } of fleet.running) {
    expect(places.difference(talking).size, "no more than it may run").toBeLessThanOrEqual(botMax);
  }
  if (!isCalm(fleet)) return;
  const mostOfAll = fleet.running.reduce((sum, { botMax }) => sum + botMax, 0);
  expect(numbers.length, "the target").toBe(Math.min(fleet.target, mostOfAll));
  expect(Math.max(0, ...numbers), "no number above the target").toBeLessThanOrEqual(fleet.target);
  const open = fleet.running.filter(({ places, botMax }) => places.size < botMax).map(({ places }) => places.size);
  for (const { places } of fleet.running)
    expect(places.size, "even within one").toBeLessThanOrEqual(Math.min(...open) + 1);
}

/** Returns how many numbers must at least leave replicas that hold so many, for all to be even. */
function fewestMoves(counts: readonly number[], target: number): number {
  const base = Math.floor(target / counts.length);
  const quotaAt = (rank: number) => (rank < target - base * counts.length ? base + 1 : base);
  const ranked = counts.toSorted((one, other) => other - one);
  return ranked.reduce((sum, count, rank) => sum + Math.max(0, count - quotaAt(rank)), 0);
}

describe("a fleet that splits", () => {
  it("comes to rest evenly after whatever happens, and moves no more than must move", () => {
    fc.assert(
      fc.property(fc.array(stepOf, { maxLength: 40 }), fc.nat(), (steps, seed) => {
        const fleet = new Fleet(seed);
        for (const step of [{ kind: "join", botMax: NO_CAP } as const, ...steps]) {
          apply(fleet, step);
          const before = [...fleet.holders()].filter(([number]) => number <= fleet.target);
          const counts = fleet.running.map((replica) => before.filter(([, holder]) => holder === replica).length);
          expect(fleet.settle(), "rounds").toBeLessThanOrEqual(8);
          expectRest(fleet);
          expect(fleet.settle(), "rounds at rest").toBe(0);
          if (!isCalm(fleet) || counts.length === 0 || fleet.running.some(({ botMax }) => botMax < NO_CAP)) continue;
          const now = fleet.holders();
          const moved = before.filter(([number, replica]) => now.get(number) !== replica);
          expect(moved.length, `numbers moved by ${step.kind}`).toBe(fewestMoves(counts, fleet.target));
        }
      }),
      { numRuns: soakRuns(300, 20_000) },
    );
  });
});
