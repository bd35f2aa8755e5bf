import { createSystemRuntime, type LoopReport } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { type TestDatabase, testDatabase, usualBackends } from "@shoal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTradeFold, followOwnTables } from "../src/analytics/fold.ts";
import type { FleetAnalytics } from "../src/analytics/own-tables.ts";
import { ANALYTICS_QUERIES, type AnalyticsQueryName, answerSchema } from "../src/analytics/queries.ts";
import { createAnalyticsReader } from "../src/analytics/reader.ts";
import { addFill, addStrategies, fold, foldAll, strategy } from "./analytics-support.ts";

const REPORT: LoopReport = { succeeded() {}, failed() {} };

describe.each(usualBackends())("the reader on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let database: Database<string>;
  let lines: { readonly level: string; readonly fields: object; readonly message: string }[];
  beforeEach(async () => {
    test = await testDatabase({ backend });
    database = test.database;
    lines = [];
    await addStrategies(database, 3);
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const make = (analytics: FleetAnalytics = {}) => {
    const line = (level: string) => (fields: object, message: string) => lines.push({ level, fields, message });
    const log = { ...{ debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") } };
    const system = createSystemRuntime();
    const clock = { ...system.clock, aheadMs: 0, monotonicMs: () => system.clock.monotonicMs() + clock.aheadMs };
    const runtime = { ...system, clock, log: { ...system.log, ...log } };
    const trades = createTradeFold({ runtime, database, analytics, report: REPORT });
    const reader = createAnalyticsReader({ database, fold: trades, analytics, clock, log: runtime.log });
    const read = (name: AnalyticsQueryName, given: object = {}) => {
      const query = ANALYTICS_QUERIES.find((each) => each.name === name);
      if (!query) throw new Error(name);
      return reader.read(query, query.parameters.parse(given));
    };
    return { trades, reader, read, clock };
  };
  /** An hour that is over, and within this day wherever it is not the first. */
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

  it("answers every query of an empty database", async () => {
    await database.query("delete from shoal.strategies");
    const { read } = make();
    for (const query of ANALYTICS_QUERIES) {
      const { data } = await read(query.name);
      expect(answerSchema(query).safeParse(data)).toMatchObject({ success: true });
    }
    expect((await read("dashboard")).data).toMatchObject({
      currency: null,
      trades: 0,
      volume: "0",
      win_rate: null,
      active_users: 0,
    });
    expect((await read("revenue", { range: "7d" })).data).toHaveLength(7);
    expect((await read("asset_performance")).data).toEqual([]);
  });

  it("answers with what was traded a moment ago, every digit of it", async () => {
    const { read } = make();
    await addFill(database, {
      id: "a",
      strategyId: strategy(0),
      at: ago(1),
      price: "0.1",
      quantity: "12345678901234567890.123",
      fee: "-0.000000000000000001",
      profit: "3",
    });
    await addFill(database, {
      id: "b",
      strategyId: strategy(1),
      at: ago(2),
      price: "2",
      symbol: "ETH/EUR",
      feeCurrency: "BNB",
      profit: "-1",
    });
    await addFill(database, { id: "c", strategyId: strategy(2), at: ago(3), price: "0.05", profit: null });
    const { data, asOf } = await read("dashboard", { range: "24h" });
    expect(data).toMatchObject({
      ...{
        currency: "USDT",
        trades: 3,
        trades_before: 0,
        volume: "1234567890123456789.0623",
        fees: "0.099999999999999999",
        profit: "3",
      },
      ...{
        win_rate: 0.5,
        win_rate_before: null,
        active_users: 3,
        active_users_before: 0,
        running_strategies: 3,
        new_users: 3,
      },
    });
    expect(Math.abs(asOf.getTime() - Date.now())).toBeLessThan(60_000);
    expect((await read("dashboard", { currency: "BNB" })).data).toMatchObject({
      currency: "BNB",
      trades: 3,
      volume: "0",
      fees: "0.1",
    });
    expect((await read("dashboard", { venue: "exchange" })).data).toMatchObject({
      trades: 1,
      volume: "0.05",
      active_users: 1,
    });
    expect((await read("top_users_by_profit", { limit: "1", range: "all" })).data).toMatchObject([
      { rank: 1, profit: "3", win_rate: 1, trades: 1 },
    ]);
    expect((await read("asset_performance", { range: "24h" })).data).toMatchObject([
      { symbol: "BTC/USDT", trades: 2, last_price: "0.1", change_ratio: 1 },
    ]);
    expect((await read("user_growth", { range: "24h" })).data).toContainEqual(
      expect.objectContaining({ new_users: 3, total_users: 3 }),
    );
  });

  it("says that the trades of before are being counted, instead of answering with a part of them", async () => {
    const { trades, read } = make();
    await addFill(database, { id: "a", strategyId: strategy(0), at: ago(1) });
    await addFill(database, { id: "b", strategyId: strategy(0), at: ago(1) });
    // A first count that has not come to its end, and that somebody goes on with.
    await fold(database, 1);
    const other = test.connect(1);
    await other.query("begin");
    await other.query("select from shoal.analytics_state for update");
    await expect(read("dashboard")).rejects.toMatchObject({ code: "ANALYTICS_COUNTING", retryable: true });
    await other.query("rollback");
    const states: boolean[] = [];
    trades.events.on("fold:done", ({ isBehind }) => states.push(isBehind));
    expect((await read("dashboard")).data).toMatchObject({ trades: 2 });
    expect(states.at(-1)).toBe(false);
  });

  it("refuses a zone that the database does not know, by its name", async () => {
    const { reader, read } = make();
    const [dashboard] = ANALYTICS_QUERIES;
    if (!dashboard) throw new Error("no query");
    const asked = { range: "7d", zone: "Europe/Atlantis", limit: 10, currency: null, venue: "all" } as const;
    await expect(reader.read(dashboard, asked)).rejects.toMatchObject({
      code: "ANALYTICS_ZONE_UNKNOWN",
      details: { field: "zone" },
    });
    expect((await read("dashboard", { zone: "europe/berlin" })).data).toMatchObject({ trades: 0 });
  });

  it("asks queries of the fleet file in place of its own, with all parameters, in any form of their values", async () => {
    const { reader, read } = make({
      queries: {
        revenue: `select $6 as period, now() as at, $5 as currency, 1.50 as fees, 2 as volume, 3::bigint as trades from parameters where "limit" = $4;`,
        user_growth:
          "select current_date as day, now() as at, 1::numeric as new_users, 2::smallint as total_users, 'more' as other",
      },
    });
    await reader.check();
    expect(lines).toEqual([]);
    expect((await read("revenue", { venue: "paper", currency: "EUR" })).data).toMatchObject([
      { period: "paper", currency: "EUR", fees: "1.50", volume: "2", trades: 3 },
    ]);
    expect((await read("user_growth", { range: "all" })).data).toMatchObject([{ new_users: 1, total_users: 2 }]);
    expect((await read("dashboard")).data).toMatchObject({ trades: 0 });
  });

  it.each([
    [
      "misses a column",
      "select 'x' as period, now() as at, null::text as currency, 1 as fees, 1 as volume",
      "answer.trades does not exist",
      true,
    ],
    ["names a table that is not there", "select * from nowhere", "nowhere", true],
    ["has no valid syntax", "selec 1", "syntax error", true],
    [
      "would write",
      "with gone as (delete from shoal.strategies returning 1) select * from gone",
      "must be at the top level",
      true,
    ],
    [
      "would write by a function",
      `select shoal.analytics_forget_user('x')::text as period, now() as at, 'x' as currency, 1 as fees, 1 as volume, 1 as trades`,
      "read-only transaction",
      false,
    ],
    [
      "would end what stands around it",
      "select 1) as answer) as bounded; drop table shoal.strategies; select 1 from (select 1 from (select 1",
      "multiple commands",
      true,
    ],
    [
      "has a value of another form",
      "select 'x' as period, now() as at, 'x' as currency, 'much' as fees, 1 as volume, 1 as trades",
      "fees",
      false,
    ],
    [
      "may not read what it names",
      `select public.denied() as period, now() as at, 'x' as currency, 1 as fees, 1 as volume, 1 as trades`,
      "42501",
      false,
    ],
    [
      "has half a trade",
      "select 'x' as period, now() as at, 'x' as currency, 1 as fees, 1 as volume, 1.5 as trades",
      "trades",
      false,
    ],
    [
      "has rows without end",
      "select 'x' as period, now() as at, 'x' as currency, 1 as fees, 1 as volume, 1 as trades from generate_series(1, 10001)",
      "more than 10000 rows",
      false,
    ],
    [
      "has texts without end",
      "select repeat('x', 1000000) as period, now() as at, 'x' as currency, 1 as fees, 1 as volume, 1 as trades from generate_series(1, 5)",
      "more than 4194304 bytes",
      false,
    ],
  ])("costs its own route alone when it %s", async (_, query, reason, isSeenAtStart) => {
    await database.script(
      "create function public.denied() returns text language plpgsql as $$ begin raise insufficient_privilege; end $$",
    );
    const { reader, read } = make({ queries: { revenue: query } });
    await reader.check();
    expect(lines.length).toBe(isSeenAtStart ? 1 : 0);
    await expect(read("revenue")).rejects.toMatchObject({
      code: "ANALYTICS_QUERY_REFUSED",
      details: { query: "revenue" },
    });
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { query: "revenue", reason: expect.stringContaining(reason) } },
    ]);
    expect((await read("dashboard")).data).toMatchObject({ trades: 0, running_strategies: 3 });
  });

  it("answers again once the database takes the query", async () => {
    const { read } = make({ queries: { user_growth: "select * from public.growth" } });
    await expect(read("user_growth")).rejects.toMatchObject({ code: "ANALYTICS_QUERY_REFUSED" });
    await database.script(
      "create table public.growth as select 'x' as day, now() as at, 1 as new_users, 1 as total_users",
    );
    expect((await read("user_growth")).data).toMatchObject([{ day: "x" }]);
    expect(lines.map(({ level }) => level)).toEqual(["error", "info"]);
  });

  it("keeps the order of a query of the fleet file, and as many rows as it may have", async () => {
    const { read } = make({
      queries: {
        revenue:
          "select n::text as period, now() as at, 'x' as currency, 1 as fees, 1 as volume, n as trades from generate_series(1, 10000) n order by n desc",
      },
    });
    const periods = ((await read("revenue")).data as { readonly period: string }[]).map(({ period }) => Number(period));
    expect(periods).toEqual(Array.from({ length: 10_000 }, (_, at) => 10_000 - at));
  });

  it("lets a query rest that took too long, so that the others have the connection", async () => {
    const makeSlow = (body: string) =>
      database.script(
        `create or replace function public.slow() returns text language plpgsql as $$ begin ${body} end $$`,
      );
    await makeSlow("raise query_canceled;");
    const { read, clock } = make({
      queries: {
        user_growth: "select public.slow() as day, now() as at, 1 as new_users, 1 as total_users",
      },
    });
    const refused = { code: "ANALYTICS_QUERY_REFUSED" };
    await expect(read("user_growth")).rejects.toMatchObject(refused);
    await makeSlow("return 'x';");
    await expect(read("user_growth")).rejects.toMatchObject(refused);
    expect((await read("dashboard")).data).toMatchObject({ trades: 0 });
    clock.aheadMs += 60_000;
    expect((await read("user_growth")).data).toMatchObject([{ day: "x" }]);
    expect(lines.map(({ level }) => level)).toEqual(["error", "debug", "info"]);
  });

  it("counts the trades and users of own tables, also those that came late, changed or went", async () => {
    await database.script(`
      create table public."deals" ("Who" text, pair text, amount float8, rate float8, gain numeric, made timestamptz);
      create table public.people (since timestamptz);
      insert into public.people select now() - n * interval '1 day' from generate_series(0, 9) n;
      insert into public.deals select 'u' || n % 4, 'DOGE/EUR', n, 2, n % 3 - 1, now() - n * interval '3 hours' from generate_series(1, 100) n;`);
    const trades = {
      table: "public.deals",
      userId: "Who",
      symbol: "pair",
      quantity: "amount",
      price: "rate",
      profit: "gain",
      at: "made",
    };
    const { read } = make({ trades, users: { table: "people", createdAt: "since" } });
    await addFill(database, { id: "a", strategyId: strategy(0), at: ago(1) });
    const direct = async () => {
      const [row] = await database.query(
        `select count(*)::int + 1 as trades, trim_scale(sum(amount * rate)::numeric) as volume, trim_scale(sum(gain)) as profit,
           count(distinct "Who")::int + 1 as active_users from public.deals`,
      );
      return row;
    };
    const eur = { range: "30d", currency: "EUR" };
    const { data } = await read("dashboard", eur);
    expect(data).toMatchObject({ ...(await direct()), new_users: 10 });
    await database.script(`
      delete from public.deals where amount = 1;
      update public.deals set amount = 1000, gain = 77 where amount = 2;
      insert into public.deals values ('u9', 'SOL/EUR', 3, 7.5, 1, now() - interval '20 hours')`);
    expect((await read("dashboard", eur)).data).toMatchObject({ ...(await direct()) });
    const own = { ...eur, venue: "own" };
    expect((await read("dashboard", own)).data).toMatchObject({ trades: 100, active_users: 5 });
    expect((await read("top_users_by_profit", { currency: "EUR", range: "all", limit: "1" })).data).toMatchObject([
      { user_id: "u2" },
    ]);
    // Without them, none of it is left.
    await followOwnTables(database, {});
    await foldAll(database);
    expect((await read("dashboard", own)).data).toMatchObject({ trades: 0, active_users: 0 });
  });

  it.each([
    ["empty", "where false"],
    ["no older than today", ""],
  ])("counts own trades of yesterday that come after the first count, of a table that was %s then", async (_, rows) => {
    await database.script(
      `create table public.late as select 'u' as who, 'A/EUR' as pair, 1 as amount, 1 as rate, now() as made ${rows}`,
    );
    const trades = { table: "late", userId: "who", symbol: "pair", quantity: "amount", price: "rate", at: "made" };
    const { read } = make({ trades });
    const countOf = async () =>
      ((await read("dashboard", { venue: "own" })).data as { readonly trades: number }).trades;
    const before = await countOf();
    await database.script(
      "insert into public.late select 'v', 'A/EUR', 1, 1, date_trunc('day', now(), 'UTC') - n * interval '12 hours' from generate_series(1, 2) n",
    );
    expect(await countOf()).toBe(before + 2);
  });

  it.each([
    ["has a value that is no number", "much", "22P02"],
    ["may not be read any more", "denied", "42501"],
    ["cannot be read in time", "slow", "57014"],
  ])("counts our trades while a table of own ones %s", async (_, rate, sqlstate) => {
    await database.script(`create table public.odd (who text, pair text, amount int, rate text, made timestamptz);
      insert into public.odd values ('u', 'A/EUR', 1, '1', now());
      create function public.read_rate(rate text) returns text language plpgsql as $$ begin
        if rate = 'slow' then raise query_canceled; end if;
        if rate = 'denied' then raise insufficient_privilege; end if;
        return rate; end $$;
      create view public.odd_trades as select who, pair, amount, public.read_rate(rate) as rate, made from public.odd;`);
    const trades = {
      ...{ table: "odd_trades", userId: "who", symbol: "pair" },
      ...{ quantity: "amount", price: "rate", at: "made" },
    };
    const { read, clock } = make({ trades });
    expect((await read("dashboard")).data).toMatchObject({ trades: 1 });
    await database.query("update public.odd set rate = $1", [rate]);
    await addFill(database, { id: "a", strategyId: strategy(0), at: ago(1) });
    expect((await read("dashboard")).data).toMatchObject({ trades: 2 });
    expect((await read("dashboard")).data).toMatchObject({ trades: 2 });
    const message = expect.stringContaining("analytics.trades");
    const fields = { error_message: expect.stringContaining(sqlstate) };
    expect(lines).toMatchObject([{ level: "error", fields, message }]);
    await database.script("update public.odd set rate = '3'; insert into public.odd select * from public.odd");
    expect((await read("dashboard")).data).toMatchObject({ trades: 2 });
    clock.aheadMs += 60_000;
    expect((await read("dashboard")).data).toMatchObject({ trades: 3 });
    expect(lines).toMatchObject([{ level: "error" }, { level: "info" }]);
  });

  it("goes on without own tables that the database refuses, and says which name it is", async () => {
    const { read } = make({ trades: { table: "deals", userId: "u", symbol: "s", quantity: "q", price: "p", at: "t" } });
    await addFill(database, { id: "a", strategyId: strategy(0), at: ago(1) });
    expect((await read("dashboard")).data).toMatchObject({ trades: 1 });
    expect(lines).toMatchObject([
      { level: "error", fields: { error_message: expect.stringContaining("public.deals") } },
    ]);
  });
});
