import type { AnalyticsParameters, AnalyticsQuery } from "../analytics/queries.ts";
import type { AnalyticsPort } from "./analytics.ts";

const AT_MS = Date.UTC(2026, 0, 1);
const AT = new Date(AT_MS).toISOString();
const money = { trades: 1, volume: "100.5", profit: "-1.25", fees: "0.1" };

const DATA: Readonly<Record<AnalyticsQuery["name"], unknown>> = {
  dashboard: {
    ...{
      ...money,
      currency: "USDT",
      from: AT,
      trades_before: 0,
      volume_before: "0",
      fees_before: "0",
      profit_before: "0",
    },
    ...{
      win_rate: 0,
      win_rate_before: null,
      active_users: 1,
      active_users_before: 0,
      new_users: 1,
      new_users_before: 0,
    },
    ...{ running_strategies: 1, running_strategies_before: null },
  },
  revenue: [{ period: "2026-01-01", at: AT, currency: "USDT", fees: "0.1", volume: "100.5", trades: 1 }],
  user_growth: [{ day: "2026-01-01", at: AT, new_users: 1, total_users: 1 }],
  top_users_by_profit: [{ ...money, rank: 1, user_id: "u1", currency: "USDT", win_rate: 0 }],
  top_users_by_volume: [{ ...money, rank: 1, user_id: "u1", currency: "USDT", win_rate: 0 }],
  asset_performance: [
    { ...money, symbol: "BTC/USDT", currency: "USDT", win_rate: 0, last_price: "100.5", change_ratio: null },
  ],
};

/** Answers that do not change, of which one may be made another or a failure; remembers what was asked. */
export function analyticsOfTest() {
  const asked: (readonly [string, AnalyticsParameters])[] = [];
  const state = { madeMs: AT_MS, ageMs: 1000, isStale: false, failure: undefined as Error | undefined };
  const port: AnalyticsPort = {
    answers: {
      async ask(query, parameters) {
        asked.push([query.name, parameters]);
        if (state.failure) throw state.failure;
        const { madeMs, ageMs, isStale } = state;
        return { answer: { madeMs, asOfMs: AT_MS, data: DATA[query.name] }, ageMs, isStale };
      },
    },
    stats: () => ({
      ...{
        requests: 4,
        hits: { memory: 1, redis: 1, database: 0 },
        stale: 1,
        misses: 1,
        coalesced: 2,
        errors: 0,
        hitRatio: 0.75,
      },
      redis: {
        isUp: false,
        since: AT_MS,
        problem: { code: "READONLY", message: "READONLY You can't write" },
      },
      keys: [{ key: "dashboard:30d", query: "dashboard", ageMs: 12.5, asOfMs: AT_MS, isFresh: true }],
    }),
  };
  return { asked, state, port };
}
