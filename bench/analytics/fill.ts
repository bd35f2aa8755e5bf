import type { Database } from "@shoal/store";
import { quantile } from "../sandbox/measure.ts";

const OWNER_COUNT = 20_000;
const SYMBOL_COUNT = 50;
const DAY_COUNT = 400;
/** Fills that one transaction wrote, so that folds meet them as they would in life: by time. */
const FILLS_IN_TRANSACTION = 500;

/** Owners with a strategy each, a third of them at an exchange. */
const OWNERS = `
insert into shoal.strategy_code (id, language, source, checked) values (repeat('a', 64), 'javascript', '', '{}');
insert into shoal.strategy_owners (owner_id, created_at)
select md5('o' || n)::uuid, now() - n % ${DAY_COUNT} * interval '1 day' from generate_series(1, ${OWNER_COUNT}) n;
insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, venue, market, secret_name, account, status)
select md5('s' || n)::uuid, md5('o' || n)::uuid, 's' || n, repeat('a', 64), 60000, case when n % 3 = 0 then 'kraken' else 'paper' end, 'synthetic',
  case when n % 3 = 0 then 'k' end, '{"currency":"USDT"}', 'running'
from generate_series(1, ${OWNER_COUNT}) n;`;

const fillsSql = (tradeCount: number) => `
insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, realised_profit, filled_at, booked_at, written_in)
select 'x' || n, md5('s' || 1 + (hashint4(n) & 2147483647) % ${OWNER_COUNT})::uuid, 'C' || (hashint4(n + 7) & 2147483647) % ${SYMBOL_COUNT} || '/USDT',
  case when n % 2 = 0 then 'buy' else 'sell' end, 100 + n % 1000 * 0.01, 0.01 * (1 + n % 90), 0.01 * (n % 9), 'USDT',
  case when n % 2 = 0 then n % 21 - 10 end, now() - interval '${DAY_COUNT} days' + n * (interval '${DAY_COUNT} days' / ${tradeCount}), now(),
  1 + n / ${FILLS_IN_TRANSACTION}
from generate_series(1, ${tradeCount}) n;`;

/** Indexes are made after the rows: a tenth of the time. */
const INDEXES = `select indexdef as definition, indexname as name from pg_indexes
  where schemaname = 'shoal' and tablename = 'strategy_fills' and indexname <> 'strategy_fills_pkey'`;

export interface FilledFigures {
  readonly tradeCount: number;
  readonly fillSeconds: number;
  /** One fold after another, each of 10,000 trades, until all are in the sums. */
  readonly foldedPerSecond: number;
  readonly foldP50Ms: number;
  readonly foldP99Ms: number;
  readonly sumsBytes: number;
  readonly tradesBytes: number;
}

/** Fills a migrated database with trades of 400 days, and has them counted. */
export async function fillTrades(database: Database<string>, tradeCount: number): Promise<FilledFigures> {
  const startedMs = performance.now();
  await database.script(OWNERS);
  // Transactions of before: all that the fills say they were written in.
  await database.query("update shoal.analytics_state set xid_offset = $1", [tradeCount]);
  const indexes = await database.query<{ definition: string; name: string }>(INDEXES);
  await database.script(indexes.map(({ name }) => `drop index shoal.${name};`).join(""));
  await database.script(`
    alter table shoal.strategy_fills drop constraint strategy_fills_pkey;
    set session_replication_role = replica;
    ${fillsSql(tradeCount)}
    set session_replication_role = origin;
    alter table shoal.strategy_fills add primary key (strategy_id, id);
    ${indexes.map(({ definition }) => `${definition};`).join("")}`);
  await database.query("vacuum analyze");
  const fillSeconds = (performance.now() - startedMs) / 1000;
  const foldsMs = await foldAll(database);
  await database.query("vacuum analyze");
  const [sizes] = await database.query<{ sums: string; trades: string }>(
    `select sum(pg_total_relation_size(c.oid)) filter (where c.relname like 'analytics%') as sums,
       sum(pg_total_relation_size(c.oid)) filter (where c.relname = 'strategy_fills') as trades
     from pg_class c where c.relnamespace = 'shoal'::regnamespace and c.relkind = 'r'`,
  );
  return {
    ...{ tradeCount, fillSeconds: Math.round(fillSeconds) },
    foldedPerSecond: Math.round(tradeCount / (foldsMs.reduce((sum, each) => sum + each, 0) / 1000)),
    ...{
      foldP50Ms: quantile(foldsMs, 0.5),
      foldP99Ms: quantile(foldsMs, 0.99),
      sumsBytes: Number(sizes?.sums),
      tradesBytes: Number(sizes?.trades),
    },
  };
}

async function foldAll(database: Database<string>): Promise<number[]> {
  const foldsMs: number[] = [];
  for (;;) {
    const startedMs = performance.now();
    const [row] = await database.query<{ has_more: boolean }>("select * from shoal.analytics_fold(10000)");
    foldsMs.push(performance.now() - startedMs);
    if (row?.has_more !== true) return foldsMs;
  }
}
