import { createEmitter, createSystemRuntime, type Runtime, sleep } from "@shoal/kernel";
import { MarketError } from "@shoal/market";
import { createHealth } from "@shoal/monitor";
import type { Database } from "@shoal/store";
import { createStrategyRunner, StrategyError } from "@shoal/strategy-runner";
import { standInExchange, type TestDatabase, testDatabase } from "@shoal/testkit";
import { createCcxtExchanges } from "@shoal/trading/ccxt";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { parseConfig } from "../src/config.ts";
import { makeDesk } from "../src/strategies/desk/desk.test-support.ts";
import type { StrategyEvents } from "../src/strategies/executor/events.ts";
import { createExecutor } from "../src/strategies/executor/executor.ts";
import { createMarketData } from "../src/strategies/executor/market-data.ts";
import { createSandbox, type SandboxOptions } from "../src/strategies/executor/sandbox.ts";
import { createEndlessMarket } from "../src/strategies/executor/synthetic-market.ts";
import { createOrderDispatcher } from "../src/strategies/orders/dispatcher.ts";
import type { OrderEvents } from "../src/strategies/orders/events.ts";
import { watchExchanges } from "../src/strategies/orders/exchange-watch.ts";
import { createSecretStore } from "../src/strategies/secrets/secret-store.ts";
import { emptyStrategies, keyringOf } from "./strategy-rows.ts";
import { ownerId } from "./strategy-support.ts";

const MARKETS = new Set(["synthetic", "binance"]);
const BTC = { symbol: "BTC/USDT", base: "BTC", quote: "USDT", tick: "0.01", lot: "0.00001", smallestNotional: "5" };
const OWNER = ownerId(1);
const SOURCE = `
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1m", count: 5 }] };
export function run(ctx) {
  ctx.orders.place({ symbol: "BTC/USDT", type: "market", side: "buy", quantity: 0.1 });
}`;
const CODE = {
  ...{ javascript: SOURCE, sha256: "a".repeat(64), fileName: "strategy.js", config: {} },
  needs: { candles: [{ symbol: "BTC/USDT", timeframe: "1m" as const, count: 5 }] },
};

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test[Symbol.asyncDispose]());
beforeEach(() => emptyStrategies(test));

/** Deploys one strategy of an hour's interval, which is due at once. */
async function deploy(at: { readonly venue: string; readonly market?: string; readonly secretName?: string }) {
  const { desk } = makeDesk(test, {
    check: async () => ({ ok: true, code: CODE }),
    markets: { ids: MARKETS, exchangeIds: MARKETS, instruments: async () => [BTC] },
  });
  const timing = { kind: "interval", intervalMs: 3_600_000 } as const;
  await desk.deploy(
    { userId: null },
    { ownerId: OWNER, name: "one", source: SOURCE, language: "javascript", timing, ...at },
  );
}

interface Parts {
  readonly database?: Database<string>;
  readonly create?: NonNullable<SandboxOptions["create"]>;
  /** Called for each look at the market. */
  readonly onCandles?: () => void;
}

/** The executor as the daemon has it, with what it reports. */
function startExecutor({ database = test.database, create = createStrategyRunner, onCandles = () => {} }: Parts) {
  const runtime: Runtime = createSystemRuntime();
  const { config } = parseConfig({ MAX_CONCURRENT_STRATEGIES: "1" });
  const health = createHealth({ clock: runtime.clock });
  const events = createEmitter<StrategyEvents>();
  const sandbox = createSandbox({ config, runtime, create });
  const endless = createEndlessMarket(runtime.clock);
  const candles: typeof endless.candles = async (query, signal) => {
    onCandles();
    return endless.candles(query, signal);
  };
  const market = createMarketData({ database, runtime, events, sourceOf: () => ({ candles }) });
  const executor = createExecutor({
    ...{ config, database, runtime, replicaId: runtime.ids.uuid(), events, market, sandbox },
    reportLoop: health.reportLoop,
    onOrdered() {},
  });
  onTestFinished(async () => {
    await executor.drain(1000);
    await Promise.all([sandbox.close(1000), market.close()]);
    health.close();
  });
  executor.start();
  const loop = (name: string) => health.readiness().loops.find((each) => each.name === name)?.state;
  return { runtime, events, sandbox, market, loop, ran: () => events.next("strategy:ran") };
}

async function clockRow() {
  const [row] = await test.database.query<{
    total: number;
    failures: number;
    last_error: string | null;
    is_due: boolean;
  }>(
    `select total_executions::int as total, consecutive_failures as failures, last_error, due_at is not null as is_due
     from shoal.strategy_clock`,
  );
  return row;
}

/** Ends all sessions but the operator's own: they keep the setting that they began with. */
async function endOthers(operator: Database<string>): Promise<void> {
  await operator.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
}

