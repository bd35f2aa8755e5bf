import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Backoff, backoffDelayMs, fullJitter, proportionalJitter } from "./backoff.ts";
import type { Rng } from "./rng.ts";

const fixed = (value: number): Rng => ({ next: () => value });
/** The largest value a generator of [0, 1) can return. */
const ALMOST_ONE = 1 - 2 ** -53;

const schedule = fc.record({
  baseMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  maxMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
  factor: fc.double({ min: 1, max: 100, noNaN: true }),
});
const chance = fc.double({ min: 0, max: ALMOST_ONE, noNaN: true });
const attempt = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1e9 }));

describe("backoffDelayMs", () => {
  test("is finite and from 0 to the cap, whatever the schedule, the attempt and the luck", () => {
    const jitter = fc.oneof(
      schedule.map((of): Backoff => ({ jitter: "full", ...of })),
      fc
        .tuple(schedule, fc.double({ min: 0, max: 1, noNaN: true }))
        .map(([of, jitterRatio]): Backoff => ({ jitter: "proportional", ...of, jitterRatio })),
    );
    fc.assert(
      fc.property(jitter, attempt, chance, (backoff, tries, luck) => {
        const delayMs = backoffDelayMs(backoff, tries, fixed(luck));
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(backoff.maxMs);
      }),
    );
  });

  test("with full jitter spreads over the whole range below a ceiling that doubles up to the cap", () => {
    const ceilings = [1, 2, 3, 4, 5, 6].map((tries) => backoffDelayMs(fullJitter(100, 1000), tries, fixed(ALMOST_ONE)));
    expect(ceilings.map(Math.ceil)).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(backoffDelayMs(fullJitter(100, 1000), 4, fixed(0))).toBe(0);
  });

  test("with proportional jitter keeps within 30 % of the doubling delay and below the cap", () => {
    const spread = proportionalJitter(100, 500);
    const bounds = [1, 2, 3, 4].map((tries) =>
      [0, ALMOST_ONE].map((luck) => backoffDelayMs(spread, tries, fixed(luck))),
    );
    expect(bounds.map(([low, high]) => [Math.round(low ?? 0), Math.round(high ?? 0)])).toEqual([
      [70, 130],
      [140, 260],
      [280, 500],
      [350, 500],
    ]);
  });

  test("treats an attempt below 1 as the first", () => {
    expect(backoffDelayMs(proportionalJitter(100, 1000, 0), 0, fixed(0.5))).toBe(100);
  });

  test("waits nothing for ever when the base is 0", () => {
    expect(backoffDelayMs(fullJitter(0, 1000), 5000, fixed(0.5))).toBe(0);
  });

  test("keeps a thousand retrying at once apart: no tenth of the range holds more than twice its share", () => {
    const rng = seededRng(7);
    const tenths = new Array<number>(10).fill(0);
    for (let client = 0; client < 1000; client += 1) {
      const tenth = Math.floor(backoffDelayMs(fullJitter(1000, 20_000), 3, rng) / 400);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.max(...tenths)).toBeLessThan(200);
  });
});
