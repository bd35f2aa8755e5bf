import { createSystemRuntime, HOUR_MS } from "@shoal/kernel";
import { type CandleSource, MarketError } from "@shoal/market";
import { testRuntime } from "@shoal/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../src/strategies/executor/sandbox.ts";
import { createEndlessMarket } from "../src/strategies/executor/synthetic-market.ts";
import { codeOf, deploy, execute, executorTests, makeExecutor, openSandbox, SYMBOL } from "./executor-support.ts";
import { emptyStrategies } from "./strategy-rows.ts";

const { test, sandbox } = executorTests();
beforeEach(() => emptyStrategies(test));

const rows = <Row extends object>(text: string, id: string) => test.database.query<Row>(text, [id]);
const clockOf = async (id: string) => {
  const [row] = await rows<Record<string, unknown>>(
    `select s.status, s.status_reason, c.total_executions::int as total, c.failed_executions::int as failed,
       c.skipped_reason, c.last_error, c.consecutive_failures, c.lost_claims, c.claimed_at is not null as is_claimed,
       (extract(epoch from c.due_at - clock_timestamp()) * 1000)::float8 as due_in_ms,
       (extract(epoch from c.next_execution_at - c.last_execution_at) * 1000)::float8 as wait_ms,
       (extract(epoch from c.next_execution_at) * 1000)::float8 as tick_ms,
       (('x' || left(s.id::text, 8))::bit(32)::bigint % s.interval_ms)::float8 as phase_ms
     from shoal.strategies s join shoal.strategy_clock c on c.strategy_id = s.id where s.id = $1::uuid`,
    id,
  );
  return row;
};
const runsOf = (id: string) =>
  rows("select outcome, error, logs from shoal.strategy_runs where strategy_id = $1::uuid order by number", id);

/** What its runs have burnt, and what their owner was charged. */
const fuelOf = async (id: string) => {
  const [row] = await rows<{ charged: number; ofRuns: number }>(
    `select o.fuel_used::float8 as charged, c.fuel::float8 as "ofRuns"
     from shoal.strategy_clock c join shoal.strategy_owners o on o.owner_id = c.owner_id where c.strategy_id = $1::uuid`,
    id,
  );
  return row ?? { charged: -1, ofRuns: 0 };
};

/** Long enough that none is due again while a test lasts. */
const MONTH_MS = 31 * 24 * HOUR_MS;

const QUIET = codeOf("ctx.log.info('ran');");
/** Waits for the market, and so for the test. */
const ASKS = codeOf(`await ctx.market.fetchTicker("${SYMBOL}"); ctx.log.info("asked");`);

/** A market that answers when the test says so. */
function gatedMarket() {
  const market = createEndlessMarket(createSystemRuntime().clock);
  let gate = Promise.withResolvers<void>();
  let asked = Promise.withResolvers<void>();
  let waitingCount = 0;
  let mostCount = 0;
  const source: CandleSource = {
    async candles(query, signal) {
      // What a ticker is made of, and not what the book needs.
      if (query.limit > 50) {
        waitingCount += 1;
        mostCount = Math.max(mostCount, waitingCount);
        asked.resolve();
        await gate.promise;
        waitingCount -= 1;
      }
      return market.candles(query, signal);
    },
  };
  return {
    source,
    asked: () => asked.promise,
    open: () => gate.resolve(),
    shut() {
      gate = Promise.withResolvers();
      asked = Promise.withResolvers();
    },
    mostCount: () => mostCount,
  };
}

