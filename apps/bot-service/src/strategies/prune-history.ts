import type { Database } from "@shoal/store";
import { type PrunedCounts, pruneStrategies } from "./executor/statements.ts";

/** What is kept of strategies. Runs are not here: each settle keeps the newest `STRATEGY_RUNS_KEPT`. */
const KEPT = {
  /** A kept run of a month ago can still be replayed. */
  candleDays: 35,
  /** The most that a strategy may need of one series, so that runs of slow timeframes stay replayable, too. */
  keptCandleCount: 5_000,
  historyDays: 400,
} as const;

/** Rows of each kind in one statement, so that no lock is held for long. */
const BATCH_ROWS = 1_000;

/** Deletes what is too old of strategies, batch by batch. Idempotent; stops between two batches when `signal` aborts, with its reason. Errors as `Sql.query`. */
export async function pruneHistory(database: Database, signal: AbortSignal): Promise<PrunedCounts> {
  const totals: Record<string, number> = {};
  for (let isMore = true; isMore; ) {
    signal.throwIfAborted();
    const counts = await pruneStrategies(database, { ...KEPT, limit: BATCH_ROWS });
    for (const [what, count] of Object.entries(counts)) totals[what] = (totals[what] ?? 0) + count;
    isMore = Object.values(counts).some((count) => count === BATCH_ROWS);
  }
  return totals;
}
