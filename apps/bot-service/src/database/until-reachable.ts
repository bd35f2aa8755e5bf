import { errorFields, fullJitter, logOutage, type Runtime, retry } from "@shoal/kernel";

const BACKOFF = fullJitter(500, 10_000);
const REACHED = "the database is reached: what waited for it goes on";

export interface UntilReachableOptions {
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  /** Logged at the first failure. */
  readonly message: string;
}

/**
 * Repeats `work` while the database is away. Rejects with the signal's reason, or with an error that no retry can mend.
 */
export async function untilReachable<T>(
  work: () => Promise<T>,
  { runtime, signal, message }: UntilReachableOptions,
): Promise<T> {
  const outage = logOutage({ log: runtime.log, level: "warn", failing: message, over: REACHED });
  const done = await retry(work, {
    runtime,
    signal,
    backoff: BACKOFF,
    onFailure: ({ error, attempt, retryInMs }) =>
      outage.failed({ attempt, retry_in_ms: retryInMs, ...errorFields(error) }),
  });
  outage.worked();
  return done;
}
