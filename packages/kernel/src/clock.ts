/** Milliseconds since the Unix epoch. */
export type EpochMs = number;

/** A started timer. `cancel` is idempotent, also after it fired. */
export interface Timer {
  cancel(): void;
}

/**
 * The only way a part may know or wait for time. Real in `system-clock.ts`, simulated in testkit.
 */
export interface Clock {
  /** Wall clock, in ms since the Unix epoch. May jump; use it for timestamps that leave the process. */
  now(): EpochMs;
  /** Monotonic time in ms from an arbitrary origin, fractional. Use it to measure durations. */
  monotonicMs(): number;
  /**
   * Calls `fire` once, `delayMs` from now; never, if that is Infinity. Below 0 counts as 0, NaN breaks an invariant.
   * The timer keeps the process alive until it fires or is cancelled.
   */
  after(delayMs: number, fire: () => void): Timer;
  /** Number of timers started and neither fired nor cancelled; 0 after a clean drain. */
  readonly pendingTimers: number;
}

/**
 * Resolves `delayMs` from now. Rejects with the signal's reason if `signal` aborts first; the timer is then cancelled.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Result of a timed wait: the value, or `timeout` if the time ran out first. */
export type Timed<T> = { kind: "value"; value: T } | { kind: "timeout" };

/**
 * Waits for `work` at most `limitMs`. A timeout is a value, not an error; `work` then goes on, and its late rejection is
 * dropped, because the caller has moved on.
 */
export async function withTimeout<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<Timed<T>> {
  let timer: Timer | undefined;
  const timeout = new Promise<Timed<T>>((resolve) => {
    timer = clock.after(limitMs, () => resolve({ kind: "timeout" }));
  });
  work.catch(() => {});
  try {
    return await Promise.race([work.then((value): Timed<T> => ({ kind: "value", value })), timeout]);
  } finally {
    timer?.cancel();
  }
}

/** Repeats `tick` every `intervalMs`, the next wait starting when the last tick has settled. A rejected tick goes to `onError`. */
export function every(
  clock: Clock,
  intervalMs: number | (() => number),
  tick: () => void | Promise<void>,
  onError: (error: unknown) => void,
): Timer {
  let timer: Timer | undefined;
  let cancelled = false;
  const schedule = () => {
    if (cancelled) return;
    timer = clock.after(typeof intervalMs === "function" ? intervalMs() : intervalMs, async () => {
      try {
        await tick();
      } catch (error) {
        onError(error);
      } finally {
        schedule();
      }
    });
  };
  schedule();
  return {
    cancel() {
      cancelled = true;
      timer?.cancel();
    },
  };
}
