import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError } from "./invariant.ts";
import { integer, pick, type Rng, uniform } from "./rng.ts";
import { systemRng } from "./system-rng.ts";

const fixed = (value: number): Rng => ({ next: () => value });
const ALMOST_ONE = 1 - 2 ** -53;
const chance = fc.oneof(fc.constant(0), fc.constant(ALMOST_ONE), fc.double({ min: 0, max: ALMOST_ONE, noNaN: true }));

describe("integer", () => {
  test("is a whole number within both bounds, however far from 0 they are and whatever the luck", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1e6), chance, (min, span, luck) => {
        const value = integer(fixed(luck), min, min + span);
        expect(Number.isInteger(value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(min + span);
      }),
    );
  });

  test("never passes the upper bound by rounding", () => {
    expect(integer(fixed(ALMOST_ONE), 1e9, 1e9 + 5)).toBe(1e9 + 5);
  });

  test("reaches every value, each about equally often", () => {
    const rng = seededRng(3);
    const counts = new Map<number, number>();
    for (let draw = 0; draw < 6000; draw += 1) {
      const face = integer(rng, 1, 6);
      counts.set(face, (counts.get(face) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe("uniform", () => {
  test("stays within its bounds", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1e6), chance, (min, span, luck) => {
        const value = uniform(fixed(luck), min, min + span);
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(min + span);
      }),
    );
  });
});

describe("pick", () => {
  test("returns an item of the list, also one that is undefined", () => {
    expect(pick(fixed(0), ["a", "b"])).toBe("a");
    expect(pick(fixed(ALMOST_ONE), ["a", "b"])).toBe("b");
    expect(pick(fixed(0), [undefined])).toBeUndefined();
  });

  test("refuses an empty list", () => {
    expect(() => pick(fixed(0), [])).toThrow(InvariantError);
  });
});

test("the system generator stays in [0, 1)", () => {
  for (let draw = 0; draw < 1000; draw += 1) {
    const value = systemRng.next();
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1);
  }
});
