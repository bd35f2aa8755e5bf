import { MINUTE_MS, type Runtime } from "@shoal/kernel";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { untilReachable } from "./until-reachable.ts";

/** A migration of a large table, or the wait for another daemon that migrates, takes longer than other queries may. */
const MIGRATION_LIMIT_MS = 5 * MINUTE_MS;

export interface PrepareOptions {
  /** Has the query limit of the daemon: asking for pending migrations is a short query. */
  readonly database: Database;
  readonly url: string;
  /** Holds the migrations. */
  readonly directory: string;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
}

/**
 * Applies the migrations, and tries again while the database is away. Rejects with the signal's reason, or with an error that no
 * retry can mend (a changed migration, a refused statement).
 */
export async function prepareDatabase({ database, url, directory, runtime, signal }: PrepareOptions): Promise<void> {
  const patient = createDatabase({ url, runtime, maxConnections: 1, queryLimitMs: MIGRATION_LIMIT_MS });
  const both: Database = { ...database, transaction: (work) => patient.transaction(work) };
  const message = "the database cannot be reached: no person is matched and no job runs until it can; trying again";
  try {
    await untilReachable(() => migrate({ database: both, directory, log: runtime.log }), { runtime, signal, message });
  } finally {
    await patient.close();
  }
}
