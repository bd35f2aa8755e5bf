import type { Clock, Timer } from "./clock.ts";

/** One timer, which is set, moved and cancelled again and again. */
export interface Alarm {
  readonly isSet: boolean;
  /** Rings in `delayMs`, and no more when it would have before. */
  set(delayMs: number): void;
  /** Rings in `delayMs`, unless it does so earlier. */
  setIfEarlier(delayMs: number): void;
  /** Rings no more, until it is set again. Idempotent. */
  cancel(): void;
}

/** Makes an alarm that is not set. It is not set any more when it rings. */
export function createAlarm(clock: Clock, onRing: () => void): Alarm {
  let timer: Timer | undefined;
  let atMs = Infinity;
  const cancel = () => {
    timer?.cancel();
    timer = undefined;
    atMs = Infinity;
  };
  const ring = () => {
    cancel();
    onRing();
  };
  const set = (delayMs: number) => {
    cancel();
    atMs = clock.monotonicMs() + delayMs;
    timer = clock.after(delayMs, ring);
  };
  return {
    get isSet() {
      return timer !== undefined;
    },
    set,
    setIfEarlier(delayMs) {
      if (clock.monotonicMs() + delayMs < atMs) set(delayMs);
    },
    cancel,
  };
}
