import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterCrash,
  afterStop,
  nextPlace,
  type Place,
  QUARANTINE,
  quarantinedCount,
  type Roster,
  withPlace,
} from "./roster.ts";

const MAX = 3;
const rng = seededRng(1);
const taken = (number: number): Place => ({ number, crashesAtMs: [], status: { kind: "taken" } });

describe("nextPlace", () => {
  it("gives numbers from 1 upwards until the maximum is reached", () => {
    let roster: Roster = [];
    const numbers = Array.from({ length: MAX + 1 }, () => {
      const { place } = nextPlace(roster, 1, MAX, 0);
      if (place) roster = withPlace(roster, place);
      return place?.number ?? null;
    });
    expect(numbers).toEqual([1, 2, 3, null]);
  });

  it("gives the lowest free place first", () => {
    const roster = [taken(1), afterStop(taken(2), 0), afterStop(taken(3), 0)];
    expect(nextPlace(roster, 1, MAX, 0).place?.number).toBe(2);
  });

  it("waits for a crashed bot's own restart rather than adding one, and says until when", () => {
    const crashed = afterCrash(taken(1), 0, { next: () => 0.5 });
    expect(nextPlace([crashed], 1, MAX, 0)).toEqual({ place: null, retryAtMs: 500 });
    expect(nextPlace([crashed], 1, MAX, 500).place?.number).toBe(1);
  });

  it("adds another while one waits for its restart if both are missing", () => {
    const crashed = afterCrash(taken(1), 0, { next: () => 0.5 });
    expect(nextPlace([crashed], 2, MAX, 0).place?.number).toBe(2);
  });

  it("replaces a quarantined bot by a new one, and takes it back when its time is over", () => {
    const quarantined: Place = { number: 1, crashesAtMs: [], status: { kind: "quarantined", untilMs: 1000 } };
    expect(nextPlace([quarantined], 1, 1, 0).place?.number).toBe(2);
    expect(nextPlace([quarantined], 1, 1, 1000).place?.number).toBe(1);
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
          for (
            let place = nextPlace(roster, MAX, MAX, nowMs).place;
            place;
            place = nextPlace(roster, MAX, MAX, nowMs).place
          ) {
            roster = withPlace(roster, place);
            expect(roster.filter((entry) => entry.status.kind === "taken").length).toBeLessThanOrEqual(MAX);
          }
          for (const place of roster)
            if (place.status.kind === "taken") roster = withPlace(roster, afterCrash(place, nowMs, chance));
          expect(roster.length).toBeLessThanOrEqual(2 * MAX);
          expect(quarantinedCount(roster, nowMs)).toBeLessThanOrEqual(2 * MAX);
        }
      }),
    );
  });
});
