import { join } from "node:path";
import { integer, pick, type Rng, seededRng } from "@shoal/kernel";
import { type Database, readMigrations, type Sql } from "@shoal/store";
import { backends, soakRuns, type TestDatabase, testDatabase, usualBackends } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ANALYTICS_LIMIT_MS,
  addFill,
  addStrategies,
  fold,
  foldAll,
  NOBODY,
  owner,
  strategy,
} from "./analytics-support.ts";

/** What was ever written, each fill beside itself: it stays where fills go. */
const LEDGER = `
  create table public.ledger (
    id text, strategy_id uuid, owner_id uuid, is_paper boolean, symbol text, price numeric, quantity numeric, fee numeric,
    fee_currency text, profit numeric, at timestamptz, primary key (strategy_id, id)
  );`;

/** What the sums must be, straight from the ledger; each row as a text. */
const WANTED = `
  with trades as (
    select l.*, case when l.is_paper then 'paper' else 'exchange' end as venue, split_part(l.symbol, '/', 2) as currency, case when l.owner_id <> '${NOBODY}' then l.owner_id::text end as user_id from public.ledger l
  ), amounts as (
    select at, user_id, symbol, venue, currency, 1 as trades, (profit > 0)::int as wins, (profit < 0)::int as losses, price * quantity as volume,
      case when fee_currency = currency then fee else 0 end as fees, coalesce(profit, 0) as profit from trades
    union all
    select at, user_id, symbol, venue, fee_currency, 0, 0, 0, 0, fee, 0 from trades where fee_currency <> currency
  ), sums as (
    select 'totals ' || m || ' ' || date_bin(m * interval '1 minute', at, '2000-01-01Z') || ' ' || currency || ' ' || venue as what, amounts.*
    from amounts cross join (values (15), (1440)) as minutes (m)
    union all
    select 'assets ' || date_bin('1 day', at, '2000-01-01Z') || ' ' || currency || ' ' || symbol || ' ' || venue, amounts.* from amounts
    union all
    select 'users ' || (date_trunc('month', at, 'UTC') at time zone 'UTC')::date || ' ' || currency || ' ' || user_id || ' ' || venue, amounts.*
    from amounts where user_id is not null
  )
  select what || ': ' || concat_ws(' ', sum(trades), coalesce(sum(wins), 0), coalesce(sum(losses), 0), trim_scale(sum(volume)), trim_scale(sum(fees)),
    trim_scale(sum(profit))) as line
  from sums group by what
  union all
  select 'active ' || m || ' ' || date_bin(m * interval '1 minute', at, '2000-01-01Z') || ' ' || venue || ': ' || count(distinct user_id)
  from trades cross join (values (15), (1440)) as minutes (m) where user_id is not null
  group by m, date_bin(m * interval '1 minute', at, '2000-01-01Z'), venue
  union all
  select 'prices ' || symbol || ' ' || venue || ': ' || trim_scale((array_agg(price order by at))[1]) || ' ' || trim_scale((array_agg(price order by at desc))[1])
  from trades group by symbol, venue
  order by 1`;

/** The sums that are kept, in the same words. */
const KEPT = `
  with sums as (
    select 'totals ' || minutes || ' ' || at || ' ' || currency || ' ' || venue as what, trades, wins, losses, volume, fees, profit
    from shoal.analytics_totals
    union all
    select 'assets ' || at || ' ' || currency || ' ' || symbol || ' ' || venue, trades, wins, losses, volume, fees, profit
    from shoal.analytics_assets where minutes = 1440
    union all
    select 'users ' || month || ' ' || currency || ' ' || user_id || ' ' || venue, trades, wins, losses, volume, fees, profit
    from shoal.analytics_users
  )
  select what || ': ' || concat_ws(' ', trades, wins, losses, trim_scale(volume), trim_scale(fees), trim_scale(profit)) as line from sums
  union all
  select 'active ' || minutes || ' ' || at || ' ' || venue || ': ' || bit_count(users) from shoal.analytics_active
  union all
  select 'prices ' || symbol || ' ' || venue || ': ' || trim_scale((array_agg(first_price order by first_at))[1]) || ' '
    || trim_scale((array_agg(last_price order by last_at desc nulls last))[1])
  from shoal.analytics_assets where minutes = 1440 group by symbol, venue having sum(trades) > 0
  order by 1`;

async function expectKeptAsWritten(database: Database<string>): Promise<void> {
  const lines = async (text: string) => (await database.query<{ line: string }>(text)).map(({ line }) => line);
  expect(await lines(KEPT)).toEqual(await lines(WANTED));
}