describe("what a daemon says of its strategies", () => {
  it("is that the sandbox does not start, and why, until it does; the tick is kept, and no failure", async () => {
    let isBroken = true;
    const create: Parts["create"] = async (options) => {
      if (isBroken) throw new StrategyError("STRATEGY_JAIL_INCOMPLETE", "walls are missing: network");
      return createStrategyRunner(options);
    };
    await deploy({ venue: "paper" });
    const { events, sandbox, loop, ran } = startExecutor({ create });
    expect(sandbox.trouble()).toBeUndefined();
    expect(await events.next("strategy:unable")).toMatchObject({ code: "STRATEGY_JAIL_INCOMPLETE" });
    expect(sandbox.trouble()).toContain("walls are missing: network");
    expect(await clockRow()).toMatchObject({ total: 0, failures: 0, is_due: true });
    expect((await clockRow())?.last_error).toContain("STRATEGY_JAIL_INCOMPLETE");
    expect(loop("strategies")).toBe("ok");
    const run = ran();
    isBroken = false;
    expect(await run).toMatchObject({ outcome: "ok" });
    expect(sandbox.trouble()).toBeUndefined();
  });

  it("is that a market is away, and why, until it answers; the tick is kept, and no failure", async () => {
    let isAway = true;
    const onCandles = () => {
      if (isAway)
        throw new MarketError("MARKET_EXCHANGE_UNAVAILABLE", "synthetic does not answer", { retryable: true });
    };
    await deploy({ venue: "paper" });
    const { events, market, loop, ran } = startExecutor({ onCandles });
    expect(market.trouble()).toBeUndefined();
    expect(await events.next("strategy:unable")).toMatchObject({ code: "MARKET_EXCHANGE_UNAVAILABLE" });
    expect(market.trouble()).toContain("synthetic does not answer");
    expect(await clockRow()).toMatchObject({ total: 0, failures: 0, is_due: true });
    expect(loop("strategies")).toBe("ok");
    const run = ran();
    isAway = false;
    expect(await run).toMatchObject({ outcome: "ok" });
    expect(market.trouble()).toBeUndefined();
  });

  it("is that the loop fails while the database takes no writes, and is well again by itself", async () => {
    const own = await testDatabase();
    onTestFinished(() => own[Symbol.asyncDispose]());
    const { runtime, loop, events } = startExecutor({ database: own.connect() });
    const until = async (state: string) => {
      while (loop("strategies") !== state) await sleep(runtime.clock, 10);
    };
    await until("ok");
    // One session, which goes on to write.
    const operator = own.connect(1);
    await operator.script(`alter database ${own.name} set default_transaction_read_only = on`);
    await endOthers(operator);
    await operator.script(`
      set default_transaction_read_only = off;
      insert into shoal.strategy_code (id, language, source, checked) values (repeat('a', 64), 'javascript', '', '{}');
      insert into shoal.strategies (owner_id, name, code_id, interval_ms, market, account, status)
      values ('${OWNER}', 'one', repeat('a', 64), 60000, 'synthetic', '{}', 'running');
      insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at) select id, owner_id, now(), now() from shoal.strategies;
      select shoal.strategy_owner_refresh(array['${OWNER}'::uuid]);`);
    await until("failing");
    const claimed = events.next("strategies:claimed");
    await operator.script(`
      set default_transaction_read_only = off; alter database ${own.name} reset default_transaction_read_only;`);
    await endOthers(operator);
    await claimed;
    await until("ok");
  });

  it("is that an exchange does not answer, until it does; its order is known then, and there once", async () => {
    const runtime = createSystemRuntime();
    const exchange = await standInExchange();
    onTestFinished(() => exchange[Symbol.asyncDispose]());
    const { apiKey, secret, ...binance } = exchange.ccxtSettings;
    const secrets = createSecretStore({ database: test.database, runtime, keyring: keyringOf(1) });
    await secrets.put(OWNER, "main", { apiKey, secret });
    await deploy({ venue: "binance", market: "binance", secretName: "main" });
    const events = createEmitter<OrderEvents>();
    const watch = watchExchanges(events);
    const health = createHealth({ clock: runtime.clock });
    const exchanges = createCcxtExchanges({ runtime, settings: { binance } });
    const dispatcher = createOrderDispatcher({
      ...{ database: test.database, runtime, secrets, events, reportLoop: health.reportLoop, replicaId: "one" },
      openExchange: (venue, keys) => exchanges.account(venue, keys),
    });
    onTestFinished(async () => {
      await dispatcher.drain(1000);
      health.close();
    });
    exchange.misbehaveAlways({ answer: "hang up" });
    dispatcher.start();
    const failed = events.next("order:failed");
    await startExecutor({}).ran();
    dispatcher.nudge();
    const { code } = await failed;
    expect(watch.trouble()).toBe(`binance: ${code}`);
    expect(health.readiness().loops.find(({ name }) => name === "orders")?.state).toBe("ok");
    const filled = events.next("order:changed", ({ status }) => status === "filled");
    exchange.misbehaveAlways(null);
    expect(await filled).toMatchObject({ venue: "binance" });
    expect(watch.trouble()).toBeUndefined();
    expect(exchange.orders).toHaveLength(1);
  });
});
