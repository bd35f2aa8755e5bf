import { join } from "node:path";
import { createSystemRuntime, HOUR_MS } from "@shoal/kernel";
import { createDatabase, migrate } from "@shoal/store";
import { ownBackends, ownPostgres } from "@shoal/testkit";
import { fillTrades } from "./analytics/fill.ts";
import { measureRaw, measureUncached, missedUncached } from "./analytics/uncached.ts";
import type { Benchmark } from "./benchmark.ts";

const MIGRATIONS = join(import.meta.dirname, "../supabase/migrations");
const WHOLE = { tradeCount: 10_000_000, askCount: 50 } as const;
const QUICK = { tradeCount: 50_000, askCount: 3 } as const;
/** A fill of ten million takes longer than the daemon waits for a statement. */
const FILL_LIMIT_MS = HOUR_MS;
const runtime = createSystemRuntime();

export default {
  name: "analytics",
  summary: "what dashboards ask of ten million trades, uncached, beside the same straight from the trades",
  async run({ quick }) {
    const { tradeCount, askCount } = quick ? QUICK : WHOLE;
    const backend = ownBackends().includes("server") ? "server" : "embedded";
    await using server = await ownPostgres({ backend });
    const database = createDatabase<string>({ url: server.url, runtime, queryLimitMs: FILL_LIMIT_MS });
    try {
      await migrate({ database, directory: MIGRATIONS, log: runtime.log });
      const filled = await fillTrades(database, tradeCount);
      const uncached = await measureUncached(database, askCount);
      const raw = await measureRaw(database, Math.min(askCount, 5));
      return { ...filled, uncached, raw, targetsMissed: quick ? [] : missedUncached(uncached) };
    } finally {
      await database.close();
    }
  },
} satisfies Benchmark;
