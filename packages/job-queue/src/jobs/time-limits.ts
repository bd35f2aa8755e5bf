import type { Clock, Timer } from "@shoal/kernel";
import { createCrowd, type Member } from "./crowd.ts";

/** What is to be over by a time. */
export interface Limited extends Member {
  /** On the monotonic clock, in ms. */
  readonly endsAtMs: number;
  onTimeLimit(): void;
}

/** The time limits of what runs here: one timer for all, because most of it is over before one of its own would be worth its making. */
export interface TimeLimits {
  add(limited: Limited): void;
  /** Idempotent. After the last one no timer is left. */
  remove(limited: Limited): void;
}

export function createTimeLimits(clock: Clock): TimeLimits {
  const crowd = createCrowd<Limited>();
  let timer: Timer | undefined;
  /** When the timer fires, which may be before the first limit: what it was for may be over. */
  let firesAtMs = Infinity;

  const fireAt = (atMs: number) => {
    timer?.cancel();
    firesAtMs = atMs;
    timer = atMs === Infinity ? undefined : clock.after(atMs - clock.monotonicMs(), fire);
  };

  const fire = () => {
    const nowMs = clock.monotonicMs();
    // Whose limit it is may end another one, which then is not here any more.
    for (const limited of crowd.all()) if (limited.endsAtMs <= nowMs && crowd.remove(limited)) limited.onTimeLimit();
    let firstMs = Infinity;
    for (const { endsAtMs } of crowd.all()) firstMs = Math.min(firstMs, endsAtMs);
    fireAt(firstMs);
  };

  return {
    add(limited) {
      crowd.add(limited);
      if (limited.endsAtMs < firesAtMs) fireAt(limited.endsAtMs);
    },
    remove(limited) {
      if (crowd.remove(limited) && crowd.size === 0) fireAt(Infinity);
    },
  };
}