const STRATEGY_COUNT = 6;
const STEP_COUNT = 120;

/** Writes at random in several sessions, whose transactions end in any order, and folds between. */
async function randomHistory({ database, connect }: TestDatabase, rng: Rng): Promise<void> {
  const sessions = Array.from({ length: 4 }, () => ({ sql: connect(1), isOpen: false, strategies: new Set<string>() }));
  type Session = (typeof sessions)[number];
  /** Who has deleted what was perhaps not counted holds the state until it commits, for which others would wait. */
  let deleter: Session | undefined;
  let number = 0;
  const gone = new Set<string>();
  const begin = async (session: Session) => {
    if (!session.isOpen) await session.sql.query("begin");
    session.isOpen = true;
  };
  const end = async (session: Session, how: "commit" | "rollback") => {
    if (!session.isOpen) return;
    await session.sql.query(how);
    session.isOpen = false;
    session.strategies.clear();
    if (deleter === session) deleter = undefined;
  };
  const write = async (session: Session) => {
    const alive = Array.from({ length: STRATEGY_COUNT }, (_, n) => strategy(n)).filter((id) => !gone.has(id));
    const strategyId = pick(rng, alive);
    if (strategyId === undefined) return;
    await begin(session);
    session.strategies.add(strategyId);
    number += 1;
    const at = new Date(
      Date.UTC(2026, 10, integer(rng, 27, 29), integer(rng, 0, 23), integer(rng, 0, 59), 0, number),
    ).toISOString();
    const isPaper = Number(strategyId.slice(-1)) % 3 !== 2;
    const fill = {
      ...{
        id: `f${number}`,
        strategyId,
        at,
        price: `${integer(rng, 1, 900)}.${integer(rng, 1, 9)}`,
        quantity: `0.${integer(rng, 1, 99)}1`,
      },
      symbol: pick(rng, ["BTC/USDT", "ETH/USDT", "ETH/EUR"]) ?? "",
      fee: `0.00${integer(rng, 1, 9)}`,
      feeCurrency: pick(rng, ["USDT", "BNB"]) ?? "",
      profit: isPaper ? `${integer(rng, -5, 5)}.5` : null,
    };
    await addFill(session.sql, fill);
    await session.sql.query(
      `insert into public.ledger select f.id, f.strategy_id, s.owner_id, s.venue = 'paper', f.symbol, f.price, f.quantity, f.fee, f.fee_currency,
         f.realised_profit, f.filled_at
       from shoal.strategy_fills f join shoal.strategies s on s.id = f.strategy_id where f.id = $1`,
      [fill.id],
    );
  };
  /** As shoal.strategy_write_orders does it. */
  const book = async (session: Session) => {
    await begin(session);
    await session.sql.query(
      `with chosen as (
         select f.strategy_id, f.id from shoal.strategy_fills f join shoal.strategies s on s.id = f.strategy_id
         where s.venue <> 'paper' and f.profit_in is null order by f.id limit 1 for update of f skip locked
       ), booked as (
         update shoal.strategy_fills f set realised_profit = $1::integer,
           profit_in = pg_current_xact_id()::text::bigint + (select xid_offset from shoal.analytics_state)
         from chosen c where f.strategy_id = c.strategy_id and f.id = c.id returning f.*
       )
       update public.ledger l set profit = b.realised_profit from booked b where l.strategy_id = b.strategy_id and l.id = b.id`,
      [integer(rng, -3, 3)],
    );
  };
  const remove = async (session: Session) => {
    if (deleter !== undefined && deleter !== session) return;
    deleter = session;
    await begin(session);
    await session.sql.query(
      `delete from shoal.strategy_fills where (strategy_id, id) in (
         select f.strategy_id, f.id from shoal.strategy_fills f order by md5(f.id) limit $1 for update skip locked)`,
      [integer(rng, 1, 4)],
    );
  };
  const removeStrategy = async (session: Session) => {
    const id = strategy(integer(rng, 0, STRATEGY_COUNT - 1));
    const isFree = sessions.every((each) => !each.isOpen) && deleter === undefined;
    if (!isFree || gone.size > STRATEGY_COUNT / 2) return;
    gone.add(id);
    await session.sql.query("delete from shoal.strategies where id = $1", [id]);
  };
  for (let step = 0; step < STEP_COUNT; step += 1) {
    const session = pick(rng, sessions);
    if (!session) return;
    const dice = integer(rng, 0, 19);
    if (dice < 9) await write(session);
    else if (dice < 11) await book(session);
    else if (dice < 12) await remove(session);
    else if (dice < 13) await removeStrategy(session);
    else if (dice < 16) await end(session, integer(rng, 0, 4) === 0 ? "rollback" : "commit");
    else await fold(database, integer(rng, 1, 5));
  }
  for (const session of sessions) await end(session, "commit");
  await foldAll(database, integer(rng, 1, 7));
  await Promise.all(sessions.map((session) => session.sql.close()));
}