describe("strategies that are due", () => {
  it("run, are counted, and are due again at the next tick of their grid", async () => {
    const { executor, ran } = makeExecutor(test, { sandbox });
    const id = await deploy(test.database, { code: QUIET, intervalMs: MONTH_MS });
    const done = ran(id);
    executor.start();
    expect(await done).toMatchObject({ outcome: "ok", code: null });
    expect(await clockOf(id)).toMatchObject({ total: 1, failed: 0, last_error: null, is_claimed: false });
    const { phase_ms: phaseMs, tick_ms: tickMs, due_in_ms: dueInMs } = (await clockOf(id)) as Record<string, number>;
    expect([(tickMs ?? 0) % MONTH_MS, (dueInMs ?? 0) > 0]).toEqual([phaseMs, true]);
    expect(await runsOf(id)).toMatchObject([{ outcome: "ok", logs: [{ level: "info", text: "ran" }] }]);
  });

  it("run once each, however many daemons there are", async () => {
    const ids = await Promise.all(
      Array.from({ length: 30 }, () => deploy(test.database, { code: QUIET, intervalMs: MONTH_MS })),
    );
    const replicas = [makeExecutor(test, { sandbox }), makeExecutor(test, { sandbox })];
    const all = replicas.flatMap(({ ran }) => ids.map((id) => ran(id)));
    for (const { executor } of replicas) executor.start();
    let count = 0;
    await new Promise<void>((resolve) => {
      const note = () => {
        count += 1;
        if (count === ids.length) resolve();
      };
      for (const each of all) void each.then(note);
    });
    const [row] = await test.database.query(
      "select count(*)::int as runs, count(distinct strategy_id)::int as strategies from shoal.strategy_runs",
    );
    expect(row).toEqual({ runs: 30, strategies: 30 });
  });

  it("are run by hand when somebody asks, also while stopped, and stay stopped", async () => {
    const { executor, ran } = makeExecutor(test, { sandbox });
    const id = await deploy(test.database, { code: QUIET, status: "stopped" });
    executor.start();
    const done = ran(id);
    await execute(test.database, id);
    await done;
    expect(await clockOf(id)).toMatchObject({ status: "stopped", total: 1, due_in_ms: null });
  });

  it("never run twice at a time: who asks in the middle of a run gets another one after it", async () => {
    const market = gatedMarket();
    const { executor, ran, events } = makeExecutor(test, { sandbox, source: market.source });
    const id = await deploy(test.database, { code: ASKS, status: "stopped" });
    executor.start();
    await execute(test.database, id);
    await market.asked();
    await execute(test.database, id);
    await execute(test.database, id);
    const first = ran(id);
    market.open();
    await first;
    await ran(id);
    expect(await clockOf(id)).toMatchObject({ total: 2 });
    expect(market.mostCount()).toBe(1);
    expect(events.listenerCount).toBe(0);
  });

  it("are not claimed where the executor is off", async () => {
    const { executor, events } = makeExecutor(test, { sandbox, env: { STRATEGY_EXECUTOR: "off" } });
    const turns: unknown[] = [];
    const stop = events.on("strategies:turn", (turn) => turns.push(turn));
    const id = await deploy(test.database, { code: QUIET });
    executor.start();
    executor.nudge();
    await executor.drain(1_000);
    stop();
    expect([turns, (await clockOf(id))?.["total"]]).toEqual([[], 0]);
  });

  it("run a few at a time in cycles", async () => {
    const env = { STRATEGY_EXECUTOR: "cycle", STRATEGY_CYCLE_MS: "500", STRATEGY_BATCH_PAUSE_MS: "10" };
    const { executor, events } = makeExecutor(test, { sandbox, env });
    for (let count = 0; count < 7; count += 1) await deploy(test.database, { code: QUIET, intervalMs: MONTH_MS });
    const claimed: number[] = [];
    const all = Promise.withResolvers<void>();
    const stop = events.on("strategies:claimed", ({ count }) => {
      claimed.push(count);
      if (claimed.reduce((sum, each) => sum + each, 0) === 7) all.resolve();
    });
    executor.start();
    await all.promise;
    stop();
    expect(claimed).toEqual([3, 2, 2]);
  });

  it("cost no question while there are none and somebody else would say so", async () => {
    const runtime = testRuntime();
    let isWatched = true;
    const { executor, events } = makeExecutor(test, { sandbox, runtime, isWatched: () => isWatched });
    const first = events.next("strategies:turn");
    executor.start();
    await first;
    // Once it listens, it looks again: what was announced before is not heard.
    await events.next("strategies:turn");
    let turnCount = 0;
    const stop = events.on("strategies:turn", () => {
      turnCount += 1;
    });
    const pass = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await runtime.clock.advance(1_000);
        await test.database.query("select 1");
      }
    };
    await pass(100);
    expect(turnCount).toBe(0);
    // Nobody says so any more: from the next look on it asks by itself.
    isWatched = false;
    executor.dueIn(0);
    for (let second = 0; second < 100 && turnCount < 2; second += 1) await pass(1);
    expect(turnCount).toBeGreaterThan(1);
    stop();
  });
});

