import type { Database, Sql } from "@shoal/store";

export const ANALYTICS_LIMIT_MS = 120_000;
export const NOBODY = "00000000-0000-0000-0000-000000000000";

/** Ids that tell apart what a test has made. */
export const owner = (n: number) => `00000000-0000-4000-8000-${n.toString().padStart(12, "0")}`;
export const strategy = (n: number) => `10000000-0000-4000-8000-${n.toString().padStart(12, "0")}`;

/** Makes strategies by number: each third one is at an exchange. The owner's number is that of the strategy, modulo `ownerCount`. */
export async function addStrategies(database: Database<string>, count: number, ownerCount = count): Promise<void> {
  await database.script(`
    insert into shoal.strategy_code (id, language, source, checked) values ('${"a".repeat(64)}', 'javascript', '', '{}')
    on conflict do nothing;
    insert into shoal.strategy_owners (owner_id)
    select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid from generate_series(0, ${ownerCount - 1}) n
    on conflict do nothing;
    insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, venue, market, secret_name, account, status)
    select ('10000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
      ('00000000-0000-4000-8000-' || lpad((n % ${ownerCount})::text, 12, '0'))::uuid, 's' || n, '${"a".repeat(64)}', 60000,
      case when n % 3 = 2 then 'binance' else 'paper' end, 'synthetic', case when n % 3 = 2 then 'k' end, '{"currency":"USDT"}', 'running'
    from generate_series(0, ${count - 1}) n;
    insert into shoal.strategy_clock (strategy_id, owner_id) select s.id, s.owner_id from shoal.strategies s on conflict do nothing;`);
}

export interface GivenFill {
  readonly id: string;
  readonly strategyId: string;
  readonly at: string;
  readonly symbol?: string;
  readonly price?: string;
  readonly quantity?: string;
  readonly fee?: string;
  readonly feeCurrency?: string;
  readonly profit?: string | null;
}

/** Writes a fill as a settled run does. */
export async function addFill(database: Pick<Sql<string>, "query">, fill: GivenFill): Promise<void> {
  const { symbol = "BTC/USDT", price = "100", quantity = "1", fee = "0.1", feeCurrency = "USDT", profit = null } = fill;
  await database.query(
    `insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, realised_profit, filled_at, booked_at)
     values ($1, $2, $3, 'buy', ($4::text)::numeric, ($5::text)::numeric, ($6::text)::numeric, $7, ($8::text)::numeric, ($9::text)::timestamptz, now())`,
    [fill.id, fill.strategyId, symbol, price, quantity, fee, feeCurrency, profit, fill.at],
  );
}

export interface Folded {
  readonly folded: number;
  readonly has_more: boolean;
  readonly as_of: Date | null;
}

export async function fold(database: Pick<Sql<string>, "query">, limit = 10_000): Promise<Folded> {
  const [row] = await database.query<Folded>("select * from shoal.analytics_fold($1)", [limit]);
  if (!row) throw new Error("a fold has no answer");
  return row;
}

/** Folds until nothing is left. */
export async function foldAll(database: Pick<Sql<string>, "query">, limit = 10_000): Promise<number> {
  for (let total = 0; ; ) {
    const { folded, has_more } = await fold(database, limit);
    total += folded;
    if (!has_more) return total;
  }
}
