import type { Json } from "@shoal/job-queue";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextOf, messageOf } from "../src/jobs/job.test-support.ts";
import { orderCloser } from "../src/jobs/order-close.ts";
import { strategyExecution } from "../src/jobs/strategy-execution.ts";
import { claimOf, deployed, forgetStrategies, NOBODY, rowsOf } from "../src/strategies/desk/desk.test-support.ts";

let test: TestDatabase;
let id = "";
beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(async () => {
  await forgetStrategies(test);
  id = await deployed(test, { start: false });
});
afterAll(() => test[Symbol.asyncDispose]());

const nowMs = async () => {
  const [row] = await test.database.query<{ ms: number }>(
    "select extract(epoch from clock_timestamp())::float8 * 1000 as ms",
  );
  return row?.ms ?? 0;
};
const sentAt = (ms: number) => new Date(ms).toISOString();
const clock = async () => {
  const [row] = await test.database.query<{ is_manual: boolean; is_due: boolean }>(
    "select is_manual, coalesce(due_at <= clock_timestamp(), false) as is_due from shoal.strategy_clock",
  );
  return row;
};
const givenUp = expect.objectContaining({ code: "JOB_GIVEN_UP" });

describe("a message of execution_jobs", () => {
  const execute = async (payload: Json, enqueuedAtMs?: number) => {
    const enqueuedAt = sentAt(enqueuedAtMs ?? (await nowMs()));
    return strategyExecution(test.database).run({ ...messageOf(payload), enqueuedAt }, contextOf("m"));
  };

  it.each([(of: string) => ({ strategyId: of }), (of: string) => ({ strategy_id: of, requestedBy: "x" })])(
    "has a strategy run, in both spellings",
    async (payload) => {
      expect(await execute(payload(id))).toEqual({ strategyId: id });
      expect(await clock()).toEqual({ is_manual: true, is_due: true });
    },
  );

  it("that comes again does nothing once a run has begun since it was sent", async () => {
    const at = await nowMs();
    await execute({ strategyId: id }, at);
    await claimOf(test, id);
    await execute({ strategyId: id }, at);
    expect(await clock()).toEqual({ is_manual: false, is_due: false });
  });

  it("while a run is under way is followed by one more, and by only one", async () => {
    await claimOf(test, id);
    const at = (await nowMs()) + 1;
    await execute({ strategyId: id }, at);
    await execute({ strategyId: id }, at);
    expect(await clock()).toEqual({ is_manual: true, is_due: false });
  });

  it("is given up where there is nothing to run", async () => {
    await expect(execute({ strategyId: NOBODY })).rejects.toThrow(givenUp);
    await test.database.query("update shoal.strategies set status = 'quarantined'");
    await expect(execute({ strategyId: id })).rejects.toThrow(givenUp);
  });

  it.each([[{}], [{ strategyId: "7" }], [[]], ["x"], [null], [{ strategyId: 7 }]])("is refused as %j", (payload) => {
    expect(strategyExecution(test.database).check?.(payload as Json)).toMatch(/^(strategy_id|payload): /);
  });
});

describe("a message of order_close_jobs", () => {
  const close = (payload: Json, messageId = "1") =>
    orderCloser(test.database).run({ ...messageOf(payload), id: messageId }, contextOf("m"));
  const orderOf = async (status: string) => {
    const [row] = await test.database.query<{ id: string }>(
      `insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
       select gen_random_uuid(), id, owner_id, gen_random_uuid(), 1, 'kraken', 'BTC/USDT', 'buy', 'market', 1, $1, clock_timestamp()
       from shoal.strategies returning id`,
      [status],
    );
    return row?.id ?? "";
  };

  it("cancels an order, and leaves one that is over as it is", async () => {
    const open = await orderOf("open");
    expect(await close({ orderId: open })).toEqual({ orderId: open, status: "open" });
    const [row] = await test.database.query("select is_cancel_wanted from shoal.strategy_orders");
    expect(row).toEqual({ is_cancel_wanted: true });
    await test.database.query("update shoal.strategy_orders set status = 'filled'");
    expect(await close({ order_id: open })).toEqual({ orderId: open, status: "filled" });
  });

  it("closes what a strategy holds, and nothing where it holds nothing", async () => {
    const before = await rowsOf(test);
    expect(await close({ strategyId: id, symbol: "BTC/USDT" })).toEqual({ strategyId: id, orderIds: [] });
    expect(await rowsOf(test)).toBe(before);
  });

  it("is given up where there is no such order or strategy", async () => {
    await expect(close({ orderId: NOBODY })).rejects.toThrow(givenUp);
    await expect(close({ strategyId: NOBODY })).rejects.toThrow(givenUp);
  });

  it("is tried again while the exchange has still to cancel", async () => {
    await orderOf("open");
    await test.database.query("update shoal.strategies set venue = 'kraken', secret_name = 's'");
    await test.database.query(
      `update shoal.strategy_books b set book = jsonb_set(book, '{orders}', jsonb_build_array(jsonb_build_object(
         'id', o.id, 'symbol', 'BTC/USDT', 'side', 'buy', 'type', 'market', 'quantity', '1', 'price', null, 'placedAtMs', 1,
         'isResting', false, 'openingQuantity', '0', 'reservedPerUnit', '1', 'openQuantity', '1', 'filledQuantity', '0')))
       from shoal.strategy_orders o`,
    );
    await expect(close({ strategyId: id })).rejects.toMatchObject({ code: "STRATEGY_ORDERS_OPEN", retryable: true });
    const [row] = await test.database.query("select is_cancel_wanted from shoal.strategy_orders");
    expect(row).toEqual({ is_cancel_wanted: true });
  });

  it.each([
    [{ orderId: "7" }, /^order_id: /],
    [{ strategyId: NOBODY, symbol: "" }, /^symbol: /],
    [{ strategyId: 1 }, /^strategy_id: /],
  ])("is refused as %j", (payload, problem) => {
    expect(orderCloser(test.database).check?.(payload)).toMatch(problem);
  });
});
