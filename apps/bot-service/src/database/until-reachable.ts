import { errorFields, fullJitter, type Runtime, retry } from "@shoal/kernel";

const BACKOFF = fullJitter(500, 10_000);

export interface UntilReachableOptions {
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  /** Logged before each wait. */
  readonly message: string;
}

/**
 * Repeats `work` while the database is away. Rejects with the signal's reason, or with an error that no retry can mend.
 */
export function untilReachable<T>(
  work: () => Promise<T>,
  { runtime, signal, message }: UntilReachableOptions,
): Promise<T> {
  return retry(work, {
    runtime,
    signal,
    backoff: BACKOFF,
    onFailure: ({ error, attempt, retryInMs }) =>
      runtime.log.warn({ attempt, retry_in_ms: retryInMs, ...errorFields(error) }, message),
  });
}
