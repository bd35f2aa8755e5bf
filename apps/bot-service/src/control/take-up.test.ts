import { integer, type Rng, seededRng } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { imbalanceOf, keepCount, quotasOf, takeUp } from "./take-up.ts";

const ROOMY = { freeCount: 10_000, freeForOperatorCount: 10_000 };
const never = () => false;
const always = () => true;
const lineOf = (ids: Iterable<string>) => [...ids].sort().map((botId) => ({ botId, isOperators: true }));

/** Replicas with their bots, and the bots that nobody runs. */
class Fleet {
  readonly bots = new Map<string, Set<string>>();
  free = new Set<string>();
  #nextId = 0;

  get spread() {
    return { held: new Map([...this.bots].map(([id, held]) => [id, held.size])), freeCount: this.free.size };
  }

  join() {
    this.#nextId += 1;
    this.bots.set(`r${this.#nextId}`, new Set());
  }

  /** Its bots are free. */
  die(id: string) {
    this.free = this.free.union(this.bots.get(id) ?? new Set());
    this.bots.delete(id);
  }

  deploy(count: number) {
    for (let n = 0; n < count; n += 1) this.free.add(`bot ${this.#nextId + n}`);
    this.#nextId += count;
  }

  /**
   * Lets all take what is theirs: after a look at the same moment, or each after a look at what those before have left. Returns how many
   * went for a bot that another has taken.
   */
  takeUp(isLeft = never, ids: readonly string[] = [...this.bots.keys()], isAtOnce = true): number {
    const look = (id: string) => takeUp(id, this.spread, lineOf(this.free), ROOMY, isLeft);
    const seen = new Map(isAtOnce ? ids.map((id) => [id, look(id)]) : []);
    let collisions = 0;
    for (const id of ids) {
      for (const botId of seen.get(id) ?? look(id)) {
        if (this.free.delete(botId)) this.bots.get(id)?.add(botId);
        else collisions += 1;
      }
    }
    return collisions;
  }

  /** Lets each give one bot away that has too many. Returns whether one did. */
  give(): boolean {
    const givers = [...this.bots.keys()].filter((id) => imbalanceOf(id, this.spread).surplusCount > 0);
    for (const id of givers) {
      const [botId] = this.bots.get(id) ?? [];
      if (botId === undefined) continue;
      this.bots.get(id)?.delete(botId);
      this.free.add(botId);
    }
    return givers.length > 0;
  }
}

function expectEven({ spread }: Fleet) {
  const counts = [...spread.held.values()];
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
}

function changeAtRandom(fleet: Fleet, rng: Rng) {
  const ids = [...fleet.bots.keys()];
  const kind = integer(rng, 0, 3);
  if (kind === 0 || ids.length < 2) fleet.join();
  else if (kind === 1) fleet.die(ids[integer(rng, 0, ids.length - 1)] ?? "");
  else if (kind === 2) fleet.deploy(integer(rng, 1, 30));
  else
    for (const bots of fleet.bots.values())
      for (const botId of [...bots].slice(0, integer(rng, 0, 4))) bots.delete(botId);
}

