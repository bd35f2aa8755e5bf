import { describe, expect, test, vi } from "vitest";
import { InvariantError } from "./invariant.ts";
import { createSystemClock } from "./system-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Runs `work` on the platform's timers, faked. */
async function withFakeTimers(work: () => Promise<void>): Promise<void> {
  vi.useFakeTimers();
  try {
    await work();
  } finally {
    vi.useRealTimers();
  }
}

describe("the system clock", () => {
  test("fires a timer once and counts it while it is pending", async () => {
    const clock = createSystemClock();
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(1, resolve);
    expect(clock.pendingTimers).toBe(1);
    await promise;
    expect(clock.pendingTimers).toBe(0);
  });

  test("never fires a cancelled timer, and cancelling twice counts once", async () =>
    withFakeTimers(async () => {
      const clock = createSystemClock();
      const fire = vi.fn();
      const [first, second] = [clock.after(10, fire), clock.after(10, () => {})];
      first.cancel();
      first.cancel();
      expect(clock.pendingTimers).toBe(1);
      await vi.advanceTimersByTimeAsync(10);
      second.cancel();
      expect(fire).not.toHaveBeenCalled();
      expect(clock.pendingTimers).toBe(0);
    }));

  test("waits longer than the platform's longest timer of 24.8 days", async () =>
    withFakeTimers(async () => {
      const clock = createSystemClock();
      const fire = vi.fn();
      clock.after(60 * DAY_MS, fire);
      await vi.advanceTimersByTimeAsync(60 * DAY_MS - 1);
      expect(fire).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(fire).toHaveBeenCalledTimes(1);
      expect(clock.pendingTimers).toBe(0);
    }));

  test("waits for ever when told to wait for an infinite time, until cancelled", async () =>
    withFakeTimers(async () => {
      const clock = createSystemClock();
      const fire = vi.fn();
      const timer = clock.after(Number.POSITIVE_INFINITY, fire);
      await vi.advanceTimersByTimeAsync(400 * DAY_MS);
      expect(fire).not.toHaveBeenCalled();
      timer.cancel();
      expect(vi.getTimerCount()).toBe(0);
      expect(clock.pendingTimers).toBe(0);
    }));

  test("refuses a delay that is no number instead of firing at once", () => {
    const clock = createSystemClock();
    expect(() => clock.after(Number.NaN, () => {})).toThrow(InvariantError);
    expect(clock.pendingTimers).toBe(0);
  });

  test("tells monotonic time that does not run backwards", () => {
    const clock = createSystemClock();
    const first = clock.monotonicMs();
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(first);
  });
});
