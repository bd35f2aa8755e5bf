import { join } from "node:path";
import { spawnProgram, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { codeOf, deploy, SYMBOL } from "./executor-support.ts";

const PROGRAM = join(import.meta.dirname, "programs/executor.ts");
const STRATEGIES = 12;

/** Counts in its state, and trades a little: what it has says how often it ran. */
const TRADER = codeOf(
  `ctx.state.set("n", ctx.state.get("n", 0) + 1);
   const { quantity } = ctx.portfolio.position("${SYMBOL}");
   ctx.orders.place({ symbol: "${SYMBOL}", side: quantity > 0 ? "sell" : "buy", type: "market", quantity: 0.5 });`,
  [{ symbol: SYMBOL, timeframe: "1m", count: 2 }],
);

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test[Symbol.asyncDispose]());

/** Reads the lines of a program until `count` of them are there. */
async function lines(output: ReadableStream<Uint8Array>, count: number): Promise<void> {
  const reader = output.getReader();
  let seen = 0;
  while (seen < count) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the program ended after ${seen} lines`);
    seen += value.filter((byte) => byte === 10).length;
  }
  reader.releaseLock();
}

it("daemons that are killed in the middle of runs lose nothing, and do nothing twice", async () => {
  for (let count = 0; count < STRATEGIES; count += 1) {
    await deploy(test.database, { code: TRADER, intervalMs: 1_000 });
  }
  for (const kills of [1, 2]) {
    const program = spawnProgram([PROGRAM, test.url], { stderr: "inherit" });
    await lines(program.stdout, kills * STRATEGIES);
    program.kill("SIGKILL");
    await program.exited;
  }
  const last = spawnProgram([PROGRAM, test.url], { stderr: "inherit" });
  // Each of those that were under way has run once its lease was over.
  await lines(last.stdout, 4 * STRATEGIES);
  last.kill("SIGKILL");
  await last.exited;
  const [sums] = await test.database.query(`
    select count(*)::int as strategies, count(*) filter (where c.total_executions < 2) as few,
      count(*) filter (where s.status <> 'running') as halted,
      count(*) filter (where (t.value)::text::int <> c.total_executions) as "wrongStates",
      count(*) filter (where r.runs <> c.total_executions or r.epochs <> r.runs or r.ticks <> r.runs) as "wrongRuns",
      count(*) filter (where o.orders <> c.total_executions) as "wrongOrders",
      count(*) filter (where 10000 + f.moved <> b.amount) as "wrongMoney"
    from shoal.strategies s join shoal.strategy_clock c on c.strategy_id = s.id
    join shoal.strategy_state t on t.strategy_id = s.id
    join shoal.strategy_balances b on b.strategy_id = s.id and b.currency = 'USDT'
    cross join lateral (select count(*) as runs, count(distinct epoch) as epochs, count(distinct planned_at) as ticks
      from shoal.strategy_runs r where r.strategy_id = s.id) r
    cross join lateral (select count(*) as orders from shoal.strategy_orders o where o.strategy_id = s.id) o
    cross join lateral (select coalesce(sum(case side when 'buy' then -price * quantity else price * quantity end - fee), 0) as moved
      from shoal.strategy_fills f where f.strategy_id = s.id) f`);
  const none = { few: "0", halted: "0", wrongStates: "0", wrongRuns: "0", wrongOrders: "0", wrongMoney: "0" };
  expect(sums).toEqual({ strategies: STRATEGIES, ...none });
});
