import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { pacePresence } from "./presence-pace.ts";

function makePace() {
  const clock = createSimulatedClock();
  const toldAtMs: number[] = [];
  return { clock, toldAtMs, pace: pacePresence(clock, () => toldAtMs.push(clock.monotonicMs())) };
}

describe("presence changes", () => {
  it("are told at once when they are rare", async () => {
    const { clock, toldAtMs, pace } = makePace();
    for (let change = 0; change < 3; change += 1) {
      pace.changed();
      await clock.advance(1000);
    }
    expect(toldAtMs).toEqual([0, 1000, 2000]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("are told together when they come in a crowd, the last one never lost", async () => {
    const { clock, toldAtMs, pace } = makePace();
    for (let change = 0; change < 120; change += 1) {
      pace.changed();
      await clock.advance(1);
    }
    await clock.advance(1000);
    expect(toldAtMs).toEqual([0, 50, 100, 150]);
  });

  it("are told ever more rarely the longer a look takes, so that looks take a tenth of the time", () => {
    const clock = createSimulatedClock();
    let lookMs = 0;
    const pauses: number[] = [];
    const slow = {
      ...clock,
      // Time passes within a look, as it does where thousands of entries are copied.
      monotonicMs: () => clock.monotonicMs() + lookMs,
      after: (ms: number, call: () => void) => {
        pauses.push(ms);
        return clock.after(ms, call);
      },
    };
    const pace = pacePresence(slow, () => {
      lookMs += 100;
    });
    pace.changed();
    expect(pauses).toEqual([1000]);
    pace.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("are not told after the end, and leave no timer", async () => {
    const { clock, toldAtMs, pace } = makePace();
    pace.changed();
    pace.changed();
    pace.stop();
    pace.changed();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1000);
    expect(toldAtMs).toEqual([0]);
  });
});
