import { type Clock, SECOND_MS, sleep } from "@shoal/kernel";
import type { Database } from "@shoal/store";

const SYMBOLS = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "ADA/USDT"];
const STRATEGY_COUNT = 100;
/** How often trades are written at most; several at a time where more are wanted. */
const STEP_MS = 100;

/** Adds users and their strategies, and trades of the last 30 days. */
export async function addTrades(database: Database<string>, count: number): Promise<void> {
  await database.script(`
    insert into shoal.strategy_code (id, language, source, checked) values ('${"a".repeat(64)}', 'javascript', '', '{}');
    insert into shoal.strategy_owners (owner_id, created_at)
    select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, now() - n * interval '7 hours'
    from generate_series(1, ${STRATEGY_COUNT}) n;
    insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, venue, market, account, status)
    select ('10000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
      's' || n, '${"a".repeat(64)}', 60000, 'paper', 'synthetic', '{"currency":"USDT"}', 'running'
    from generate_series(1, ${STRATEGY_COUNT}) n;`);
  await database.query(FILLS, ["before", count, SYMBOLS, 30 * 24 * 3600]);
  const [row] = await database.query<{ more: boolean }>("select has_more as more from shoal.analytics_fold(10000000)");
  if (row?.more) throw new Error("not all trades were counted");
  await database.script("vacuum analyze shoal.strategy_fills");
}

const FILLS = `insert into shoal.strategy_fills
  (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, realised_profit, filled_at, booked_at)
select $1 || '-' || n, ('10000000-0000-4000-8000-' || lpad((1 + n % ${STRATEGY_COUNT})::text, 12, '0'))::uuid, ($3::text[])[1 + n % 4],
  case n % 2 when 0 then 'buy' else 'sell' end, 100 + n % 50, 1 + n % 3, 0.1, 'USDT', case n % 2 when 1 then n % 7 - 3 end,
  now() - n::float8 / $2 * $4 * interval '1 second', now()
from generate_series(1, $2::integer) n`;

/** Writes trades until the signal aborts, and calls `onTrade` after each write. Resolves with how many it wrote. */
export async function trade(
  database: Database<string>,
  clock: Clock,
  perSecond: number,
  signal: AbortSignal,
  onTrade: () => void = () => {},
): Promise<number> {
  const startedMs = clock.monotonicMs();
  let written = 0;
  for (let step = 0; !signal.aborted; step += 1) {
    const due = Math.floor(((clock.monotonicMs() - startedMs) / SECOND_MS) * perSecond) - written;
    if (due > 0) {
      await database.query(FILLS, [`${perSecond}-${startedMs}-${step}`, due, SYMBOLS, 0]);
      written += due;
      onTrade();
    }
    await sleep(clock, STEP_MS, signal).catch(() => {});
  }
  return written;
}