describe("a run that goes wrong", () => {
  it("says where, waits longer, and is paused after too many in a row", async () => {
    const { executor, ran, events } = makeExecutor(test, { sandbox, env: { STRATEGY_MAX_FAILURES: "2" } });
    const id = await deploy(test.database, { code: codeOf("ctx.log.info('x');\n  null.x;") });
    const failed = ran(id);
    executor.start();
    expect(await failed).toMatchObject({ outcome: "failed", code: "STRATEGY_THREW" });
    const error = { code: "STRATEGY_THREW", line: 2, message: expect.stringContaining("null") };
    expect(await runsOf(id)).toMatchObject([{ outcome: "failed", error, logs: [{ text: "x" }] }]);
    expect((await clockOf(id))?.["wait_ms"]).toBeGreaterThan(3_400);
    const halted = events.next("strategy:halted");
    await execute(test.database, id);
    expect(await halted).toEqual({ strategyId: id, status: "paused", code: "STRATEGY_TOO_MANY_FAILURES" });
    const status = {
      status: "paused",
      status_reason: expect.stringMatching(/^STRATEGY_TOO_MANY_FAILURES: 2 runs.*null/),
    };
    expect(await clockOf(id)).toMatchObject({ ...status, due_in_ms: null, total: 2, failed: 2 });
  });

  it("is ended after its time, and its strategy quarantined after too many of them", async () => {
    const market = gatedMarket();
    const short = openSandbox({ STRATEGY_TIME_LIMIT_MS: "200", MAX_CONCURRENT_STRATEGIES: "1" });
    const env = { STRATEGY_TIME_LIMIT_MS: "200", STRATEGY_MAX_KILLS: "2" };
    const { executor, ran, events } = makeExecutor(test, { sandbox: short, source: market.source, env });
    const places = `ctx.orders.place({symbol:"${SYMBOL}",side:"buy",type:"limit",quantity:1,price:1}); ctx.state.set("a", 1);`;
    const id = await deploy(test.database, {
      code: codeOf(`${places} await ctx.market.fetchTicker("${SYMBOL}");`),
      status: "stopped",
    });
    executor.start();
    const first = ran(id);
    await execute(test.database, id);
    expect(await first).toMatchObject({ outcome: "killed", code: "STRATEGY_TIME_LIMIT" });
    const halted = events.next("strategy:halted");
    await execute(test.database, id);
    expect(await halted).toMatchObject({ status: "quarantined", code: "STRATEGY_TOO_MANY_KILLS" });
    expect(await clockOf(id)).toMatchObject({ status: "quarantined", failed: 2 });
    // Two runs of 200 ms, of the half second in which all of its fuel can be burnt.
    expect((await fuelOf(id)).charged).toBeGreaterThan(100_000_000);
    const left = "select count(*)::int as count from shoal.strategy_orders where strategy_id = $1::uuid";
    expect(await rows(left, id)).toEqual([{ count: 0 }]);
    await executor.drain(1_000);
    await short.close(1_000);
  });

  it("is nobody's fault while its market is away: the tick is kept, and run when it is back", async () => {
    const market = createEndlessMarket(createSystemRuntime().clock);
    let isAway = true;
    const source: CandleSource = {
      candles(query, signal) {
        if (!isAway) return market.candles(query, signal);
        const gone = new MarketError("MARKET_EXCHANGE_UNAVAILABLE", "maintenance", { retryable: true });
        return Promise.reject(gone);
      },
    };
    const { executor, ran, events } = makeExecutor(test, { sandbox, source });
    const id = await deploy(test.database, { code: QUIET, intervalMs: MONTH_MS });
    const unable = events.next("strategy:unable");
    executor.start();
    expect(await unable).toMatchObject({ strategyId: id, code: "MARKET_EXCHANGE_UNAVAILABLE" });
    const told = {
      total: 0,
      failed: 0,
      consecutive_failures: 0,
      last_error: "MARKET_EXCHANGE_UNAVAILABLE: maintenance",
    };
    expect(await clockOf(id)).toMatchObject(told);
    isAway = false;
    await ran(id);
    expect(await clockOf(id)).toMatchObject({ total: 1, failed: 0 });
  });

  it("is nobody's fault while no process can run it", async () => {
    const broken: Sandbox = { ...sandbox, trouble: () => "bun is gone" };
    const { executor, events } = makeExecutor(test, { sandbox: broken });
    const id = await deploy(test.database, { code: QUIET, intervalMs: MONTH_MS });
    const unable = events.next("strategy:unable");
    executor.start();
    expect(await unable).toMatchObject({ strategyId: id, code: "STRATEGY_SANDBOX_UNAVAILABLE" });
    expect((await clockOf(id))?.["last_error"]).toMatch(/^STRATEGY_SANDBOX_UNAVAILABLE: .*bun is gone/);
  });

  it("is not begun where whoever claimed it never came back, five times in a row", async () => {
    const { executor, events } = makeExecutor(test, { sandbox });
    const id = await deploy(test.database, { code: QUIET, dueInMs: 60_000 });
    await test.database.query("update shoal.strategy_clock set lost_claims = 5");
    const halted = events.next("strategy:halted");
    executor.start();
    await execute(test.database, id);
    expect(await halted).toEqual({ strategyId: id, status: "quarantined", code: "STRATEGY_CLAIMS_LOST" });
    expect(await runsOf(id)).toMatchObject([{ outcome: "killed", error: { code: "STRATEGY_CLAIMS_LOST" } }]);
  });

  it("keeps what it said, also of text that Postgres cannot hold", async () => {
    const { executor, ran } = makeExecutor(test, { sandbox });
    const body = 'ctx.log.info("c\\u0000d"); ctx.notify("e\\ud800"); ctx.state.set("a", "b");';
    const id = await deploy(test.database, { code: codeOf(body), intervalMs: MONTH_MS });
    const done = ran(id);
    executor.start();
    expect(await done).toMatchObject({ outcome: "ok" });
    const said = "select logs, notifications from shoal.strategy_runs where strategy_id = $1::uuid";
    const [run] = await rows<{ logs: { text: string }[]; notifications: string[] }>(said, id);
    expect([run?.logs[0]?.text, run?.notifications[0]]).toEqual(["c\\u{0}d", expect.stringMatching(/^e\ufffd+$/)]);
  });
});

