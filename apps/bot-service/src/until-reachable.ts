import {
  type Backoff,
  backoffDelayMs,
  errorFields,
  fullJitter,
  isFleetError,
  type Runtime,
  sleep,
} from "@shoal/kernel";

const RETRY: Backoff = fullJitter(500, 10_000);

/**
 * Does `work`, again and again while what it needs is away. Rejects with the signal's reason, or with what no retry can
 * mend. `message` is logged before each wait.
 */
export async function untilReachable<T>(
  work: () => Promise<T>,
  { runtime, signal, message }: { readonly runtime: Runtime; readonly signal: AbortSignal; readonly message: string },
): Promise<T> {
  const { clock, rng, log } = runtime;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isFleetError(thrown) || !thrown.retryable) throw thrown;
      const delayMs = Math.round(backoffDelayMs(RETRY, attempt, rng));
      log.warn({ attempt, retry_in_ms: delayMs, ...errorFields(thrown) }, message);
      await sleep(clock, delayMs, signal);
    }
  }
}
