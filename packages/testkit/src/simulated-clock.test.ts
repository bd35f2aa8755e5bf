import { sleep } from "@shoal/kernel";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { createSimulatedClock } from "./simulated-clock.ts";

const START_MS = Date.UTC(2026, 0, 1);

describe("a simulated clock", () => {
  test("stands still until it is advanced, then moves both clocks by exactly that much", async () => {
    const clock = createSimulatedClock(START_MS);
    expect([clock.now(), clock.monotonicMs()]).toEqual([START_MS, 0]);
    await clock.advance(1500);
    expect([clock.now(), clock.monotonicMs()]).toEqual([START_MS + 1500, 1500]);
  });

  test("fires what is due in order of time, then of start, each at its own time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 20 }), async (delays) => {
        const clock = createSimulatedClock();
        const fired: { delayMs: number; order: number; atMs: number }[] = [];
        for (const [order, delayMs] of delays.entries()) {
          clock.after(delayMs, () => fired.push({ delayMs, order, atMs: clock.monotonicMs() }));
        }
        await clock.advance(50);
        const expected = delays
          .map((delayMs, order) => ({ delayMs, order, atMs: delayMs }))
          .sort((a, b) => a.delayMs - b.delayMs || a.order - b.order);
        expect(fired).toEqual(expected);
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test("fires within one advance what a fired timer has started, if it falls due", async () => {
    const clock = createSimulatedClock();
    const at: number[] = [];
    clock.after(10, () => {
      at.push(clock.monotonicMs());
      clock.after(10, () => at.push(clock.monotonicMs()));
      clock.after(100, () => at.push(clock.monotonicMs()));
    });
    await clock.advance(50);
    expect(at).toEqual([10, 20]);
    expect(clock.pendingTimers).toBe(1);
  });

  test("lets promises run between two timers, so that a chain of waits keeps its times", async () => {
    const clock = createSimulatedClock();
    const at: number[] = [];
    const chain = async () => {
      for (let step = 0; step < 5; step += 1) {
        await sleep(clock, 10);
        at.push(clock.monotonicMs());
      }
    };
    const done = chain();
    await clock.advance(50);
    await done;
    expect(at).toEqual([10, 20, 30, 40, 50]);
  });

  test("never fires a cancelled timer, also one cancelled by a timer of the same instant", async () => {
    const clock = createSimulatedClock();
    const fire = vi.fn();
    clock.after(10, () => second.cancel());
    const second = clock.after(10, fire);
    const third = clock.after(10, fire);
    third.cancel();
    third.cancel();
    await clock.advance(100);
    expect(fire).not.toHaveBeenCalled();
    expect(clock.pendingTimers).toBe(0);
  });

  test("advances to the next due timer and says whether there was one", async () => {
    const clock = createSimulatedClock();
    const fire = vi.fn();
    clock.after(1_000_000, fire);
    expect(await clock.advanceToNext()).toBe(true);
    expect(clock.monotonicMs()).toBe(1_000_000);
    expect(fire).toHaveBeenCalledTimes(1);
    expect(await clock.advanceToNext()).toBe(false);
  });

  test("never reaches a timer that waits for ever", async () => {
    const clock = createSimulatedClock();
    const fire = vi.fn();
    clock.after(Number.POSITIVE_INFINITY, fire);
    expect(await clock.advanceToNext()).toBe(false);
    await clock.advance(1e12);
    expect(fire).not.toHaveBeenCalled();
    expect(clock.pendingTimers).toBe(1);
  });

  test("refuses a delay that is no number, as the system clock does", () => {
    const clock = createSimulatedClock();
    expect(() => clock.after(Number.NaN, () => {})).toThrow("invariant broken");
    expect(clock.pendingTimers).toBe(0);
  });

  test("jumps the wall clock without moving monotonic time or firing anything", async () => {
    const clock = createSimulatedClock(START_MS);
    const fire = vi.fn();
    clock.after(10, fire);
    clock.jumpWallClock(-3_600_000);
    await clock.advance(5);
    expect(clock.now()).toBe(START_MS - 3_600_000 + 5);
    expect(clock.monotonicMs()).toBe(5);
    expect(fire).not.toHaveBeenCalled();
  });
});
