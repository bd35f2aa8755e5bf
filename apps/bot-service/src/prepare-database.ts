import {
  type Backoff,
  backoffDelayMs,
  errorFields,
  fullJitter,
  isFleetError,
  type Runtime,
  sleep,
} from "@shoal/kernel";
import { type Database, migrate } from "@shoal/store";

const RETRY: Backoff = fullJitter(500, 10_000);

/**
 * Applies the migrations, again and again while the database is away. Rejects with the signal's reason, or with what no
 * retry can mend (a changed migration, a refused statement).
 */
export async function prepareDatabase(
  database: Database,
  directory: string,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<void> {
  const { clock, rng, log } = runtime;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrate({ database, directory, log });
      return;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isFleetError(thrown) || !thrown.retryable) throw thrown;
      const delayMs = Math.round(backoffDelayMs(RETRY, attempt, rng));
      log.warn(
        { attempt, retry_in_ms: delayMs, ...errorFields(thrown) },
        "the database cannot be reached; trying again",
      );
      await sleep(clock, delayMs, signal);
    }
  }
}
