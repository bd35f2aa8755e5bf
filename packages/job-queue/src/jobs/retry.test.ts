import { fullJitter, seededRng } from "@shoal/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryInMs } from "./retry.ts";

const CEILINGS_MS = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 900_000, 900_000];

describe("the wait for the next attempt", () => {
  it.each(CEILINGS_MS.map((ceilingMs, index) => [index + 1, ceilingMs] as const))(
    "after failure %i is anything up to %i ms",
    (attempt, ceilingMs) => {
      const rng = seededRng(attempt);
      const waits = Array.from(
        { length: 500 },
        () => retryInMs({ attempt, maxAttempts: 100 }, "E", undefined, rng) ?? -1,
      );
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...waits)).toBeLessThanOrEqual(ceilingMs);
      expect(Math.max(...waits)).toBeGreaterThan(ceilingMs * 0.9);
    },
  );

  it("is a whole number of ms within the policy of the type, for every attempt that has one to follow", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        fc.nat(),
        (attempt, maxAttempts, seed) => {
          const wait = retryInMs({ attempt, maxAttempts }, "E", { backoff: fullJitter(10, 1000) }, seededRng(seed));
          expect(wait === null).toBe(attempt >= maxAttempts);
          if (wait !== null) expect(Number.isInteger(wait) && wait >= 0 && wait <= 1000).toBe(true);
        },
      ),
    );
  });

  it.each(["JOB_GIVEN_UP", "JOB_INVALID"])("does not come after %s", (code) => {
    expect(retryInMs({ attempt: 1, maxAttempts: 5 }, code, undefined, seededRng(1))).toBeNull();
  });
});
