import { seededRng } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { freeAtMs, QUARANTINE, quarantinedNumbers, type Roster, withCrash } from "./roster.ts";

const rng = seededRng(1);
const half = { next: () => 0.5 };

/** Lets the bot of number 4 crash at these times, and returns the roster. */
function crashedAt(...timesMs: readonly number[]): Roster {
  return timesMs.reduce((roster, atMs) => withCrash(roster, 4, atMs, rng), new Map() as Roster);
}

describe("a place", () => {
  it("is free at once until its bot crashes, and then after a wait that grows", () => {
    expect(freeAtMs(undefined)).toBe(Number.NEGATIVE_INFINITY);
    const once = withCrash(new Map(), 4, 0, half);
    expect([freeAtMs(once.get(4)), freeAtMs(once.get(5))]).toEqual([500, Number.NEGATIVE_INFINITY]);
    expect(freeAtMs(withCrash(once, 4, 10_000, half).get(4))).toBe(11_000);
  });

  it("is quarantined after repeated crashes within the window", () => {
    const roster = crashedAt(...Array.from({ length: QUARANTINE.crashes }, (_, crash) => crash * 1000));
    const untilMs = (QUARANTINE.crashes - 1) * 1000 + QUARANTINE.lengthMs;
    expect(freeAtMs(roster.get(4))).toBe(untilMs);
    expect([quarantinedNumbers(roster, untilMs - 1), quarantinedNumbers(roster, untilMs)]).toEqual([
      new Set([4]),
      new Set(),
    ]);
  });

  it("forgets crashes older than the window", () => {
    const roster = crashedAt(...Array.from({ length: 10 }, (_, crash) => crash * QUARANTINE.windowMs));
    expect(quarantinedNumbers(roster, 0)).toEqual(new Set());
  });
});
