import { describeWorkSource, type Run } from "@shoal/job-queue/conformance";
import { type ClaimedWork, InFlight, type WorkSource } from "@shoal/job-queue/work";
import { createEmitter, createSystemRuntime, type Runtime, unreported } from "@shoal/kernel";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Dispatched } from "../src/strategies/orders/dispatch.ts";
import type { OrderEvents } from "../src/strategies/orders/events.ts";
import type { ClaimedOrder, SettledOrder } from "../src/strategies/orders/order-row.ts";
import { OrderSource } from "../src/strategies/orders/order-source.ts";
import { addOrder, addStrategy, emptyStrategies, OTHER_OWNER, OWNER, orderId, STRATEGY } from "./strategy-rows.ts";

const LEASE_MS = 30_000;
const OTHER_STRATEGY = "5c0a0000-0000-4000-8000-000000000002";

const progress = (settled: Partial<SettledOrder>): Dispatched => ({
  settled: {
    ...{ status: "open", reason: null, exchangeId: null, checkAtMs: Date.now() + 60_000, attempts: 0 },
    ...{ isCancelWanted: false, error: null, fills: [], ...settled },
  },
  failureCode: null,
  hasAnswer: true,
});
const FILLED = progress({ status: "filled" });
const fill = (id: string, quantity: string, price = "100") => ({
  ...{ id, price, quantity, fee: "0.1", feeCurrency: "USDT", liquidity: "taker" as const, filledAtMs: 1_000 },
});

/** The engine's suite completes work without a value; of an order something is known then. */
class SuiteSource extends OrderSource {
  override completeAndClaim(...[done, asks]: Parameters<OrderSource["completeAndClaim"]>) {
    for (const item of done) {
      if (item.outcome?.kind === "completed") item.outcome = { ...item.outcome, value: FILLED };
    }
    return super.completeAndClaim(done, asks);
  }
}

