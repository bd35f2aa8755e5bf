import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { createSystemRuntime, type Runtime } from "@shoal/kernel";
import { type CandleQuery, finishedCandles, selectCandles } from "@shoal/market";
import { checkStrategy, createCompiler, journalFromText } from "@shoal/strategy-runner";
import { soakRuns } from "@shoal/testkit";
import { add, formatDecimal, type PaperOrder, ZERO } from "@shoal/trading";
import { describe, expect, it } from "vitest";
import { sampleCandles } from "../../../examples/strategies/sample-candles.ts";
import { readStrategy } from "../src/cli/backtest/inputs.ts";
import type { Sandbox as CliSandbox } from "../src/cli/backtest/sandbox.ts";
import { runBacktest, type StepRecord } from "../src/strategies/backtest/backtest.ts";
import { createBacktestBook } from "../src/strategies/backtest/book.ts";
import { planSteps } from "../src/strategies/backtest/plan.ts";
import { stepStrategy } from "../src/strategies/step.ts";
import { deploy, execute, executorTests, makeExecutor } from "./executor-support.ts";

const FOLDER = join(import.meta.dirname, "../../../examples/strategies");
/** Candles, and runs on each of them. */
const STEPS = soakRuns(250, 400);

const { test, sandbox } = executorTests();

/** What is to be seen of an order, whoever made its id. */
interface SeenOrder {
  readonly placedAtMs: number;
  readonly number: number;
  readonly symbol: string;
  readonly side: string;
  readonly type: string;
  readonly quantity: string;
  readonly price: string | null;
  readonly filled: string;
  readonly isCancelled: boolean;
}

