import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextTarget, type ScalingHistory, type ScalingPolicy, wantedBots } from "./scaling.ts";

const policy: ScalingPolicy = { minCount: 3, maxCount: 15, targetPercentage: 30, stabilizationMs: 60_000 };

describe("wantedBots", () => {
  it.each([
    [0, 3],
    [1, 3],
    [10, 3],
    [11, 4],
    [20, 6],
    [50, 15],
    [51, 15],
    [100_000, 15],
  ])("for %i people wants %i bots", (people, bots) => {
    expect(wantedBots(people, policy)).toBe(bots);
  });
});

/** Feeds (minute, people) pairs and returns the targets. */
function targets(steps: readonly (readonly [seconds: number, people: number])[]): number[] {
  let history: ScalingHistory = [];
  return steps.map(([seconds, people]) => {
    const next = nextTarget(history, people, policy, seconds * 1000);
    history = next.history;
    return next.target;
  });
}

describe("nextTarget", () => {
  it("meets a crowd at once", () => {
    expect(
      targets([
        [0, 0],
        [1, 40],
      ]),
    ).toEqual([3, 12]);
  });

  it("keeps bots while people come and go within the window", () => {
    expect(
      targets([
        [0, 40],
        [10, 10],
        [20, 40],
        [30, 5],
        [50, 40],
        [100, 12],
      ]),
    ).toEqual([12, 12, 12, 12, 12, 12]);
  });

  it("scales down once fewer people have lasted for the window, step by step", () => {
    expect(
      targets([
        [0, 40],
        [10, 20],
        [59, 10],
        [60, 10],
        [69, 10],
        [70, 10],
        [130, 10],
      ]),
    ).toEqual([12, 12, 12, 6, 6, 3, 3]);
  });

  it("never leaves the bounds and never drops below what is wanted now", () => {
    const step = fc.tuple(fc.nat(200_000), fc.nat(500));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
        let history: ScalingHistory = [];
        let nowMs = 0;
        for (const [deltaMs, people] of steps) {
          nowMs += deltaMs;
          const next = nextTarget(history, people, policy, nowMs);
          history = next.history;
          expect(next.target).toBeGreaterThanOrEqual(wantedBots(people, policy));
          expect(next.target).toBeGreaterThanOrEqual(policy.minCount);
          expect(next.target).toBeLessThanOrEqual(policy.maxCount);
          // Strictly falling, so it is never longer than there are different targets.
          expect(history.length).toBeLessThanOrEqual(policy.maxCount - policy.minCount + 1);
        }
      }),
    );
  });

  it("goes down at most once per window while the number of people only falls", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 2, maxLength: 40 }), (people) => {
        const falling = [...people].sort((a, b) => b - a);
        const seen = targets(falling.map((count, index) => [index * 10, count] as const));
        for (let i = 1; i < seen.length; i += 1) expect(seen[i]).toBeLessThanOrEqual(seen[i - 1] ?? 0);
      }),
    );
  });
});
