import { MINUTE_MS, type Runtime } from "@shoal/kernel";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { untilReachable } from "./until-reachable.ts";

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
  const patient = createDatabase({ url, runtime, maxConnections: 1, queryLimitMs: MIGRATION_LIMIT_MS });
  const both: Database = { ...database, transaction: (work) => patient.transaction(work) };
  const message = "the database cannot be reached; trying again";
  try {
    await untilReachable(() => migrate({ database: both, directory, log: runtime.log }), { runtime, signal, message });
  } finally {
    await patient.close();
  }
}