const MIGRATIONS = join(import.meta.dirname, "../../../supabase/migrations");

it(
  "counts the trades of before an upgrade, which it does not write anew, and knows since when its users are there",
  async () => {
    await using test = await testDatabase({ migrate: false });
    const { database } = test;
    const files = (await readMigrations(MIGRATIONS)).toSorted((one, other) => one.version.localeCompare(other.version));
    const isOld = ({ version }: { readonly version: string }) => version < "20261130003600";
    for (const { sql } of files.filter(isOld)) await database.script(sql);
    await addStrategies(database, 3);
    await database.query("update shoal.strategies set created_at = '2026-01-02T03:00:00Z' where id = $1", [
      strategy(1),
    ]);
    for (let n = 0; n < 5; n += 1)
      await addFill(database, { id: `old${n}`, strategyId: strategy(n % 3), at: "2026-11-01T12:00:00Z" });
    const placeOf = async () => database.query("select pg_relation_filenode('shoal.strategy_fills') as place");
    const before = await placeOf();
    for (const { sql } of files.filter((file) => !isOld(file))) await database.script(sql);
    expect(await placeOf()).toEqual(before);
    await addFill(database, { id: "new", strategyId: strategy(0), at: "2026-11-02T12:00:00Z" });
    expect(await fold(database, 4)).toMatchObject({ folded: 4, has_more: true, as_of: null });
    expect(await foldAll(database, 4)).toBe(2);
    const days =
      "select at::date::text as day, trades::int as trades from shoal.analytics_totals where minutes = 1440 order by at, trades";
    expect(await database.query(days)).toMatchObject([
      { day: "2026-11-01", trades: 1 },
      { day: "2026-11-01", trades: 4 },
      { day: "2026-11-02", trades: 1 },
    ]);
    const [first] = await database.query<{ at: Date }>("select min(created_at) as at from shoal.analytics_signups");
    expect(first?.at.toISOString()).toBe("2026-01-02T03:00:00.000Z");
  },
  ANALYTICS_LIMIT_MS,
);

describe.each(usualBackends())("a fold on the %s Postgres", (backend) => {
  it(
    "adds each trade once to all sums, whatever commits, is booked and is deleted in whichever order between folds",
    async () => {
      for (let run = 0; run < soakRuns(2, 200); run += 1) {
        const seed = run + 1;
        await using test = await testDatabase({ backend });
        await test.database.script(LEDGER);
        await addStrategies(test.database, STRATEGY_COUNT, 4);
        await test.database.query("update shoal.strategies set owner_id = $1 where id = $2", [NOBODY, strategy(5)]);
        await randomHistory(test, seededRng(seed));
        await expectKeptAsWritten(test.database).catch((thrown) => {
          throw new Error(`seed ${seed}`, { cause: thrown });
        });
      }
    },
    soakRuns(1, 30) * ANALYTICS_LIMIT_MS,
  );
});

