import { type Backoff, backoffDelayMs } from "./backoff.ts";
import { sleep } from "./clock.ts";
import { isFleetError } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** One run of the work of `retry`. */
export interface Attempt {
  /** 1 for the first run and for the first one after `startOver`. */
  readonly number: number;
  /** Counts the next failure as the first again. A connection calls it once it is up: it may hold for hours before it fails. */
  startOver(): void;
}

/** A failed run that is about to be repeated. */
export interface Failure {
  readonly error: unknown;
  /** Failures in a row, 1 or more. */
  readonly attempt: number;
  readonly retryInMs: number;
}

export interface RetryOptions {
  readonly runtime: Pick<Runtime, "clock" | "rng">;
  /** A schedule, or a function that returns the wait in ms: a server may ask for a longer one than the schedule has. */
  readonly backoff: Backoff | ((error: unknown, attempt: number) => number);
  /** Ends the wait between two runs; the work itself has to check it. */
  readonly signal?: AbortSignal;
  /** Whether to run again after this failure. Default: a `FleetError` that is `retryable`. */
  readonly when?: (error: unknown, attempt: number) => boolean;
  /** Called before each wait, to log it. */
  readonly onFailure?: (failure: Failure) => void;
}

/**
 * Runs `work` until it succeeds, waiting in between. Rejects with the reason of `signal` once that is aborted, or with the
 * failure that `when` gives up on. Leaves no timer behind.
 */
export async function retry<T>(work: (attempt: Attempt) => Promise<T>, options: RetryOptions): Promise<T> {
  const { runtime, backoff, signal, when = isRetryable, onFailure } = options;
  let failures = 0;
  const startOver = () => {
    failures = 0;
  };
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await work({ number: failures + 1, startOver });
    } catch (error) {
      signal?.throwIfAborted();
      failures += 1;
      if (!when(error, failures)) throw error;
      const retryInMs = Math.round(
        typeof backoff === "function" ? backoff(error, failures) : backoffDelayMs(backoff, failures, runtime.rng),
      );
      onFailure?.({ error, attempt: failures, retryInMs });
      await sleep(runtime.clock, retryInMs, signal);
    }
  }
}

const isRetryable = (error: unknown): boolean => isFleetError(error) && error.retryable;
