import { zstdCompressSync } from "node:zlib";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { bookFromJson, bookToJson, type PaperBook, place, step } from "@shoal/trading";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  claimOf,
  deployed,
  forgetStrategies,
  MINUTE,
  makeDesk,
  NOBODY,
  operator,
  owner,
  rowsOf,
  somebody,
  sourceOf,
} from "../src/strategies/desk/desk.test-support.ts";
import { orderIdOf, runIdOf } from "../src/strategies/ids.ts";

const refused = (code: string) => expect.objectContaining({ code });

describe.each(backends())("what the strategies' desk shows and trades by hand on the %s backend", (backend) => {
  let test: TestDatabase;
  let id = "";
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  beforeEach(async () => {
    await forgetStrategies(test);
    id = await deployed(test, { source: sourceOf({ needs: ["BTC/USDT"] }) });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const writeRun = async (epoch: number, logs: readonly string[], journal: object | null = null) => {
    const lines = JSON.stringify(logs.map((text) => ({ level: "info", text })));
    await test.database.query(
      `insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms, outcome,
         fuel, image_hash, journal, logs, equity)
       select $1::uuid, id, $2::bigint, $2::bigint, version, code_id, 'b', '2026-01-01Z', '2026-01-01T00:00:01Z', 1.5, 'ok', 7, 'hash', $3::bytea,
         ($4::text)::jsonb, 10.50
       from shoal.strategies`,
      [runIdOf(id, epoch), epoch, journal && zstdCompressSync(JSON.stringify(journal)), lines],
    );
  };

  it("lists strategies by id, in pages, by name and by status", async () => {
    const { desk } = makeDesk(test);
    for (const name of ["second", "third"]) {
      await desk.deploy(owner, { name, source: sourceOf(), timing: MINUTE, start: name === "second" });
    }
    const all = await desk.list(owner, { limit: 10 });
    const ids = all.map(({ strategy_id }) => strategy_id);
    expect(ids).toEqual([...ids].sort().toReversed());
    const [first] = await desk.list(owner, { limit: 1 });
    const rest = await desk.list(owner, { limit: 10, before: first?.strategy_id ?? "" });
    expect([first, ...rest]).toEqual(all);
    expect(await desk.list(operator, { limit: 10, name: "third" })).toMatchObject([{ name: "third" }]);
    expect(await desk.list(owner, { limit: 10, status: "stopped" })).toMatchObject([{ name: "third" }]);
    await expect(desk.list(operator, { limit: 1, ownerId: "x" })).rejects.toThrow(refused("STRATEGY_INVALID"));
  });

  it("shows runs, newest first, and one with its journal", async () => {
    const { desk } = makeDesk(test);
    await writeRun(1, ["a"], { version: 1 });
    await writeRun(2, ["b"]);
    const runs = await desk.runs(owner, id, { limit: 10 });
    expect(runs).toMatchObject([
      { epoch: 2, has_journal: false, equity: "10.5", fuel: 7, duration_ms: 1.5, outcome: "ok", error: null },
      { epoch: 1, has_journal: true, started_at: "2026-01-01T00:00:01.000Z" },
    ]);
    expect(await desk.runs(owner, id, { limit: 10, before: 2 })).toMatchObject([{ epoch: 1 }]);
    const journal = { version: 1 };
    expect(await desk.run(owner, runIdOf(id, 1))).toMatchObject({ journal, logs: [{ level: "info", text: "a" }] });
    expect(await desk.run(operator, runIdOf(id, 2))).toMatchObject({ journal: null });
    for (const [asker, runId] of [
      [somebody, runIdOf(id, 1)],
      [owner, NOBODY],
      [owner, "x"],
    ] as const) {
      await expect(desk.run(asker, runId)).rejects.toThrow(refused("STRATEGY_UNKNOWN"));
    }
  });

  it("shows lines of logs, the newest, those before and those after a line", async () => {
    const { desk } = makeDesk(test);
    await writeRun(1, ["a", "b"]);
    await writeRun(3, []);
    await writeRun(4, ["c", "d"]);
    const texts = async (page: Parameters<typeof desk.logs>[2]) =>
      (await desk.logs(owner, id, page)).map(({ epoch, number, text }) => `${epoch}:${number} ${text}`);
    expect(await texts({ limit: 3 })).toEqual(["1:2 b", "4:1 c", "4:2 d"]);
    expect(await texts({ limit: 2, before: { epoch: 4, number: 1 } })).toEqual(["1:1 a", "1:2 b"]);
    expect(await texts({ limit: 2, after: { epoch: 1, number: 1 } })).toEqual(["1:2 b", "4:1 c"]);
    expect(await texts({ limit: 2, after: { epoch: 4, number: 2 } })).toEqual([]);
  });

  it("shows the lines of a level alone, and goes on past runs that have none", async () => {
    const { desk } = makeDesk(test);
    for (const number of [1, 2, 3]) await writeRun(number, ["a", "b", "c"]);
    await test.database.query(
      `update shoal.strategy_runs set logs = jsonb_set(jsonb_set(logs, '{0,level}', '"warn"'), '{1,level}', '"error"') where epoch = 1`,
    );
    const places = async (page: Partial<Parameters<typeof desk.logs>[2]>) =>
      (await desk.logs(owner, id, { limit: 10, ...page })).map(
        ({ epoch, number, level }) => `${epoch}:${number} ${level}`,
      );
    expect(await places({ level: "warn" })).toEqual(["1:1 warn", "1:2 error"]);
    expect(await places({ level: "error", limit: 1 })).toEqual(["1:2 error"]);
    expect(await places({ level: "error", before: { epoch: 1, number: 2 } })).toEqual([]);
    expect(await places({ level: "warn", after: { epoch: 1, number: 1 } })).toEqual(["1:2 error"]);
  });

  it("shows orders, fills, positions and equity exactly", async () => {
    const { desk } = makeDesk(test);
    await test.database.script(`
      insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, price, status, placed_at)
      select gen_random_uuid(), id, owner_id, gen_random_uuid(), n, 'paper', 'BTC/USDT', 'buy', 'limit', 0.10, 12345.678900, 'filled',
        '2026-01-01Z'::timestamptz + make_interval(mins => n) from shoal.strategies, generate_series(1, 3) n;
      insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, filled_at)
      select 'f' || n, id, 'BTC/USDT', 'buy', 1.50, 2, 0.001, 'USDT', '2026-01-01Z' from shoal.strategies, generate_series(1, 3) n;
      insert into shoal.strategy_positions (strategy_id, symbol, quantity, cost, realised_profit, paid_fees)
      select id, 'BTC/USDT', 0.000000010, 100, -1.50, 0 from shoal.strategies;
      insert into shoal.strategy_equity (strategy_id, at, equity)
      select id, '2026-01-01Z'::timestamptz + make_interval(hours => n), 100 + n from shoal.strategies, generate_series(1, 3) n;
    `);
    const orders = await desk.orders(owner, id, { limit: 10 });
    expect(orders.map(({ number }) => number)).toEqual([3, 2, 1]);
    expect(orders[0]).toMatchObject({ quantity: "0.1", price: "12345.6789", filled: "0", average: null });
    expect(await desk.orders(owner, id, { limit: 10, before: orders[1]?.id ?? "" })).toEqual(orders.slice(2));
    await expect(desk.orders(owner, id, { limit: 1, before: "x" })).rejects.toThrow(refused("STRATEGY_INVALID"));
    const fills = await desk.fills(owner, id, { limit: 10 });
    expect(fills.map((fill) => fill.id)).toEqual(["f3", "f2", "f1"]);
    expect(await desk.fills(owner, id, { limit: 10, before: "f2" })).toEqual(fills.slice(2));
    expect(await desk.positions(owner, id)).toMatchObject({
      positions: [{ symbol: "BTC/USDT", quantity: "0.00000001", cost: "100", realised_profit: "-1.5" }],
      equity: "103",
    });
    const points = await desk.equity(owner, id, { limit: 2 });
    expect(points).toMatchObject([{ equity: "103" }, { equity: "102" }]);
    expect(await desk.equity(owner, id, { limit: 2, before: points[1]?.at ?? "" })).toMatchObject([{ equity: "101" }]);
    await expect(desk.equity(owner, id, { limit: 1, before: "now" })).rejects.toThrow(refused("STRATEGY_INVALID"));
  });

  /** Gives the book a price, half a bitcoin and an open order. */
  const trade = async (): Promise<string> => {
    const [row] = await test.database.query<{ book: Parameters<typeof bookFromJson>[0] }>(
      "select book from shoal.strategy_books",
    );
    let book: PaperBook = bookFromJson(row?.book);
    const candle = { symbol: "BTC/USDT", open: 100, high: 110, low: 90, close: 100, volume: 10 };
    const placed = (orderId: string, type: "market" | "limit", price?: string) => {
      const done = place(
        book,
        { id: orderId, symbol: "BTC/USDT", side: "buy", type, quantity: "0.5", ...(price && { price }) },
        1,
      );
      if (done.kind === "refused") throw new Error(done.message);
      book = done.book;
    };
    book = step(book, { ...candle, openMs: 0 }).book;
    placed("bought", "market");
    book = step(book, { ...candle, openMs: 60_000 }).book;
    const orderId = orderIdOf(runIdOf(id, 1), 1);
    placed(orderId, "limit", "50");
    await test.database.query("update shoal.strategy_books set book = ($1::text)::jsonb", [
      JSON.stringify(bookToJson(book)),
    ]);
    await test.database.query(
      `insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, price, status, placed_at)
       select $1::uuid, id, owner_id, $2::uuid, 1, venue, 'BTC/USDT', 'buy', 'limit', 0.5, 50, 'open', clock_timestamp() from shoal.strategies`,
      [orderId, runIdOf(id, 1)],
    );
    return orderId;
  };
  const openOrders = async () => {
    const [row] = await test.database.query<{ orders: { id: string; side: string; type: string; quantity: string }[] }>(
      "select book -> 'orders' as orders from shoal.strategy_books",
    );
    return row?.orders ?? [];
  };

  it("cancels an order on paper, in the book too, and makes the run under way out of date", async () => {
    const { desk } = makeDesk(test);
    const orderId = await trade();
    const epoch = await claimOf(test, id);
    await expect(desk.cancelOrder(somebody, orderId)).rejects.toThrow(refused("STRATEGY_UNKNOWN"));
    expect(await desk.cancelOrder(owner, orderId)).toMatchObject({ status: "cancelled" });
    expect(await openOrders()).toEqual([]);
    expect(await test.database.query("select epoch::float8 as epoch from shoal.strategy_clock")).toEqual([
      { epoch: epoch + 1 },
    ]);
    // What is over stays as it is.
    expect(await desk.cancelOrder(operator, orderId)).toMatchObject({ status: "cancelled" });
    expect(await test.database.query("select epoch::float8 as epoch from shoal.strategy_clock")).toEqual([
      { epoch: epoch + 1 },
    ]);
  });

  it("closes what is held on paper, once for one key", async () => {
    const { desk } = makeDesk(test);
    const cancelled = await trade();
    const placed = await desk.close(owner, id, { symbol: "BTC/USDT", key: "m1" });
    expect(placed).toHaveLength(1);
    expect(await openOrders()).toMatchObject([{ id: placed[0], side: "sell", type: "market", quantity: "0.5" }]);
    expect(await desk.orders(owner, id, { limit: 5 })).toMatchObject([
      { id: placed[0], side: "sell", quantity: "0.5", status: "open" },
      { id: cancelled, status: "cancelled" },
    ]);
    expect(await desk.close(owner, id, { key: "m1" })).toEqual(placed);
    await expect(desk.close(somebody, id, { key: "m1" })).rejects.toThrow(refused("STRATEGY_UNKNOWN"));
    expect(await openOrders()).toHaveLength(1);
    // Another request takes the place of the first one's order.
    const [again] = await desk.close(owner, id, { key: "m2" });
    expect(await openOrders()).toMatchObject([{ id: again }]);
    expect(await desk.close(owner, id, { symbol: "ETH/USDT", key: "m3" })).toEqual([]);
  });

  it.each(["stopped", "paused", "quarantined"])(
    "refuses to close on paper what no run would fill: %s",
    async (status) => {
      const { desk } = makeDesk(test);
      await trade();
      await test.database.query("update shoal.strategies set status = $1", [status]);
      const before = await rowsOf(test);
      await expect(desk.close(owner, id, { key: "m1" })).rejects.toThrow(refused("STRATEGY_WRONG_STATUS"));
      expect(await rowsOf(test)).toBe(before);
      // What nothing has to be filled for is done all the same.
      expect(await desk.close(owner, id, { symbol: "ETH/USDT", key: "m2" })).toEqual([]);
    },
  );

  it("asks the exchange to cancel before it closes there, and then sends the order", async () => {
    const { desk } = makeDesk(test);
    await test.database.query("update shoal.strategies set venue = 'kraken', secret_name = 's'");
    const orderId = await trade();
    await expect(desk.close(owner, id, { key: "m1" })).rejects.toMatchObject({
      code: "STRATEGY_ORDERS_OPEN",
      retryable: true,
    });
    expect(await desk.cancelOrder(owner, orderId)).toMatchObject({ status: "open" });
    expect(
      await test.database.query(
        "select is_cancel_wanted, check_at <= clock_timestamp() as is_due from shoal.strategy_orders",
      ),
    ).toEqual([{ is_cancel_wanted: true, is_due: true }]);
    await test.database.query("update shoal.strategy_books set book = jsonb_set(book, '{orders}', '[]')");
    const [placed] = await desk.close(owner, id, { key: "m1" });
    expect((await desk.orders(owner, id, { limit: 1 }))[0]).toMatchObject({
      id: placed,
      status: "intended",
      venue: "kraken",
    });
  });
});
