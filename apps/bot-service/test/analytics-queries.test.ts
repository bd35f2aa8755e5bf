import type { Database } from "@shoal/store";
import { soakRuns, type TestDatabase, testDatabase, usualBackends } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addStrategies, foldAll, NOBODY, strategy } from "./analytics-support.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Asia/Kathmandu",
  "America/St_Johns",
  "Pacific/Apia",
  "America/Havana",
  "Australia/Lord_Howe",
];
/** Shortly after clocks went forward in Berlin, and back; and when Apia left out the 30th of December 2011. */
const NOWS = ["2026-03-29T12:07:00Z", "2026-10-26T03:22:00Z", "2012-01-02T05:01:00Z"];
const RANGES = ["24h", "7d", "30d", "90d", "365d", "all"];
/** Each zone with each range, at one of the times; in a long run at all of them. */
const CASES = ZONES.flatMap((zone, z) =>
  RANGES.flatMap((range, r) =>
    NOWS.filter((_, n) => soakRuns((z + r) % NOWS.length, n) === n).map((now) => [range, zone, now] as const),
  ),
);
const STRATEGY_COUNT = 9;
const OWNER_COUNT = 5;

/** Trades of the two years before each of the NOWS, at any minute, more of them in the last week. */
const TRADES = NOWS.map(
  (now, round) => `
  insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, realised_profit, filled_at)
  select 't${round}-' || n, ('10000000-0000-4000-8000-' || lpad((n % ${STRATEGY_COUNT})::text, 12, '0'))::uuid,
    (array['BTC/USDT', 'ETH/USDT', 'ETH/EUR'])[n % 3 + 1], 'buy', 100 + n % 17, 0.125 * (1 + n % 5), 0.001 * (n % 7), 'USDT', (n % 11) - 5,
    '${now}'::timestamptz - interval '20 minutes' - (n * n * 0.73 || ' minutes')::interval
  from generate_series(0, 1100) n;`,
);

/** One row for each answer that ours must be like, straight from the trades. */
const DIRECT = {
  dashboard: `
    with period as (select * from shoal.analytics_period($1, $2, ($3::text)::timestamptz, null, 'all')),
    trades as (
      select f.*, split_part(f.symbol, '/', 2) as quote, nullif(s.owner_id, '${NOBODY}') as user_id, f.filled_at >= p."from" and f.filled_at < p."to" as is_now,
        f.filled_at >= p.before_from and f.filled_at < p.before_to as is_before
      from shoal.strategy_fills f join shoal.strategies s on s.id = f.strategy_id cross join period p
    )
    select count(*) filter (where is_now)::int as trades, count(*) filter (where is_before)::int as trades_before,
      trim_scale(coalesce(sum(price * quantity) filter (where is_now and quote = 'USDT'), 0)) as volume,
      trim_scale(coalesce(sum(price * quantity) filter (where is_before and quote = 'USDT'), 0)) as volume_before,
      trim_scale(coalesce(sum(fee) filter (where is_now and fee_currency = 'USDT'), 0)) as fees,
      trim_scale(coalesce(sum(realised_profit) filter (where is_now and quote = 'USDT'), 0)) as profit,
      count(distinct user_id) filter (where is_now)::int as active_users,
      count(distinct user_id) filter (where is_before)::int as active_users_before
    from trades`,
  revenue: `
    select to_char(f.filled_at at time zone $2, case when $1 = '24h' then 'YYYY-MM-DD"T"HH24:00' when $1 in ('365d', 'all') then 'YYYY-MM' else 'YYYY-MM-DD' end) as period,
      trim_scale(sum(f.fee)) as fees, count(*) filter (where f.symbol like '%/USDT')::int as trades
    from shoal.strategy_fills f
    where f.filled_at >= ($4::text)::timestamptz and f.filled_at < ($3::text)::timestamptz and f.fee_currency = 'USDT'
    group by 1 having sum(f.fee) > 0 or count(*) filter (where f.symbol like '%/USDT') > 0 order by 1`,
};

