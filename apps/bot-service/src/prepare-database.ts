import {
  type Backoff,
  backoffDelayMs,
  errorFields,
  fullJitter,
  isFleetError,
  MINUTE_MS,
  type Runtime,
  sleep,
} from "@shoal/kernel";
import { createDatabase, type Database, migrate } from "@shoal/store";

const RETRY: Backoff = fullJitter(500, 10_000);

/** A migration of a large table, or of another daemon that we wait for, takes longer than any query of ours may. */
const MIGRATION_LIMIT_MS = 5 * MINUTE_MS;

export interface PrepareOptions {
  /** With the daemon's own patience: whether there is anything to do is a short question. */
  readonly database: Database;
  readonly url: string;
  /** Of the migrations. */
  readonly directory: string;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
}

/**
 * Applies the migrations, again and again while the database is away. Rejects with the signal's reason, or with what no
 * retry can mend (a changed migration, a refused statement).
 */
export async function prepareDatabase({ database, url, directory, runtime, signal }: PrepareOptions): Promise<void> {
  const { clock, rng, log } = runtime;
  const patient = createDatabase({ url, runtime, maxConnections: 1, queryLimitMs: MIGRATION_LIMIT_MS });
  const both: Database = { ...database, transaction: (work) => patient.transaction(work) };
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return void (await migrate({ database: both, directory, log }));
      } catch (thrown) {
        signal.throwIfAborted();
        if (!isFleetError(thrown) || !thrown.retryable) throw thrown;
        const delayMs = Math.round(backoffDelayMs(RETRY, attempt, rng));
        const fields = { attempt, retry_in_ms: delayMs, ...errorFields(thrown) };
        log.warn(fields, "the database cannot be reached; trying again");
        await sleep(clock, delayMs, signal);
      }
    }
  } finally {
    await patient.close();
  }
}
