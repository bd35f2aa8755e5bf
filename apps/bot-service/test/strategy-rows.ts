import type { Sql } from "@shoal/store";
import { emptyTables } from "@shoal/testkit";
import { type Keyring, parseKeyring } from "../src/strategies/secrets/keyring.ts";

export const OWNER = "0e5b2c4a-0000-4000-8000-000000000001";
export const OTHER_OWNER = "0e5b2c4a-0000-4000-8000-000000000002";
export const STRATEGY = "5c0a0000-0000-4000-8000-000000000001";
export const orderId = (number: number) => `0dde0000-0000-4000-8000-${`${number}`.padStart(12, "0")}`;

const CODE_ID = "0".repeat(64);

export interface StrategyRow {
  readonly id: string;
  readonly ownerId?: string;
  /** Default: paper. */
  readonly venue?: string;
  readonly secretName?: string | null;
  readonly status?: string;
}

/** As if there had never been a strategy. */
export function emptyStrategies({ database }: { readonly database: Pick<Sql<string>, "script"> }): Promise<void> {
  const tables = ["strategies", "strategy_owners", "strategy_code", "strategy_runs", "strategy_secrets"];
  return emptyTables(
    database,
    [...tables, "market_candle_revisions", "market_candles"].map((table) => `shoal.${table}`),
  );
}

/** Keys of ENCRYPTION_KEY, called k1 for 1 and so on; the first seals. */
export function keyringOf(...ids: readonly number[]): Keyring {
  const parsed = parseKeyring(ids.map((id) => `k${id}:${Buffer.alloc(32, id).toString("base64url")}`).join(","));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.keyring;
}

/** Adds a strategy of any source, due in an hour where it runs. */
export async function addStrategy(sql: Sql<string>, row: StrategyRow): Promise<void> {
  const { id, ownerId = OWNER, venue = "paper", secretName = null, status = "running" } = row;
  await sql.query(
    `insert into shoal.strategy_code (id, language, source, checked) values ($1, 'javascript', '', '{}') on conflict do nothing`,
    [CODE_ID],
  );
  await sql.query(
    `insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, venue, market, secret_name, account, status)
     values ($1::uuid, $2, $1, $3, 60000, $4, 'synthetic', $5, '{}', $6)`,
    [id, ownerId, CODE_ID, venue, secretName, status],
  );
  await sql.query(
    `insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at)
     values ($1, $2, now() + interval '1 hour', case when $3 = 'running' then now() + interval '1 hour' end)`,
    [id, ownerId, status],
  );
  await sql.query("select shoal.strategy_owner_refresh(array[$1::uuid])", [ownerId]);
}

export interface OrderRow {
  readonly id: string;
  readonly strategyId: string;
  readonly ownerId?: string;
  readonly venue?: string;
  readonly status?: string;
  readonly symbol?: string;
  readonly quantity?: string;
  readonly price?: string | null;
}

/** Adds an order as a settled run leaves it: intended, and due now. */
export async function addOrder(sql: Sql<string>, row: OrderRow): Promise<void> {
  const { id, strategyId, ownerId = OWNER, venue = "binance", status = "intended", symbol = "BTC/USDT" } = row;
  const { quantity = "1", price = null } = row;
  await sql.query(
    `insert into shoal.strategy_orders
       (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, price, status, placed_at, check_at)
     values ($1::uuid, $2, $3, $1::uuid, 1, $4, $5, 'buy', case when $7::text is null then 'market' else 'limit' end,
       $6::text::numeric, $7::text::numeric, $8, now(), now())`,
    [id, strategyId, ownerId, venue, symbol, quantity, price, status],
  );
}