describe("a run that is out of date", () => {
  /** As a deploy or a stop does. */
  const outdate = async (id: string) => {
    await test.database.query(
      `update shoal.strategy_clock set epoch = epoch + 1, revision = revision + 1, claimed_at = null, holder = null, due_at = null
       where strategy_id = $1::uuid`,
      [id],
    );
  };

  it("places nothing and keeps nothing, and the next one goes on from what there was", async () => {
    const market = gatedMarket();
    const { executor, ran, events } = makeExecutor(test, { sandbox, source: market.source });
    const code = codeOf(`ctx.state.set("n", ctx.state.get("n", 0) + 1);
      ctx.orders.place({symbol:"${SYMBOL}",side:"buy",type:"limit",quantity:1,price:1});
      await ctx.market.fetchTicker("${SYMBOL}");`);
    const id = await deploy(test.database, { code, status: "stopped" });
    executor.start();
    await execute(test.database, id);
    await market.asked();
    await outdate(id);
    const lost = events.next("strategy:lost");
    market.open();
    expect(await lost).toEqual({ strategyId: id });
    const second = ran(id);
    await execute(test.database, id);
    await second;
    const counts = `select (select count(*)::int from shoal.strategy_orders where strategy_id = $1::uuid) as orders,
      (select value from shoal.strategy_state where strategy_id = $1::uuid) as state`;
    expect(await rows(counts, id)).toEqual([{ orders: 1, state: 1 }]);
    const { charged, ofRuns } = await fuelOf(id);
    expect(charged).toBeGreaterThan(ofRuns);
  });

  it("costs its owner what it took, also where a newer claim ends it", async () => {
    const market = gatedMarket();
    const { executor, ran, events } = makeExecutor(test, { sandbox, source: market.source });
    const id = await deploy(test.database, { code: ASKS, status: "stopped" });
    executor.start();
    await execute(test.database, id);
    await market.asked();
    await outdate(id);
    const lost = events.next("strategy:lost");
    await execute(test.database, id);
    await lost;
    const second = ran(id);
    market.open();
    await second;
    // What is lost is charged with the next turn.
    const third = ran(id);
    await execute(test.database, id);
    await third;
    const { charged, ofRuns } = await fuelOf(id);
    expect(charged).toBeGreaterThan(ofRuns);
  });
});

describe("a run that a newer claim of the same daemon overtakes", () => {
  it("ends before that one begins, and leaves nothing", async () => {
    const market = gatedMarket();
    const { executor, ran, events } = makeExecutor(test, { sandbox, source: market.source });
    const code = codeOf(`ctx.state.set("n", ctx.state.get("n", 0) + 1); await ctx.market.fetchTicker("${SYMBOL}");`);
    const id = await deploy(test.database, { code, status: "stopped" });
    executor.start();
    await execute(test.database, id);
    await market.asked();
    market.shut();
    const lost = events.next("strategy:lost");
    const done = ran(id);
    // As a deploy does it, which is due at once.
    await test.database.query(
      `update shoal.strategy_clock set epoch = epoch + 1, revision = revision + 1, claimed_at = null, holder = null
       where strategy_id = $1::uuid`,
      [id],
    );
    await execute(test.database, id);
    expect(await lost).toEqual({ strategyId: id });
    market.open();
    expect(await done).toMatchObject({ outcome: "ok" });
    expect(await rows("select value from shoal.strategy_state where strategy_id = $1::uuid", id)).toEqual([
      { value: 1 },
    ]);
    expect(await clockOf(id)).toMatchObject({ total: 1 });
    expect(executor.heldCount).toBe(0);
  });
});

