import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterCrash,
  afterStop,
  type Place,
  QUARANTINE,
  quarantinedCount,
  type Roster,
  takePlaces,
  withPlace,
} from "./roster.ts";

const MAX = 3;
const rng = seededRng(1);
const taken = (number: number): Place => ({ number, crashesAtMs: [], status: { kind: "taken" } });

/** Numbers of the places given for `missing` bots. */
const numbers = (roster: Roster, missing: number, atMost = missing, max = MAX, nowMs = 0) =>
  takePlaces(roster, missing, atMost, max, nowMs).taken.map(({ number }) => number);

describe("takePlaces", () => {
  it("gives numbers from 1 upwards until the maximum is reached, and remembers them as taken", () => {
    const { roster, taken: given } = takePlaces([], MAX + 1, MAX + 1, MAX, 0);
    expect(given.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(roster).toEqual([taken(1), taken(2), taken(3)]);
  });

  it("gives no more than may start now", () => {
    expect(numbers([], 3, 2)).toEqual([1, 2]);
    expect(numbers([], 3, 0)).toEqual([]);
    expect(numbers([], -1, 0)).toEqual([]);
  });

  it("gives the lowest free place first", () => {
    const roster = [taken(1), afterStop(taken(2), 0), afterStop(taken(3), 0)];
    expect(numbers(roster, 1)).toEqual([2]);
  });

  it("waits for a crashed bot's own restart rather than adding one, and says until when", () => {
    const crashed = afterCrash(taken(1), 0, { next: () => 0.5 });
    expect(takePlaces([crashed], 1, 1, MAX, 0)).toMatchObject({ taken: [], retryAtMs: 500 });
    expect(numbers([crashed], 1, 1, MAX, 500)).toEqual([1]);
  });

  it("adds another while one waits for its restart if both are missing", () => {
    const crashed = afterCrash(taken(1), 0, { next: () => 0.5 });
    expect(numbers([crashed], 2)).toEqual([2]);
  });

  it("replaces a quarantined bot by a new one, and takes it back when its time is over", () => {
    const quarantined: Place = { number: 1, crashesAtMs: [], status: { kind: "quarantined", untilMs: 1000 } };
    expect(numbers([quarantined], 1, 1, 1)).toEqual([2]);
    expect(numbers([quarantined], 1, 1, 1, 1000)).toEqual([1]);
  });
});

describe("afterCrash", () => {
  it("quarantines after repeated crashes within the window", () => {
    let place = taken(1);
    for (let crash = 0; crash < QUARANTINE.crashes; crash += 1) place = afterCrash(place, crash * 1000, rng);
    expect(place.status).toEqual({
      kind: "quarantined",
      untilMs: (QUARANTINE.crashes - 1) * 1000 + QUARANTINE.lengthMs,
    });
  });

  it("forgets crashes older than the window", () => {
    let place = taken(1);
    for (let crash = 0; crash < 10; crash += 1) place = afterCrash(place, crash * QUARANTINE.windowMs, rng);
    expect(place.status.kind).toBe("free");
  });

  it("never runs more bots than the maximum nor breeds places when every bot crashes at once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60_000), { maxLength: 80 }), fc.nat(), (waits, seed) => {
        const chance = seededRng(seed);
        let roster: Roster = [];
        let nowMs = 0;
        for (const waitMs of waits) {
          nowMs += waitMs;
          roster = takePlaces(roster, MAX, MAX, MAX, nowMs).roster;
          expect(roster.filter((entry) => entry.status.kind === "taken").length).toBeLessThanOrEqual(MAX);
          for (const place of roster)
            if (place.status.kind === "taken") roster = withPlace(roster, afterCrash(place, nowMs, chance));
          expect(roster.length).toBeLessThanOrEqual(2 * MAX);
          expect(quarantinedCount(roster, nowMs)).toBeLessThanOrEqual(2 * MAX);
        }
      }),
    );
  });
});
