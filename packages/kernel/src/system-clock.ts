import type { Clock } from "./clock.ts";

/** The real clock. Each instance counts its own pending timers, so that a service can assert it left none. */
export function createSystemClock(): Clock {
  let pending = 0;
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, fire) {
      pending += 1;
      let live = true;
      const settle = () => {
        if (!live) return false;
        live = false;
        pending -= 1;
        return true;
      };
      const handle = setTimeout(() => {
        if (settle()) fire();
      }, Math.max(0, delayMs));
      return {
        cancel() {
          if (settle()) clearTimeout(handle);
        },
      };
    },
    get pendingTimers() {
      return pending;
    },
  };
}
