import type { Clock, Timer } from "@shoal/kernel";
import { createLazySet, type SetMember } from "./lazy-set.ts";

/** Something that must end by a time. */
export interface TimeLimited extends SetMember {
  /** On the monotonic clock, in ms. */
  readonly endsAtMs: number;
  onTimeLimit(): void;
}

/** One timer for the time limits of all attempts: most attempts end before a timer of their own would have been worth its making. */
export interface TimeLimits {
  add(limited: TimeLimited): void;
  /** Idempotent. After the last one no timer is left. */
  remove(limited: TimeLimited): void;
}

export function createTimeLimits(clock: Clock): TimeLimits {
  const set = createLazySet<TimeLimited>();
  let timer: Timer | undefined;
  /** When the timer fires. It may be before the first limit: what it was set for may have ended. */
  let firesAtMs = Infinity;

  const fireAt = (atMs: number) => {
    timer?.cancel();
    firesAtMs = atMs;
    timer = atMs === Infinity ? undefined : clock.after(atMs - clock.monotonicMs(), fire);
  };

  const fire = () => {
    const nowMs = clock.monotonicMs();
    // Removed first: what `onTimeLimit` does may end others, which then are no members any more.
    for (const limited of set.all()) if (limited.endsAtMs <= nowMs && set.remove(limited)) limited.onTimeLimit();
    let firstMs = Infinity;
    for (const { endsAtMs } of set.all()) firstMs = Math.min(firstMs, endsAtMs);
    fireAt(firstMs);
  };

  return {
    add(limited) {
      set.add(limited);
      if (limited.endsAtMs < firesAtMs) fireAt(limited.endsAtMs);
    },
    remove(limited) {
      if (set.remove(limited) && set.size === 0) fireAt(Infinity);
    },
  };
}