describe("a run at an exchange", () => {
  it("places intents, which stay open until the exchange speaks, and goes on from what that says", async () => {
    const { executor, ran } = makeExecutor(test, { sandbox });
    const code =
      codeOf(`ctx.log.info(ctx.portfolio.position("${SYMBOL}").quantity, ctx.orders.open("${SYMBOL}").length);
      if (ctx.state.get("n", 0) === 0) ctx.orders.place({symbol:"${SYMBOL}",side:"buy",type:"limit",quantity:2,price:1000});
      if (ctx.state.get("n", 0) === 1) for (const { id } of ctx.orders.open("${SYMBOL}")) ctx.orders.cancel(id);
      ctx.state.set("n", ctx.state.get("n", 0) + 1);`);
    const id = await deploy(test.database, { code, venue: "binance", status: "stopped" });
    executor.start();
    const runOnce = async () => {
      const done = ran(id);
      await execute(test.database, id);
      expect(await done).toMatchObject({ outcome: "ok" });
    };
    await runOnce();
    const orders = () =>
      rows<{ id: string }>(
        `select id, status, is_cancel_wanted as "isCancelWanted", check_at is not null as "isDue", filled::text as filled
         from shoal.strategy_orders where strategy_id = $1::uuid`,
        id,
      );
    const [order] = await orders();
    expect(order).toMatchObject({ status: "intended", isCancelWanted: false, isDue: true, filled: "0" });
    await runOnce();
    expect(await orders()).toMatchObject([{ status: "intended", isCancelWanted: true }]);
    // What a dispatcher writes: one trade, and then the end.
    await test.database.query(
      `with fill as (
         insert into shoal.strategy_fills (id, strategy_id, order_id, symbol, side, price, quantity, fee, fee_currency, filled_at)
         values ('t1', $1::uuid, $2::uuid, '${SYMBOL}', 'buy', 900, 0.5, 1, 'USDT', clock_timestamp())
       ), ended as (
         update shoal.strategy_orders set status = 'cancelled', reason = 'TRADING_CANCELLED: by its owner', filled = 0.5
         where id = $2::uuid
       )
       update shoal.strategy_clock set revision = revision + 1 where strategy_id = $1::uuid`,
      [id, order?.id ?? ""],
    );
    await runOnce();
    await runOnce();
    const logs = (await runsOf(id)).map((run) => (run as { logs: { text: string }[] }).logs[0]?.text);
    expect(logs).toEqual(["0 0", "0 1", "0.5 0", "0.5 0"]);
    const money = `select amount::text as amount, (select count(*)::int from shoal.strategy_fills f
        where f.strategy_id = b.strategy_id and booked_at is not null) as booked
      from shoal.strategy_balances b where strategy_id = $1::uuid and currency = 'USDT'`;
    expect(await rows(money, id)).toEqual([{ amount: "9549", booked: 1 }]);
  });
});

describe("a drain", () => {
  it("gives back what does not end, and another daemon runs it", async () => {
    const market = gatedMarket();
    const { executor } = makeExecutor(test, { sandbox, source: market.source });
    const id = await deploy(test.database, { code: ASKS, intervalMs: MONTH_MS });
    executor.start();
    await market.asked();
    expect(await executor.drain(3_000)).toEqual([id]);
    expect(executor.heldCount).toBe(0);
    const other = makeExecutor(test, { sandbox });
    const done = other.ran(id);
    other.executor.start();
    expect(await done).toMatchObject({ outcome: "ok" });
    expect(await clockOf(id)).toMatchObject({ total: 1, lost_claims: 0 });
    market.open();
  });
});

describe("a filter", () => {
  it("skips what no run could change, says why, and is passed by who asks", async () => {
    const { executor, ran, events } = makeExecutor(test, { sandbox });
    const needs = [{ symbol: SYMBOL, timeframe: "1d", count: 3 }] as const;
    const filter = { onlyNewCandles: true };
    const id = await deploy(test.database, { code: codeOf("ctx.log.info('x');", needs), filter });
    const first = ran(id);
    const skipped = events.next("strategy:skipped");
    executor.start();
    await first;
    expect(await skipped).toMatchObject({ strategyId: id, reason: "no_new_candle" });
    expect(await clockOf(id)).toMatchObject({ total: 1, skipped_reason: "no_new_candle" });
    const byHand = ran(id);
    await execute(test.database, id);
    await byHand;
    expect(await clockOf(id)).toMatchObject({ total: 2, skipped_reason: null });
  });
});