async function prepare(name: string) {
  const runner = await sandbox.runner();
  const compiler = createCompiler();
  const check: CliSandbox["check"] = (source, language) =>
    checkStrategy(source, { compiler, sandbox: runner, language });
  const { code } = await readStrategy(join(FOLDER, `${name}.ts`), { check } as CliSandbox);
  const series = code.needs.candles.map(({ symbol, timeframe }) => sampleCandles(symbol, timeframe, 600));
  const { book, currency } = createBacktestBook(series, { fee: "0.001", slippage: "0.0005", cash: "10000" });
  return { runner, code, series, book, currency, plan: planSteps(code.needs.candles, series, {}) };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

async function runInBacktest({ runner, ...options }: Prepared) {
  const records: StepRecord[] = [];
  /** By id. A step that was begun ahead and done again comes last. */
  const placed = new Map<string, PaperOrder>();
  const run = await runBacktest({
    ...{ ...options, run: (request, signal) => runner.run(request, signal), config: {}, seed: "1", to: STEPS },
    signal: new AbortController().signal,
    onStep: (record) => void records.push(record),
    async step(ofRun, request, signal) {
      const result = await stepStrategy(ofRun, request, signal);
      for (const order of result.placed) placed.set(order.id, order);
      return result;
    },
  });
  const cancelled = new Set(records.flatMap((record) => record.cancelled));
  const filledOf = (id: string) =>
    run.fills.filter(({ orderId }) => orderId === id).reduce((sum, { quantity }) => add(sum, quantity), ZERO);
  return {
    equity: records.map(({ equity }) => equity),
    logs: records.map(({ logs }) => logs),
    notifications: records.map(({ notifications }) => notifications),
    states: records.map(({ statePatch }) => statePatch),
    fills: records.flatMap(({ fills }) => fills),
    orders: records
      .flatMap((record) => record.placed)
      .map((id): SeenOrder => {
        const order = placed.get(id);
        if (order === undefined) throw new Error(`no step has placed ${id}`);
        const { placedAtMs, symbol, side, type, quantity, price } = order;
        return {
          ...{ placedAtMs, number: Number(id.split("-")[1]), symbol, side, type },
          ...{ quantity: formatDecimal(quantity), price: price && formatDecimal(price) },
          ...{ filled: formatDecimal(filledOf(id)), isCancelled: cancelled.has(id) },
        };
      }),
  };
}

/** Runs it by hand at each instant, with a clock that stands there. */
async function runLive({ code, series, book, plan }: Prepared) {
  const system = createSystemRuntime();
  let nowMs = (plan.instantsMs[0] as number) - plan.stepMs;
  const runtime: Runtime = { ...system, clock: { ...system.clock, now: () => nowMs } };
  const all = series[0];
  if (!all) throw new Error("no candles");
  const source = { candles: async (query: CandleQuery) => selectCandles(finishedCandles(all, nowMs), query) };
  const env = { STRATEGY_RUNS_KEPT: "1000" };
  const { executor, ran } = makeExecutor(test, { sandbox, runtime, source, env });
  const id = await deploy(test.database, { code, book, status: "stopped", settledUntilMs: nowMs });
  executor.start();
  const logs: unknown[] = [];
  for (const instantMs of plan.instantsMs.slice(0, STEPS)) {
    nowMs = instantMs;
    const done = ran(id);
    await execute(test.database, id);
    expect(await done).toMatchObject({ outcome: "ok" });
  }
  const rows = <Row extends object>(text: string) => test.database.query<Row>(text, [id]);
  const runs = await rows<{ id: string; equity: string; logs: unknown; notifications: unknown; journal: Uint8Array }>(
    "select id, equity::text as equity, logs, notifications, journal from shoal.strategy_runs where strategy_id = $1::uuid order by number",
  );
  const journals = runs.map(({ journal }) => journalFromText(zstdDecompressSync(journal).toString()));
  logs.push(...runs.map((run) => run.logs));
  return {
    id,
    equity: runs.map(({ equity }) => equity),
    logs,
    notifications: runs.map(({ notifications }) => notifications),
    states: journals.map(({ outcome }) => outcome.statePatch),
    fills: await rows(`
      select (extract(epoch from filled_at) * 1000)::float8 as "atMs", symbol, side, price::text as price,
        quantity::text as quantity, fee::text as fee
      from shoal.strategy_fills where strategy_id = $1::uuid
      order by split_part(id, '-', 1)::int, split_part(id, '-', 2)::int`),
    orders: await rows(`
      select (extract(epoch from placed_at) * 1000)::float8 as "placedAtMs", number, symbol, side, type, quantity::text as quantity,
        price::text as price, filled::text as filled, status = 'cancelled' as "isCancelled"
      from shoal.strategy_orders where strategy_id = $1::uuid order by placed_at, number`),
  };
}

describe(`${STEPS} candles live on paper`, () => {
  it.each(["moving-average-cross", "grid"])(
    "are what a backtest says of them, byte for byte: %s",
    async (name) => {
      const prepared = await prepare(name);
      const { id, ...live } = await runLive(prepared);
      const backtest = await runInBacktest(prepared);
      expect(backtest.fills.length).toBeGreaterThan(5);
      expect(JSON.stringify(live.fills)).toBe(JSON.stringify(backtest.fills));
      expect(JSON.stringify(live.orders)).toBe(JSON.stringify(backtest.orders));
      for (const what of ["equity", "logs", "notifications", "states"] as const) {
        expect(JSON.stringify(live[what]), what).toBe(JSON.stringify(backtest[what]));
      }
      await expectExactMoney(id);
    },
    120_000,
  );
});

/** The rows of fills are the change of each balance, to the last digit. */
async function expectExactMoney(id: string) {
  const [row] = await test.database.query<{ isExact: boolean }>(
    `select 10000 + sum(case side when 'buy' then -price * quantity else price * quantity end - fee) = (
       select amount from shoal.strategy_balances where strategy_id = $1::uuid and currency = 'USDT'
     ) as "isExact" from shoal.strategy_fills where strategy_id = $1::uuid`,
    [id],
  );
  expect(row).toEqual({ isExact: true });
}
