import type { Clock } from "@shoal/kernel";

/** How late the event loop runs; in ms, rounded to 0.01. */
export interface EventLoopWatch {
  /** The last sample: how much later than due a timer fired, in ms. */
  readonly lagMs: number;
  /** The largest sample of the last minute or so, in ms. */
  readonly maxLagMs: number;
  /** Stops the timer. Idempotent. */
  close(): void;
}

export interface EventLoopOptions {
  readonly clock: Clock;
  /** Between samples, in ms. Default 500. */
  readonly intervalMs?: number;
  /** Called with every sample, in ms. */
  readonly onSample?: (lagMs: number) => void;
}

const SAMPLES_KEPT = 120;

/** Measures the event loop's lag by one timer, until closed. */
export function watchEventLoop({ clock, intervalMs = 500, onSample = () => {} }: EventLoopOptions): EventLoopWatch {
  const samples: number[] = [];
  const schedule = () => {
    const dueAtMs = clock.monotonicMs() + intervalMs;
    return clock.after(intervalMs, () => {
      const lagMs = Math.max(0, Math.round((clock.monotonicMs() - dueAtMs) * 100) / 100);
      samples.push(lagMs);
      if (samples.length > SAMPLES_KEPT) samples.shift();
      timer = schedule();
      onSample(lagMs);
    });
  };
  let timer = schedule();
  return {
    get lagMs() {
      return samples.at(-1) ?? 0;
    },
    get maxLagMs() {
      return Math.max(0, ...samples);
    },
    close: () => timer.cancel(),
  };
}
