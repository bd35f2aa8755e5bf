import { type AnalyticsReader, createAnalyticsReader, createTradeFold } from "@shoal/bot-service/internals";
import { createSystemRuntime, unreported } from "@shoal/kernel";
import type { Database } from "@shoal/store";

/** Asks the database each time, with the fold before it, as a miss of the cache does. */
export function readerOf(database: Database<string>): AnalyticsReader {
  const runtime = createSystemRuntime();
  const { clock, log } = runtime;
  const fold = createTradeFold({ runtime, database, analytics: {}, report: unreported("fold") });
  return createAnalyticsReader({ database, fold, analytics: {}, clock, log });
}
