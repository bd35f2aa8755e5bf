import { fullJitter, seededRng } from "@shoal/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryInMs } from "./retry.ts";

const PAUSES_S = [15, 30, 60, 120, 240, 480, 900, 900];
const UNKNOWN_TYPE_PAUSES_S = [60, 120, 240, 480, 900, 900];

const steps = (code: string, pauses: readonly number[]) =>
  pauses.map((pauseS, index) => [code, index + 1, pauseS * 1000] as const);

describe("the wait for the next attempt", () => {
  it.each([...steps("E", PAUSES_S), ...steps("JOB_TYPE_UNKNOWN", UNKNOWN_TYPE_PAUSES_S)])(
    "after %s in attempt %i is about %i ms, and at most 15 min",
    (code, attempt, pauseMs) => {
      const rng = seededRng(attempt);
      const waits = Array.from(
        { length: 500 },
        () => retryInMs({ attempt, maxAttempts: 100 }, code, undefined, rng) ?? -1,
      );
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(pauseMs * 0.7);
      expect(Math.min(...waits)).toBeLessThan(pauseMs * 0.8);
      expect(Math.max(...waits)).toBeLessThanOrEqual(Math.min(pauseMs * 1.3, 900_000));
      expect(Math.max(...waits)).toBeGreaterThan(pauseMs * 0.95);
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