describe.each(backends())("orders on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let runtime: Runtime;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    runtime = createSystemRuntime();
    await emptyStrategies(test);
    await test.database.query(
      `insert into shoal.strategy_secrets (owner_id, name, key_id, nonce, ciphertext)
       select owner, 'main', 'k1', decode(repeat('00', 12), 'hex'), decode(repeat('00', 17), 'hex')
       from unnest(array['${OWNER}', '${OTHER_OWNER}']::uuid[]) owner`,
    );
    await addStrategy(test.database, { id: STRATEGY, venue: "binance", secretName: "main" });
  });

  const held: { accounts: string[]; venues: string[] } = { accounts: [], venues: [] };
  const options = (holder: string, run: Run, ownRuntime = runtime) => ({
    ...{ database: test.database, runtime: ownRuntime, holder, leaseMs: LEASE_MS },
    accounts: { held: () => held },
    ...{ events: createEmitter<OrderEvents>(), reports: reportsOf(), failures: { add() {} } },
    isAnnounced: () => true,
    dispatch: async (order: ClaimedOrder, signal: AbortSignal) => {
      await run(order, { signal } as Parameters<Run>[1]);
      return FILLED;
    },
  });
  const reportsOf = () => {
    const report = unreported("orders");
    return { claims: report, writesOf: () => report, leases: report };
  };
  const one = async <Row extends object>(text: string, ...params: string[]): Promise<Row | undefined> =>
    (await test.database.query<Row>(text, params))[0];

  let added = 0;
  describeWorkSource("orders", () => ({
    runtime,
    open: (run, ownRuntime = runtime) =>
      new SuiteSource(options("me", run, ownRuntime)) as unknown as WorkSource<ClaimedWork>,
    async add(count) {
      const ids: string[] = [];
      while (ids.length < count) {
        added += 1;
        ids.push(orderId(added));
        await addOrder(test.database, { id: orderId(added), strategyId: STRATEGY });
      }
      return ids;
    },
    offerAgain: () => {},
    steal: async (id) =>
      void (await one("update shoal.strategy_orders set epoch = epoch + 1, holder = 'other' where id = $1::uuid", id)),
    async stateOf(id) {
      const row = await one<{ is_over: boolean; is_far: boolean }>(
        `select check_at is null as is_over, check_at > now() + interval '30 minutes' as is_far
         from shoal.strategy_orders where id = $1::uuid`,
        id,
      );
      // None is ever given up: one at which the code fails for good is looked at again in an hour.
      return row?.is_over ? "done" : row?.is_far ? "dead" : "open";
    },
  }));

  describe("the statements of orders", () => {
    const noop: Run = async () => {};
    const source = (holder = "me") => new OrderSource(options(holder, noop));
    const claim = async (by: OrderSource, quantity = 9) => {
      const { claimed } = await by.completeAndClaim([], [{ lane: "orders", quantity }]);
      return claimed.map((order) => new InFlight(order, "orders", runtime.clock.monotonicMs() + LEASE_MS));
    };
    const write = async (by: OrderSource, item: InFlight<ClaimedOrder> | undefined, value: Dispatched | null) => {
      if (!item) throw new Error("nothing was claimed");
      item.outcome = { kind: "completed", durationMs: 1, value };
      const { lostIds } = await by.completeAndClaim([item], []);
      return [...lostIds];
    };
    const orderRow = (id = orderId(1)) =>
      one<Record<string, unknown>>(
        "select *, check_at <= now() as is_due from shoal.strategy_orders where id = $1::uuid",
        id,
      );
    const revision = async (id = STRATEGY) =>
      (await one<{ revision: string }>("select revision from shoal.strategy_clock where strategy_id = $1::uuid", id))
        ?.revision;

    it("bring what a dispatcher has to know of an order", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY, quantity: "0.30", price: "100.5" });
      const [item] = await claim(source());
      expect(item?.work.row).toMatchObject({
        ...{
          id: orderId(1),
          strategy_id: STRATEGY,
          owner_id: OWNER,
          venue: "binance",
          symbol: "BTC/USDT",
          side: "buy",
        },
        ...{ type: "limit", quantity: "0.30", price: "100.5", status: "intended", filled: "0", attempts: 0 },
        ...{ is_cancel_wanted: false, sent_ms: null, fill_ids: [], secret_name: "main", is_secret_refused: false },
      });
      expect(item?.work.row.secret_version).toMatch(/^\d{16}$/);
    });

    it("write states and fills together, and tell the strategy", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY, quantity: "3" });
      const me = source();
      const [item] = await claim(me);
      const fills = [fill("a:1", "1", "100"), fill("a:2", "1", "103")];
      expect(await write(me, item, progress({ status: "open", exchangeId: "28", fills }))).toEqual([]);
      expect(await orderRow()).toMatchObject({
        status: "open",
        filled: "2",
        exchange_id: "28",
        claimed_at: null,
        is_due: false,
      });
      expect(Number((await orderRow())?.["average"])).toBe(101.5);
      expect(await revision()).toBe("1");
      const stored = await test.database.query(
        "select id, order_id, side, price, quantity, fee, fee_currency, liquidity, booked_at from shoal.strategy_fills order by id",
      );
      expect(stored).toMatchObject([
        { id: "a:1", order_id: orderId(1), side: "buy", price: "100", quantity: "1", fee: "0.1", booked_at: null },
        { id: "a:2", price: "103" },
      ]);
    });

    it("change nothing when they are repeated", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      const me = source();
      const [item] = await claim(me);
      const news = progress({ status: "open", fills: [fill("a:1", "0.5")] });
      await write(me, item, news);
      const before = await orderRow();
      expect(await write(me, item, news)).toEqual([]);
      expect([await orderRow(), await revision()]).toEqual([before, "1"]);
    });

    it("bring the fills that are known with the next claim, and insert none twice", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      const me = source();
      const [first] = await claim(me);
      await write(me, first, progress({ fills: [fill("a:1", "0.5")], checkAtMs: 0 }));
      const [second] = await claim(me);
      expect(second?.work.row).toMatchObject({ fill_ids: ["a:1"], filled: "0.5", status: "open" });
      await write(me, second, progress({ status: "filled", fills: [fill("a:1", "0.5"), fill("a:2", "0.5")] }));
      expect(await orderRow()).toMatchObject({ status: "filled", filled: "1", check_at: null });
      expect(await claim(me)).toEqual([]);
    });

    it.each<[string, Partial<SettledOrder>, string]>([
      ["nothing new", { status: "open" }, "0"],
      ["an end without fills", { status: "cancelled", reason: "X: y" }, "1"],
      ["a rejection", { status: "rejected", reason: "X: y" }, "1"],
    ])("tell the strategy of an end, not of %s", async (_what, settled, expected) => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      const me = source();
      const [item] = await claim(me);
      await write(me, item, progress(settled));
      expect(await revision()).toBe(expected);
      expect(await orderRow()).toMatchObject({ reason: settled.reason ?? null });
    });

    it("let one holder alone note that a send begins", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      const [me, other] = [source(), source("other")];
      const [mine] = await claim(me);
      if (!mine) throw new Error("nothing was claimed");
      expect(await other.beginSend(mine.work)).toBe(false);
      expect(await me.beginSend(mine.work)).toBe(true);
      expect(await me.beginSend(mine.work)).toBe(false);
      expect(await orderRow()).toMatchObject({
        status: "sent",
        claimed_at: expect.any(Date),
        sent_at: expect.any(Date),
      });
    });

    it("refuse a send that is not wanted any more, and make a wish that came meanwhile due at once", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      const me = source();
      const [item] = await claim(me);
      if (!item) throw new Error("nothing was claimed");
      await test.database.query("update shoal.strategy_orders set is_cancel_wanted = true");
      expect(await me.beginSend(item.work)).toBe(false);
      await write(me, item, progress({ status: "open", isCancelWanted: false }));
      expect(await orderRow()).toMatchObject({ is_due: true, is_cancel_wanted: true });
      const [again] = await claim(me);
      await write(me, again, progress({ status: "open", isCancelWanted: true }));
      expect(await orderRow()).toMatchObject({ is_due: false });
    });

    it("hand back what was released, and wake others", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      const heard = Promise.withResolvers<void>();
      const ready = Promise.withResolvers<void>();
      const listener = await test.database.listen(
        "shoal_orders",
        () => heard.resolve(),
        () => ready.resolve(),
      );
      try {
        await ready.promise;
        const me = source();
        const [item] = await claim(me);
        await write(me, item, null);
        await heard.promise;
        expect((await claim(source("other"))).length).toBe(1);
      } finally {
        await listener.close();
      }
    });

    it("leave out what is held back, and say when the rest is due", async () => {
      await addStrategy(test.database, {
        id: OTHER_STRATEGY,
        venue: "kraken",
        secretName: "main",
        ownerId: OTHER_OWNER,
      });
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      await addOrder(test.database, {
        id: orderId(2),
        strategyId: OTHER_STRATEGY,
        ownerId: OTHER_OWNER,
        venue: "kraken",
      });
      const me = source();
      const claimWith = async (accounts: string[], venues: string[]) => {
        Object.assign(held, { accounts, venues });
        const { claimed, nextDueMs } = await me.completeAndClaim([], [{ lane: "orders", quantity: 9 }]);
        Object.assign(held, { accounts: [], venues: [] });
        return [claimed.map(({ id }) => id), nextDueMs === Infinity];
      };
      expect(await claimWith([`${OWNER}:main`, `${OTHER_OWNER}:main`], [])).toEqual([[], true]);
      expect(await claimWith([], ["binance", "kraken"])).toEqual([[], true]);
      expect(await claimWith([`${OWNER}:main`], ["binance"])).toEqual([[orderId(2)], false]);
      expect(await claimWith([], [])).toEqual([[orderId(1)], false]);
    });

    it("say when the next order is due", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      await test.database.query("update shoal.strategy_orders set check_at = now() + interval '1 hour'");
      const { nextDueMs } = await source().completeAndClaim([], [{ lane: "orders", quantity: 1 }]);
      expect(Math.round((nextDueMs ?? 0) / 60_000)).toBe(60);
    });

    it("give an order to another dispatcher once its lease is over", async () => {
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      const [me, other] = [source(), source("other")];
      const [item] = await claim(me);
      expect(await claim(other)).toEqual([]);
      await test.database.query("update shoal.strategy_orders set check_at = now()");
      expect((await claim(other)).map(({ work }) => work.row.epoch)).toEqual(["2"]);
      expect(await write(me, item, FILLED)).toEqual([orderId(1)]);
      expect(await orderRow()).toMatchObject({ status: "intended", holder: "other" });
      if (item) expect(await me.beginSend(item.work)).toBe(false);
    });

    it("read a few pages, however many orders there are, also by plans from before there were any", async () => {
      const session = test.connect(1);
      const pagesOf = async (call: string) => {
        const [row] = await session.query<{ "QUERY PLAN": { Plan: Record<string, number> }[] }>(
          `explain (analyze, buffers, format json) select * from ${call}`,
        );
        const plan = row?.["QUERY PLAN"][0]?.Plan;
        return (plan?.["Shared Hit Blocks"] ?? 0) + (plan?.["Shared Read Blocks"] ?? 0);
      };
      const settled = (epoch: number, settled: object) =>
        JSON.stringify([
          { ...{ id: orderId(1), epoch, kind: "progress" }, ...progress({ checkAtMs: 0 }).settled, ...settled },
        ]);
      const calls = async (epoch: number) => [
        await pagesOf("shoal.order_turn('plan', 30000, 9, '[]', '{}', '{}')"),
        await pagesOf(`shoal.order_begin_send('plan', '${orderId(1)}', ${epoch})`),
        await pagesOf(`shoal.order_extend('plan', 30000, array['${orderId(1)}']::uuid[], array[${epoch}])`),
        await pagesOf(
          `shoal.order_turn('plan', 30000, 9, '${settled(epoch, { fills: [fill(`a:${epoch}`, "0.1")] })}', '{}', '{}')`,
        ),
      ];
      await addOrder(test.database, { id: orderId(1), strategyId: STRATEGY });
      await session.query(
        "analyze shoal.strategy_orders, shoal.strategies, shoal.strategy_fills, shoal.strategy_secrets",
      );
      await calls(1);
      await test.database.script(`
        insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, venue, market, secret_name, account, status)
        select gen_random_uuid(), owner_id, n, code_id, interval_ms, venue, market, secret_name, account, status
        from shoal.strategies, generate_series(1, 500) n;
        insert into shoal.strategy_orders
          (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
        select gen_random_uuid(), s.id, owner_id, gen_random_uuid(), 1, 'binance', 'BTC/USDT', 'buy', 'market', 1, 'filled', now()
        from shoal.strategies s, generate_series(1, 10);
        insert into shoal.strategy_fills (id, strategy_id, order_id, symbol, side, price, quantity, fee, fee_currency, filled_at)
        select o.id, o.strategy_id, o.id, o.symbol, o.side, 1, 1, 0, 'USDT', now() from shoal.strategy_orders o where status = 'filled'`);
      // Each turn claims it again. The first calls after a change of the tables read the catalogue, too, and so do those before which the
      // server has forgotten it for the changes of other databases.
      await calls(2);
      const first = await calls(3);
      const others = [await calls(4), await calls(5), await calls(6), await calls(7)];
      const pages = first.map((count, call) => Math.min(count, ...others.map((round) => round[call] ?? Infinity)));
      expect(Math.max(...pages), `${[first, ...others].join(" | ")}`).toBeLessThan(300);
      expect(await orderRow()).toMatchObject({ epoch: "8", filled: "0.7", status: "open" });
    });
  });
});
