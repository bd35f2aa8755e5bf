import type { Clock } from "./clock.ts";
import { invariant } from "./invariant.ts";

/** Longest timer of the platform, which keeps delays in 31 bits and fires longer ones at once; a longer wait takes several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Makes the real clock. Each instance counts its own pending timers, so that a service can assert it left none. */
export function createSystemClock(): Clock {
  let pending = 0;
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, fire) {
      invariant(!Number.isNaN(delayMs), "a delay is a number of ms");
      pending += 1;
      let handle: ReturnType<typeof setTimeout> | undefined;
      const wait = (remainingMs: number) => {
        const stepMs = Math.min(remainingMs, LONGEST_TIMER_MS);
        handle = setTimeout(() => {
          if (remainingMs > stepMs) return wait(remainingMs - stepMs);
          handle = undefined;
          pending -= 1;
          fire();
        }, stepMs);
      };
      wait(Math.max(0, delayMs));
      return {
        cancel() {
          if (handle === undefined) return;
          clearTimeout(handle);
          handle = undefined;
          pending -= 1;
        },
      };
    },
    get pendingTimers() {
      return pending;
    },
  };
}
