import type { Clock } from "./clock.ts";

export interface TimeLimit {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Ends the work earlier. */
  readonly signal?: AbortSignal | undefined;
  /** Why the work's signal is aborted when its time is up. Default: an `AbortError`. */
  readonly late?: unknown;
}

/** Does `work` with a signal that ends it by `signal`, or when its time is up. Whether it ends by that is the work's business: this waits until it has. */
export async function withTimeLimit<T>(
  { clock, limitMs, signal, late }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const timer = clock.after(limitMs, () => timeout.abort(late));
  try {
    return await work(signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]));
  } finally {
    timer.cancel();
  }
}