describe("the take-up of free bots", () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    "ends even whatever happens, and nothing moves then; seed %i",
    (seed) => {
      const rng = seededRng(seed);
      const fleet = new Fleet();
      fleet.join();
      for (let step = 0; step < 30; step += 1) {
        changeAtRandom(fleet, rng);
        const inOrder = [...fleet.bots.keys()].toSorted(() => rng.next() - 0.5);
        expect(fleet.takeUp(never, inOrder, rng.next() < 0.5)).toBe(0);
        expect(fleet.free.size).toBe(0);
        const surplus = surplusOf(fleet);
        let turns = 0;
        while (fleet.give()) {
          expect(fleet.takeUp()).toBe(0);
          expect(fleet.free.size).toBe(0);
          turns += 1;
          // No bot moves that does not have to.
          expect(turns).toBeLessThanOrEqual(surplus);
        }
        expectEven(fleet);
        expect(surplusOf(fleet)).toBe(0);
      }
    },
  );

  it("spreads the bots of a dead replica over the others at once", () => {
    const fleet = new Fleet();
    for (let n = 0; n < 3; n += 1) fleet.join();
    fleet.deploy(34);
    fleet.takeUp();
    expect([...fleet.spread.held.values()].sort()).toEqual([11, 11, 12]);
    fleet.die("r2");
    expect(fleet.takeUp()).toBe(0);
    expect([...fleet.spread.held.values()]).toEqual([17, 17]);
  });

  it("leaves to others what is theirs, until that has been left long enough", () => {
    const fleet = new Fleet();
    for (let n = 0; n < 3; n += 1) fleet.join();
    fleet.deploy(9);
    fleet.takeUp(never, ["r1", "r2"]);
    expect([...fleet.spread.held.values()]).toEqual([3, 3, 0]);
    fleet.takeUp(never, ["r1", "r2"]);
    expect(fleet.free.size).toBe(3);
    fleet.takeUp(always, ["r1"]);
    expect([...fleet.spread.held.values()]).toEqual([6, 3, 0]);
  });

  it("takes no more than there is room for, and the operator's bots where there is none for owners", () => {
    const line = [
      { botId: "op", isOperators: true },
      { botId: "a", isOperators: false },
      { botId: "b", isOperators: false },
    ];
    const spread = { held: new Map([["r", 0]]), freeCount: 3 };
    const take = (freeCount: number, freeForOperatorCount: number) =>
      takeUp("r", spread, line, { freeCount, freeForOperatorCount }, never);
    expect([take(9, 9), take(2, 2), take(1, 2), take(0, 1), take(0, 0)]).toEqual([
      ["op", "a", "b"],
      ["op", "a"],
      ["op"],
      ["op"],
      [],
    ]);
  });
});

function surplusOf(fleet: Fleet): number {
  return [...fleet.bots.keys()].reduce((sum, id) => sum + imbalanceOf(id, fleet.spread).surplusCount, 0);
}

it("gives the larger quotas to those who run most, so that a bot more or less moves none", () => {
  const quotas = quotasOf({ held: new Map(Object.entries({ a: 3, b: 4, c: 3 })), freeCount: 1 });
  expect(Object.fromEntries(quotas)).toEqual({ a: 4, b: 4, c: 3 });
});

it.each([
  ["all of them alone", { r: 5 }, 0, 0, 12, 12],
  ["a third of three", { r: 0, s: 0, t: 0 }, 0, 0, 12, 4],
  ["one, also where others may have it", { r: 0, s: 0, t: 0 }, 0, 0, 1, 1],
  ["none where others run fewer", { r: 5, s: 1 }, 0, 0, 2, 0],
  ["what is left of its share after those it has taken", { r: 1, s: 1 }, 2, 2, 4, 1],
])("keeps of the bots that come by commands %s", (_what, held, freeCount, takenCount, newCount, kept) => {
  expect(keepCount("r", { held: new Map(Object.entries(held)), freeCount }, takenCount, newCount)).toBe(kept);
});

it.each([
  ["nobody may run no more", {}, { a: 4, b: 3, c: 3 }],
  ["one may run fewer", { b: 1 }, { a: 5, b: 1, c: 4 }],
  ["one may run none", { a: 0 }, { a: 0, b: 5, c: 5 }],
  ["one may run just its share", { b: 3 }, { a: 4, b: 3, c: 3 }],
  ["all may run fewer", { a: 1, b: 2, c: 3 }, { a: 1, b: 2, c: 3 }],
])("deals ten bots where %s", (_what, maxCounts, quotas) => {
  const held = new Map(["a", "b", "c"].map((id) => [id, 0]));
  const spread = { held, maxCounts: new Map(Object.entries(maxCounts)), freeCount: 10 };
  expect(Object.fromEntries(quotasOf(spread))).toEqual(quotas);
});

it("keeps bots that come by commands where nobody else has room, whether it has some or not", () => {
  const held = new Map(Object.entries({ r: 5, full: 2 }));
  expect(keepCount("r", { held, maxCounts: new Map(Object.entries({ r: 5, full: 2 })), freeCount: 0 }, 0, 3)).toBe(3);
});

it("says how far a replica is from its share, how much the others lack, and how many give", () => {
  const spread = { held: new Map(Object.entries({ a: 9, b: 7, c: 1, d: 0 })), freeCount: 0 };
  expect(imbalanceOf("a", spread)).toEqual({ surplusCount: 4, lackingCount: 7, giverCount: 2 });
  expect(imbalanceOf("d", spread)).toEqual({ surplusCount: 0, lackingCount: 7, giverCount: 2 });
});
