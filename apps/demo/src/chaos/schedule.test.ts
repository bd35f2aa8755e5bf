import { seededRng } from "@shoal/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChaosKind, drawPlan, planChaos } from "./schedule.ts";

const ALL: readonly ChaosKind[] = [
  "cleanRestart",
  "closeChannel",
  "crash",
  "crashChannel",
  "delay",
  "delayChanges",
  "dropSockets",
  "exceedEvents",
  "exceedJoins",
  "halfOpen",
  "losePresence",
  "muteChanges",
  "refuseJoins",
  "refuseUpgrades",
  "requestDisconnect",
  "silenceChanges",
];
const HOUR_MS = 3_600_000;
const seeds = fc.integer({ min: 0, max: 999_999 });

describe("the plan", () => {
  it("has every fault once before any comes again", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const kinds = planChaos(HOUR_MS, seededRng(seed)).map(({ kind }) => kind);
        for (let from = 0; from + ALL.length <= kinds.length; from += ALL.length) {
          expect(kinds.slice(from, from + ALL.length).toSorted()).toEqual(ALL);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("gets through all of them in two minutes", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(new Set(planChaos(120_000, seededRng(seed)).map(({ kind }) => kind)).size).toBe(ALL.length);
      }),
    );
  });

  it("has at least one fault, and no more than the time given holds", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1000, max: 300_000 }), (seed, durationMs) => {
        const plan = planChaos(durationMs, seededRng(seed));
        const lengthMs = plan.reduce((sum, { holdMs, pauseMs }) => sum + holdMs + pauseMs, 0);
        expect(plan.length).toBeGreaterThan(0);
        if (plan.length > 1) expect(lengthMs).toBeLessThanOrEqual(durationMs);
      }),
    );
  });

  it("lets somebody exceed a limit only after a restart, and for longer than a tick of 5 s", () => {
    const plan = planChaos(HOUR_MS, seededRng(3));
    for (const [index, { kind, holdMs }] of plan.entries()) {
      if (kind !== "exceedEvents" && kind !== "exceedJoins") continue;
      expect(plan[index - 1]?.kind).toMatch(/cleanRestart|crash/);
      expect(holdMs).toBeGreaterThan(5000);
    }
  });

  it("is the same for the same seed, another for another", () => {
    expect(planChaos(120_000, seededRng(7))).toEqual(planChaos(120_000, seededRng(7)));
    expect(planChaos(120_000, seededRng(7))).not.toEqual(planChaos(120_000, seededRng(8)));
  });

  it("is printed with its seed and the earliest time of each fault", () => {
    const lines = drawPlan(
      [
        { kind: "crash", holdMs: 3200, pauseMs: 4000 },
        { kind: "dropSockets", holdMs: 0, pauseMs: 5000 },
      ],
      42,
    );
    expect(lines[0]).toContain("--seed 42");
    expect(lines[1]).toMatch(/^ +0 s +crash .* for 3\.2 s$/);
    expect(lines[2]).toMatch(/^ +7 s +dropSockets .*breaks off$/);
  });
});