describe.each(usualBackends())("what is asked of the sums, on the %s Postgres,", (backend) => {
  let test: TestDatabase;
  let database: Database<string>;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    database = test.database;
    await addStrategies(database, STRATEGY_COUNT, OWNER_COUNT);
    await database.query("update shoal.strategies set owner_id = $1 where id = $2", [NOBODY, strategy(4)]);
    await database.query("update shoal.strategy_owners set created_at = '2026-03-28T23:30:00Z'");
    await database.script(TRADES.join(""));
    await foldAll(database);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const ask = async <Row extends object>(name: string, range: string, zone: string, now: string, more = "") =>
    database.query<Row>(
      `select a.* from shoal.analytics_period($1, $2, ($3::text)::timestamptz, null, 'all') p cross join lateral
         shoal.analytics_${name}(p."from", p."to", $2, 100, 'USDT', 'all', p.before_from, p.before_to, $1${more}) a`,
      [range, zone, now],
    );

  it("is the same as straight from the trades", async () => {
    for (const [range, zone, now] of CASES) {
      const what = `${range} of ${zone} at ${now}`;
      const [dashboard] = await ask<Record<string, unknown>>("dashboard", range, zone, now);
      const [direct] = await database.query<Record<string, unknown>>(DIRECT.dashboard, [range, zone, now]);
      const isAll = range === "all";
      const seen = Object.fromEntries(
        Object.keys(direct ?? {}).map((name) => {
          const value = dashboard?.[name];
          return [name, typeof direct?.[name] === "number" && value !== null ? Number(value) : value];
        }),
      );
      const none = { trades_before: null, volume_before: null, active_users_before: null };
      expect({ what, ...seen }).toEqual({ what, ...direct, ...(isAll && none) });
    }
  });

  it("has each hour, day and month once, with what was traded in it", async () => {
    for (const [range, zone, now] of CASES) {
      const what = `${range} of ${zone} at ${now}`;
      const rows = await ask<{ period: string; at: Date; fees: string; trades: string }>("revenue", range, zone, now);
      const [{ from } = { from: "" }] = await database.query<{ from: string }>(
        `select "from"::text from shoal.analytics_period($1, $2, ($3::text)::timestamptz, null, 'all')`,
        [range, zone, now],
      );
      const direct = await database.query<{ period: string; fees: string; trades: number }>(DIRECT.revenue, [
        range,
        zone,
        now,
        from,
      ]);
      const ours = new Map(rows.map(({ period, fees, trades }) => [period, { fees, trades: Number(trades) }]));
      // Two hours of a day may have one name, when clocks go back.
      if (range !== "24h") {
        expect(ours.size).toBe(rows.length);
        for (const { period, fees, trades } of direct)
          expect({ what, period, ...ours.get(period) }).toEqual({ what, period, fees, trades });
      }
      const sum = (values: readonly string[]) =>
        values.reduce((total, value) => total + Math.round(Number(value) * 1000), 0);
      expect([what, sum(rows.map(({ fees }) => fees))]).toEqual([what, sum(direct.map(({ fees }) => fees))]);
      expect(rows.map(({ at }) => at.getTime())).toEqual(
        rows.map(({ at }) => at.getTime()).toSorted((one, other) => one - other),
      );
    }
  });

  it("leaves out the day that Apia left out, and none else", async () => {
    const rows = await ask<{ period: string }>("revenue", "7d", "Pacific/Apia", "2012-01-02T05:01:00Z");
    expect(rows.map(({ period }) => period)).toEqual([
      "2011-12-27",
      "2011-12-28",
      "2011-12-29",
      "2011-12-31",
      "2012-01-01",
      "2012-01-02",
    ]);
  });

  it.each([
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25],
    ["Asia/Kathmandu", "2026-03-29", "2026-03-28T18:15:00.000Z", 24],
    ["America/St_Johns", "2026-03-08", "2026-03-08T03:30:00.000Z", 23],
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z", 24],
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z", 0],
    // Its clocks go back over midnight, and forward at midnight.
    ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z", 25],
    ["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", 23],
  ])("knows when a day begins, and how long it is: %s %s", async (zone, day, at, hours) => {
    const [row] = await database.query<{ at: Date; hours: number }>(
      `select shoal.analytics_day_start(($1::text)::date, $2) as at,
         (extract(epoch from shoal.analytics_day_start(($1::text)::date + 1, $2) - shoal.analytics_day_start(($1::text)::date, $2)) / 3600)::int as hours`,
      [day, zone],
    );
    expect({ at: row?.at.toISOString(), hours: row?.hours }).toEqual({ at, hours });
  });

  it("counts users by the day of the zone, with those of before", async () => {
    // 23:30 of UTC is the next day in Berlin.
    const inBerlin = await ask<{ day: string; new_users: string; total_users: string }>(
      "user_growth",
      "7d",
      "Europe/Berlin",
      "2026-03-30T12:00:00Z",
    );
    expect(inBerlin.map(({ day, new_users, total_users }) => [day, Number(new_users), Number(total_users)])).toEqual([
      ["2026-03-24", 0, 0],
      ["2026-03-25", 0, 0],
      ["2026-03-26", 0, 0],
      ["2026-03-27", 0, 0],
      ["2026-03-28", 0, 0],
      ["2026-03-29", OWNER_COUNT, OWNER_COUNT],
      ["2026-03-30", 0, OWNER_COUNT],
    ]);
    const [first] = await ask<{ day: string }>("user_growth", "all", "UTC", "2026-03-30T12:00:00Z");
    expect(first?.day).toBe("2026-03-28");
  });

  it("names the users with most profit and most volume, of months, years and all time, and never the operator", async () => {
    for (const [by, order] of [
      ["profit", "sum(f.realised_profit)"],
      ["volume", "sum(f.price * f.quantity)"],
    ] as const) {
      for (const [range, where] of [
        ["month", "f.filled_at >= '2026-10-01Z' and f.filled_at < '2026-11-01Z'"],
        ["last_month", "f.filled_at >= '2026-09-01Z' and f.filled_at < '2026-10-01Z'"],
        ["year", "f.filled_at >= '2026-01-01Z' and f.filled_at < '2027-01-01Z'"],
        ["all", "true"],
      ] as const) {
        const ours = await ask<{ user_id: string; profit: string; volume: string; trades: string; rank: string }>(
          "top_users",
          range,
          "UTC",
          "2026-10-26T03:22:00Z",
          `, '${by}'`,
        );
        const direct = await database.query<{ user_id: string; profit: string; volume: string; trades: string }>(
          `select s.owner_id::text as user_id, trim_scale(sum(f.realised_profit)) as profit, trim_scale(sum(f.price * f.quantity)) as volume, count(*) as trades
           from shoal.strategy_fills f join shoal.strategies s on s.id = f.strategy_id
           where f.symbol like '%/USDT' and s.owner_id <> '${NOBODY}' and ${where} group by s.owner_id order by ${order} desc, s.owner_id::text`,
        );
        expect(direct.length).toBeGreaterThan(0);
        expect(ours.map(({ user_id, profit, volume, trades }) => ({ user_id, profit, volume, trades }))).toEqual(
          direct,
        );
        expect(ours.map(({ rank }) => Number(rank))).toEqual(direct.map((_, index) => index + 1));
      }
    }
  });

  it("says how each symbol went in days of UTC", async () => {
    const ours = await ask<Record<string, unknown>>("asset_performance", "30d", "UTC", "2026-10-26T00:00:00Z");
    const direct = await database.query<Record<string, unknown>>(
      `select f.symbol, trim_scale(sum(f.price * f.quantity)) as volume, trim_scale(sum(f.realised_profit)) as profit, count(*) as trades,
         trim_scale((array_agg(f.price order by f.filled_at desc))[1]) as last_price,
         (array_agg(f.price order by f.filled_at desc))[1] / (array_agg(f.price order by f.filled_at))[1] - 1 as change
       from shoal.strategy_fills f where f.symbol like '%/USDT' and f.filled_at >= '2026-09-27Z' and f.filled_at < '2026-10-26Z'
       group by f.symbol order by sum(f.price * f.quantity) desc`,
    );
    expect(
      ours.map(({ symbol, volume, profit, trades, last_price }) => ({ symbol, volume, profit, trades, last_price })),
    ).toEqual(
      direct.map(({ symbol, volume, profit, trades, last_price }) => ({ symbol, volume, profit, trades, last_price })),
    );
    for (const [index, { change_ratio }] of ours.entries())
      expect(change_ratio).toBeCloseTo(Number(direct[index]?.["change"]), 9);
  });
});
