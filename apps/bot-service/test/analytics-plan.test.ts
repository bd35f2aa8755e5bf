import { type AskKept, pagesOfKeptPlans, testDatabase, usualBackends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { ANALYTICS_LIMIT_MS, addStrategies } from "./analytics-support.ts";

const STRATEGY_COUNT = 40;
/** One trade each two minutes: 28 days. */
const MANY = 20_000;
/** To read all trades is 600 pages and more, one index of them 200; all sums by the quarter 5,000 rows. Nested statements count more than once. */
const MAX_PAGES = { fold: 150, changes: 40, query: 3000 };

const trades = (first: number, last: number) => `
  set session_replication_role = replica;
  insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, realised_profit, filled_at)
  select 'x' || n, ('10000000-0000-4000-8000-' || lpad((n % ${STRATEGY_COUNT})::text, 12, '0'))::uuid, 'C' || n % 5 || '/USDT', 'buy', 100, 1, 0.1,
    'USDT', n % 3 - 1, now() - n * interval '2 minutes'
  from generate_series(${first}, ${last}) n;
  set session_replication_role = origin;
  -- A fold leaves alone what its own transaction has written.
  commit;
  select shoal.analytics_fold(1000000);`;

const ask =
  (name: string, range: string, more = ""): AskKept =>
  (sql) =>
    sql.query(
      `select a.* from shoal.analytics_period($1, 'Asia/Kathmandu', now(), null, 'all') p cross join lateral
         shoal.analytics_${name}(p."from", p."to", 'Asia/Kathmandu', 10, 'USDT', 'all', p.before_from, p.before_to, $1${more}) a`,
      [range],
    );

const ASKS: Record<string, AskKept> = {
  fold: (sql) => sql.query("select * from shoal.analytics_fold(1000)"),
  // What has nothing to find, and what finds all trades.
  no_change: (sql) =>
    sql.query(`select shoal.analytics_has_changed('{trades,users}', s) from shoal.analytics_seen() s`),
  changes: (sql) => sql.query("select shoal.analytics_has_changed('{trades,users}', '{0,7,8}')"),
  dashboard: ask("dashboard", "7d"),
  revenue: ask("revenue", "7d"),
  user_growth: ask("user_growth", "7d"),
  top_users: ask("top_users", "month", ", 'profit'"),
  asset_performance: ask("asset_performance", "7d"),
};

describe.each(usualBackends())("on the %s Postgres, plans from when there were a few trades", (backend) => {
  it(
    "read a few pages of many",
    async () => {
      await using test = await testDatabase({ backend });
      await addStrategies(test.database, STRATEGY_COUNT);
      const pages = await pagesOfKeptPlans(test, {
        asks: ASKS,
        few: trades(1, 6),
        many: trades(7, MANY),
      });
      const { fold, no_change, changes, ...queries } = pages;
      expect(fold).toBeLessThan(MAX_PAGES.fold);
      for (const look of [no_change, changes]) expect(look).toBeLessThan(MAX_PAGES.changes);
      expect(Object.entries(queries).filter(([, pageCount]) => pageCount > MAX_PAGES.query)).toEqual([]);
    },
    ANALYTICS_LIMIT_MS,
  );
});

it("reads the state by its key, because a function that may not read tables whole has each plan that does compiled", async () => {
  await using test = await testDatabase();
  const { database } = test;
  const found = await database.query(
    `select p.proname from pg_proc p where p.pronamespace = 'shoal'::regnamespace and p.prokind = 'f'
       and p.prosrc ~ 'from shoal\\.analytics_state(?! s\\s+where s\\.is_only)'`,
  );
  expect(found).toEqual([]);
  await database.transaction(async (tx) => {
    await tx.query("set local enable_seqscan = off");
    const [line] = await tx.query<{ "QUERY PLAN": string }>(
      "explain select from shoal.analytics_state s where s.is_only",
    );
    expect(line?.["QUERY PLAN"]).toContain("analytics_state_pkey");
  });
});
