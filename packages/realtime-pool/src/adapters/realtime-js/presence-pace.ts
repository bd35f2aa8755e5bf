import type { Clock, Timer } from "@shoal/kernel";

/**
 * The library copies the whole state each time it is asked for, so telling every single change of a filling lobby
 * would be quadratic (500 people: 7 s). The first change is told at once, those right after it together.
 */
const PAUSE_MS = 50;

export interface PresencePace {
  changed(): void;
  /** Tells nothing any more and leaves no timer. Idempotent. */
  stop(): void;
}

export function pacePresence(clock: Clock, tell: () => void): PresencePace {
  let timer: Timer | undefined;
  let isDirty = false;
  let isStopped = false;
  const changed = () => {
    if (isStopped) return;
    isDirty = true;
    if (timer) return;
    isDirty = false;
    timer = clock.after(PAUSE_MS, () => {
      timer = undefined;
      if (isDirty) changed();
    });
    tell();
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
