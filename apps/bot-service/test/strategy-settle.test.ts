import { backends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { loadStrategies } from "../src/strategies/executor/statements.ts";
import {
  addStrategy,
  claim,
  clock,
  FULL,
  fill,
  MINUTE,
  ORDER_ID,
  OTHER_ORDER_ID,
  order,
  ownerId,
  ran,
  refreshOwners,
  strategyTests,
  wrongOwners,
} from "./strategy-support.ts";

describe.each(backends())("what became of strategies on the %s Postgres", (backend) => {
  const { test, settle, rows, run } = strategyTests(backend);

  it("writes state, book, positions, balances, orders, fills and equity in one piece", async () => {
    const id = await addStrategy(test.database);
    expect((await run(FULL)).hasOrdered).toBe(false);
    expect(await rows("key, value from shoal.strategy_state order by key")).toEqual([
      { key: "deep", value: { a: [null, "x"] } },
      { key: "seen", value: 1 },
    ]);
    expect(await rows("book, settled_until from shoal.strategy_books")).toEqual([
      { book: { version: 1 }, settled_until: new Date(1_700_000_000_000) },
    ]);
    expect(
      await rows("symbol, quantity, cost, realised_profit as profit, paid_fees as fees from shoal.strategy_positions"),
    ).toEqual([{ symbol: "BTC/USDT", quantity: "0.5", cost: "50.125", profit: "0", fees: "0.05" }]);
    expect(await rows("currency, amount from shoal.strategy_balances")).toEqual([
      { currency: "USDT", amount: "949.824875" },
    ]);
    const orders =
      "id, strategy_id, owner_id, number, venue, type, price, status, filled, average, fee, check_at, placed_at";
    expect(await rows(`${orders} from shoal.strategy_orders order by id`)).toMatchObject([
      {
        id: ORDER_ID,
        strategy_id: id,
        owner_id: ownerId(1),
        number: 1,
        venue: "paper",
        status: "filled",
        average: "100.25",
      },
      { id: OTHER_ORDER_ID, status: "open", filled: "0", average: null, check_at: null, placed_at: new Date(1000) },
    ]);
    expect(
      await rows("id, order_id, fee, realised_profit, booked_at is not null as is_booked from shoal.strategy_fills"),
    ).toEqual([{ id: "1", order_id: ORDER_ID, fee: "0.050125", realised_profit: "-1.5", is_booked: true }]);
    expect(await rows("equity from shoal.strategy_equity")).toEqual([{ equity: "1000.00" }]);
    expect(await clock(test.database, id)).toMatchObject({ revision: 1, successful: 1 });
  });

  it("writes nothing of a state and an equity that are as they were, not even a lock", async () => {
    await addStrategy(test.database);
    const versions = async () => [
      await rows("key, value, xmin::text, xmax::text from shoal.strategy_state order by key"),
      await rows("equity, xmin::text, xmax::text from shoal.strategy_equity"),
    ];
    await run(FULL);
    const before = await versions();
    await run(FULL);
    expect(await versions()).toEqual(before);
    await run({ ...FULL, statePatch: { seen: 2 }, equity: "1000.01" });
    expect(await rows("key, value from shoal.strategy_state order by key")).toMatchObject([
      {},
      { key: "seen", value: 2 },
    ]);
    expect(await rows("equity from shoal.strategy_equity")).toEqual([{ equity: "1000.01" }]);
  });

  it("changes what a later run changed, and leaves the rest", async () => {
    const id = await addStrategy(test.database);
    await run(FULL);
    await run({
      ...{ statePatch: { seen: null, deep: 2, "new": false }, book: { version: 2 }, settledUntilMs: 1_700_000_060_000 },
      ...{ positions: [{ ...FULL.positions[0], symbol: "ETH/USDT" }], balances: [{ currency: "USDT", amount: "1" }] },
      ...{
        orders: [order(OTHER_ORDER_ID, { status: "cancelled", reason: "ASKED: by the strategy" })],
        fills: [fill("1", { price: "9" })],
      },
      ...{ equity: "999.5", outcome: "failed" },
    });
    expect(await rows("key, value from shoal.strategy_state order by key")).toEqual([
      { key: "deep", value: 2 },
      { key: "new", value: false },
    ]);
    expect(await rows("book from shoal.strategy_books")).toEqual([{ book: { version: 2 } }]);
    expect(await rows("symbol from shoal.strategy_positions")).toEqual([{ symbol: "ETH/USDT" }]);
    expect(await rows("amount from shoal.strategy_balances")).toEqual([{ amount: "1" }]);
    expect(await rows("status, reason from shoal.strategy_orders order by id")).toEqual([
      { status: "filled", reason: null },
      { status: "cancelled", reason: "ASKED: by the strategy" },
    ]);
    expect(await rows("price from shoal.strategy_fills")).toEqual([{ price: "100.25" }]);
    expect(await rows("equity from shoal.strategy_equity")).toEqual([{ equity: "999.5" }]);
    expect(await clock(test.database, id)).toMatchObject({ revision: 2 });
    // Nothing but the state: the rest is as it was.
    await run({ statePatch: { deep: 3 } });
    expect(await rows("symbol from shoal.strategy_positions")).toEqual([{ symbol: "ETH/USDT" }]);
    expect(await clock(test.database, id)).toMatchObject({ revision: 3 });
  });

  it.each([
    ["paper", 10_000],
    ["kraken", 10_500],
  ])("keeps so many trades on %s, however much a strategy orders: %d", async (venue, keptCount) => {
    const id = await addStrategy(test.database, { venue });
    const trades = `select $1::uuid as strategy_id, n, to_timestamp(n) as at from generate_series(1, 10500) n`;
    await test.database.query(
      `with trades as (${trades}), orders as (
         insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
         select gen_random_uuid(), strategy_id, $2::uuid, gen_random_uuid(), 1, $3, 'BTC/USDT', 'buy', 'market', 1,
           case when n = 1 then 'open' else 'filled' end, at from trades
       )
       insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, filled_at, booked_at)
       select n, strategy_id, 'BTC/USDT', 'buy', 1, 1, 0, 'USDT', at, at from trades`,
      [id, ownerId(1), venue],
    );
    const counts = `(select count(*)::int from shoal.strategy_orders where status = 'filled') as orders,
      (select count(*)::int from shoal.strategy_fills) as fills`;
    await run({});
    expect(await rows(counts)).toEqual([{ orders: 10_499, fills: 10_500 }]);
    await test.database.query("update shoal.strategy_clock set total_executions = 19");
    await run({});
    // The oldest order is open, and stays.
    expect(await rows(counts)).toEqual([{ orders: Math.min(keptCount, 10_499), fills: keptCount }]);
    const oldest = "min(filled_at) as at from shoal.strategy_fills";
    expect(await rows(oldest)).toEqual([{ at: new Date((10_501 - keptCount) * 1000) }]);
  });

  it("keeps the journals of the newest runs within 8 MB, and the figures of the others", async () => {
    const id = await addStrategy(test.database);
    await test.database.query(
      `insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms,
         outcome, fuel, image_hash, journal)
       select gen_random_uuid(), $1::uuid, n, n, 1, 'code', 'build', now(), now(), 1, 'ok', 1, 'hash', decode(repeat('00', 3000000), 'hex')
       from generate_series(-2, 0) n`,
      [id],
    );
    await run({ journal: Buffer.alloc(1000).toString("base64") });
    const runs = "number::int as number, octet_length(journal) as bytes from shoal.strategy_runs order by number desc";
    const large = { bytes: 3_000_000 };
    expect(await rows(runs)).toMatchObject([{ number: 1, bytes: 1000 }, large, large]);
    await run({ journal: Buffer.alloc(3_000_000).toString("base64") });
    expect(await rows(runs)).toMatchObject([
      { number: 2, ...large },
      { number: 1, bytes: 1000 },
      { number: 0, ...large },
    ]);
    await run({ journal: Buffer.alloc(3_000_000).toString("base64") });
    expect(await rows(runs)).toMatchObject([
      { number: 3, ...large },
      { number: 2, ...large },
      { number: 1, bytes: 1000 },
    ]);
    await test.database.query(
      "update shoal.strategy_runs set journal = decode(repeat('00', 6000000), 'hex') where number < 3",
    );
    await run({ journal: Buffer.alloc(200_000).toString("base64") });
    expect(await rows(runs)).toMatchObject([
      { number: 4, bytes: 200_000 },
      { number: 3, ...large },
      { number: 2, bytes: null },
    ]);
  });

  it("touches nothing but clock, owner and runs for a run that changes nothing", async () => {
    await addStrategy(test.database);
    await run(FULL);
    const others =
      "strategies strategy_state strategy_books strategy_orders strategy_fills strategy_positions strategy_equity".split(
        " ",
      );
    // A row that is rewritten or locked has another xmin or xmax.
    const rest = `jsonb_build_array(${others.map((name) => `(select jsonb_agg(jsonb_build_array(t.xmin, t.xmax, t.ctid)) from shoal.${name} t)`)}) as all`;
    const before = await rows(rest);
    await run({});
    expect(await rows(rest)).toEqual(before);
    expect(await rows("count(*)::int as count from shoal.strategy_runs")).toEqual([{ count: 2 }]);
  });

  it("counts failures and kills in a row, keeps the last error, and pauses with the reason", async () => {
    const id = await addStrategy(test.database);
    const error = { code: "RUN_THREW", message: "x is not defined" };
    await run({ outcome: "failed", error });
    await run({ outcome: "killed", error: { code: "RUN_KILLED", message: "took too long" } });
    await run({ outcome: "killed", error });
    const counts = { failed: 3, successful: 0, total: 3, consecutive_failures: 3, consecutive_kills: 2 };
    expect(await clock(test.database, id)).toMatchObject({ ...counts, last_error: "RUN_THREW: x is not defined" });
    await run({ outcome: "failed", error });
    expect(await clock(test.database, id)).toMatchObject({ consecutive_failures: 4, consecutive_kills: 0 });
    await run({});
    expect(await clock(test.database, id)).toMatchObject({
      ...{
        failed: 4,
        successful: 1,
        consecutive_failures: 0,
        consecutive_kills: 0,
        last_error: "RUN_THREW: x is not defined",
      },
    });
    const reason = "STRATEGY_TOO_MANY_FAILURES: 10 in a row";
    // Beside another one, which goes on.
    const other = await addStrategy(test.database, { dueInMs: -MINUTE });
    const both = await claim(test.database);
    const pause = { status: "paused", reason } as const;
    await settle(...both.map((each) => (each.id === id ? ran(each, { outcome: "failed", error, pause }) : ran(each))));
    expect(await clock(test.database, other)).toMatchObject({ status: "running", status_reason: null });
    await test.database.query("delete from shoal.strategies where id = $1", [other]);
    await refreshOwners(test.database, [ownerId(1)]);
    expect(await clock(test.database, id)).toMatchObject({ status: "paused", status_reason: reason, due_ms: null });
    expect(await claim(test.database)).toEqual([]);
    expect(await wrongOwners(test.database)).toEqual([]);
  });

  it("pauses none that its owner has stopped while it ran by hand, but quarantines it", async () => {
    const id = await addStrategy(test.database, { status: "stopped", isManual: true });
    await run({ outcome: "failed", pause: { status: "paused", reason: "A" } });
    expect(await clock(test.database, id)).toMatchObject({ status: "stopped", status_reason: null });
    await test.database.query("update shoal.strategy_clock set is_manual = true, due_at = now()");
    await refreshOwners(test.database, [ownerId(1)]);
    await run({ outcome: "killed", pause: { status: "quarantined", reason: "B" } });
    expect(await clock(test.database, id)).toMatchObject({ status: "quarantined", status_reason: "B", due_ms: null });
  });

  it("hands orders at an exchange to the dispatcher, and changes none that it has", async () => {
    const id = await addStrategy(test.database, { venue: "binance" });
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    const listener = await test.database.listen(
      "shoal_orders",
      () => resolve(),
      () => {},
    );
    try {
      const placed = {
        orders: [order(ORDER_ID, { status: "intended" }), order(OTHER_ORDER_ID, { status: "intended" })],
      };
      expect((await run(placed)).hasOrdered).toBe(true);
      await woken;
    } finally {
      await listener.close();
    }
    const states =
      "status, is_cancel_wanted as wanted, check_at <= clock_timestamp() as is_due from shoal.strategy_orders order by id";
    expect(await rows(states)).toEqual([
      { status: "intended", wanted: false, is_due: true },
      { status: "intended", wanted: false, is_due: true },
    ]);
    await test.database.query(
      `update shoal.strategy_orders set status = 'sent', check_at = now() + interval '1 hour',
         claimed_at = case when id = $1 then now() end`,
      [ORDER_ID],
    );
    // The first is with a dispatcher until its lease ends; it looks at what is wanted then.
    const again = { cancels: [ORDER_ID, OTHER_ORDER_ID], orders: [order(ORDER_ID, { status: "intended" })] };
    expect((await run(again)).hasOrdered).toBe(true);
    expect(await rows(states)).toEqual([
      { status: "sent", wanted: true, is_due: false },
      { status: "sent", wanted: true, is_due: true },
    ]);
    await test.database.query(
      `insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, filled_at)
       select 'binance:' || n, $1, 'BTC/USDT', 'buy', 100.10, 0.5, 0, 'USDT', to_timestamp(n) from generate_series(1, 3) n`,
      [id],
    );
    await test.database.query("update shoal.strategy_orders set status = 'filled'");
    const sums = async () => {
      await test.database.query("select shoal.analytics_fold(1000000)");
      return rows(
        "sum(trades)::int as trades, sum(wins)::int as wins, sum(losses)::int as losses, sum(profit)::float8 as profit from shoal.analytics_assets where minutes = 1440",
      );
    };
    const [before] = await sums();
    const booked = {
      bookedFillIds: ["binance:1", "binance:3"],
      bookedProfits: { "binance:1": "-2.25", "binance:3": "5.5" },
    };
    expect(await run({ ...again, orders: [], ...booked })).toMatchObject({ hasOrdered: false });
    expect(await rows("id, realised_profit as profit from shoal.strategy_fills order by id")).toEqual([
      { id: "binance:1", profit: "-2.25" },
      { id: "binance:2", profit: null },
      { id: "binance:3", profit: "5.5" },
    ]);
    const [loaded] = await loadStrategies(test.database, [id]);
    expect(loaded?.unbookedFills).toEqual([
      {
        ...{
          id: "binance:2",
          orderId: null,
          symbol: "BTC/USDT",
          side: "buy",
          price: "100.10",
          quantity: "0.5",
          fee: "0",
        },
        ...{ feeCurrency: "USDT", liquidity: null, realisedProfit: null, filledAtMs: 2000 },
      },
    ]);
    // What was counted before its profit was known is counted with it.
    const counted = (name: string) => Number(before?.[name]);
    expect(await sums()).toEqual([
      {
        trades: counted("trades"),
        wins: counted("wins") + 1,
        losses: counted("losses") + 1,
        profit: counted("profit") + 3.25,
      },
    ]);
  });
});