describe.each(backends())("a fold on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let database: Database<string>;
  let number = 0;
  const add = async (sql: Pick<Sql<string>, "query"> = database, more: object = {}) => {
    number += 1;
    await addFill(sql, { id: `n${number}`, strategyId: strategy(0), at: "2026-11-29T12:00:00Z", ...more });
  };
  const tradeCount = async () => {
    const [row] = await database.query<{ count: number }>(
      "select coalesce(sum(trades), 0)::int as count from shoal.analytics_totals where minutes = 15",
    );
    return row?.count;
  };
  beforeAll(async () => {
    test = await testDatabase({ backend });
    database = test.database;
    await addStrategies(database, 3);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("counts at most so many at once, and says that there is more", async () => {
    await foldAll(database);
    for (let n = 0; n < 5; n += 1) await add();
    const before = await tradeCount();
    expect(await fold(database, 2)).toMatchObject({ folded: 2, has_more: true });
    expect(await fold(database, 2)).toMatchObject({ folded: 2, has_more: true });
    // The third call ends what the first began; since then there may be more.
    expect(await fold(database, 2)).toMatchObject({ folded: 1, has_more: true });
    expect(await fold(database, 2)).toMatchObject({ folded: 0, has_more: false });
    expect(await tradeCount()).toBe((before ?? 0) + 5);
    await expect(fold(database, 0)).rejects.toMatchObject({ code: "STORE_QUERY" });
  });

  it("is as new as its answer says, while an old transaction is open and after it", async () => {
    const old = test.connect(1);
    await old.query("begin");
    await add(old);
    await add();
    const before = (await tradeCount()) ?? 0;
    expect(await fold(database)).toMatchObject({ folded: 1, has_more: false });
    expect(await fold(database)).toMatchObject({ folded: 0, has_more: false });
    expect(await tradeCount()).toBe(before + 1);
    await old.query("commit");
    const { folded, as_of: asOf } = await fold(database);
    const [{ now } = { now: new Date(0) }] = await database.query<{ now: Date }>("select clock_timestamp() as now");
    expect(folded).toBe(1);
    expect(now.getTime() - (asOf?.getTime() ?? 0)).toBeGreaterThanOrEqual(0);
    expect(await tradeCount()).toBe(before + 2);
  });

  it("leaves the work to another that is under way, and what that one did not write", async () => {
    const other = test.connect(1);
    await add();
    const before = (await tradeCount()) ?? 0;
    await other.query("begin");
    expect(await fold(other)).toMatchObject({ folded: 1, has_more: false });
    expect(await fold(database)).toMatchObject({ folded: 0, has_more: true });
    // As when its process is killed.
    await other.query("rollback");
    expect(await tradeCount()).toBe(before);
    expect(await fold(database)).toMatchObject({ folded: 1, has_more: false });
    expect(await tradeCount()).toBe(before + 1);
  });

  it("may stand in a transaction that writes trades before and after it", async () => {
    await foldAll(database);
    const before = (await tradeCount()) ?? 0;
    const older = test.connect(1);
    await older.query("begin");
    await database.transaction(async (tx) => {
      // Its number is the higher one, and it ends first.
      await older.query("select pg_current_xact_id()");
      await add(tx);
      await fold(tx);
      // Another transaction begins after it and commits before.
      await add();
      await fold(tx);
      await add(tx);
    });
    await older.query("rollback");
    await foldAll(database);
    expect(await tradeCount()).toBe(before + 3);
  });

  it("goes on counting in a database that was restored from a dump into one with fewer transactions", async () => {
    await foldAll(database);
    const before = (await tradeCount()) ?? 0;
    await add();
    await database.script(`
      update shoal.strategy_fills set written_in = written_in + 1000000000;
      update shoal.analytics_state set counted_until = counted_until + 1000000000`);
    expect(await fold(database)).toMatchObject({ folded: 1, has_more: false });
    await add();
    expect(await fold(database)).toMatchObject({ folded: 1, has_more: false });
    expect(await fold(database)).toMatchObject({ folded: 0, has_more: false });
    expect(await tradeCount()).toBe(before + 2);
  });

  it("takes no number that is none", async () => {
    await foldAll(database);
    await add(database, { fee: "NaN" });
    await add(database, { price: "Infinity" });
    await foldAll(database);
    const [row] = await database.query<{ bad: number }>(
      "select count(*)::int as bad from shoal.analytics_totals where not (volume < 'Infinity' and fees < 'Infinity')",
    );
    expect(row?.bad).toBe(0);
  });

  it("names no user that was deleted, and counts what the user did", async () => {
    await add(database, { strategyId: strategy(1) });
    await foldAll(database);
    const [named] = await database.query<{ count: number }>(
      "select count(*)::int as count from shoal.analytics_users where user_id = $1",
      [owner(1)],
    );
    expect(named?.count).toBe(1);
    const before = (await tradeCount()) ?? 0;
    await add(database, { strategyId: strategy(1) });
    await database.query("insert into auth.users (id) values ($1) on conflict do nothing", [owner(1)]);
    await database.query("delete from auth.users where id = $1", [owner(1)]);
    await foldAll(database);
    const left = await database.query(
      "select user_id from shoal.analytics_users where user_id = $1 union all select user_id from shoal.analytics_user_numbers where user_id = $1",
      [owner(1)],
    );
    expect(left).toEqual([]);
    expect(await tradeCount()).toBe(before + 1);
  });
});
