import type { Clock, Timer } from "@shoal/kernel";

/**
 * Holders are told the whole state and look at all of it, so telling every single change of a filling lobby would be
 * quadratic. The first change is told at once, those right after it together.
 */
const PAUSE_MS = 50;

/** Of the time, what a look may take at most: at 10,000 entries it takes 10 ms, and anybody can make the state change all the time. */
const LOOK_RATIO = 0.1;

export interface PresencePace {
  changed(): void;
  /** Tells nothing any more and leaves no timer. Idempotent. */
  stop(): void;
}

export function pacePresence(clock: Clock, tell: () => void): PresencePace {
  let timer: Timer | undefined;
  let isDirty = false;
  let isTelling = false;
  let isStopped = false;
  const changed = () => {
    if (isStopped) return;
    isDirty = true;
    if (timer || isTelling) return;
    isDirty = false;
    isTelling = true;
    const startedMs = clock.monotonicMs();
    try {
      tell();
    } finally {
      isTelling = false;
    }
    if (isStopped) return;
    timer = clock.after(Math.max(PAUSE_MS, (clock.monotonicMs() - startedMs) / LOOK_RATIO), () => {
      timer = undefined;
      if (isDirty) changed();
    });
  };
  return {
    changed,
    stop() {
      isStopped = true;
      timer?.cancel();
      timer = undefined;
    },
  };
}
