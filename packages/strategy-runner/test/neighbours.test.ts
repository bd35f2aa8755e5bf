import { createSystemRuntime, summarize } from "@shoal/kernel";
import { soakRuns } from "@shoal/testkit";
import { afterAll, expect, test } from "vitest";
import { createCompiler } from "../src/adapters/compiler.ts";
import { createStrategyRunner } from "../src/adapters/create-strategy-runner.ts";
import { checkStrategy } from "../src/check/check-strategy.ts";
import { journalFromText, journalToText } from "../src/journal/journal.ts";
import type { Journal } from "../src/journal/journal.types.ts";
import { replay } from "../src/journal/replay.ts";
import { rerun } from "../src/journal/rerun.ts";
import type { RunOutcome } from "../src/outcome.types.ts";
import type { CheckedCode, RunRequest } from "../src/run.types.ts";
import type { StrategyRunner } from "../src/strategy-runner.ts";
import type { Attack } from "./attacks/attack.types.ts";
import { attacks } from "./attacks/attacks.ts";
import { candles, NOW_MS } from "./make-run.ts";

const ATTACK_COUNT = soakRuns(30, 10_000);
const CALM_COUNT = 10;
const isSoak = ATTACK_COUNT > 1000;

function request(body: string, strategyId: string): RunRequest {
  const code: CheckedCode = {
    javascript: `export async function run(ctx) { const c = ctx.market.candles("BTC/USDT", "5m"); ${body} }`,
    sha256: "0".repeat(64),
    fileName: "strategy.js",
    needs: { candles: [{ symbol: "BTC/USDT", timeframe: "5m", count: 100 }] },
    config: {},
  };
  return {
    ...{ strategyId, code, config: {}, state: { runs: 1 }, nowMs: NOW_MS, seed: strategyId, candles: [candles] },
    ...{ portfolio: { currency: "USDT", cash: "1", equity: "1", positions: [] }, openOrders: [] },
  };
}

const calm = (id: number) =>
  request(
    'ctx.state.set("runs", ctx.state.get("runs") + 1); ctx.log.info(ctx.ta.rsi(c.close).last, ctx.random(), typeof leak);',
    `calm-${id}`,
  );

/** Runs of ten calm strategies, one after the other each, until `isOver`. */
async function runCalm(runner: StrategyRunner, isOver: () => boolean): Promise<RunOutcome[][]> {
  return await Promise.all(
    Array.from({ length: CALM_COUNT }, async (_, id) => {
      const outcomes: RunOutcome[] = [];
      while (!isOver()) outcomes.push(await runner.run(calm(id)));
      return outcomes;
    }),
  );
}

const p99 = (outcomes: readonly RunOutcome[][]) =>
  summarize(Float64Array.from(outcomes.flat(), ({ wallMs }) => wallMs)).p99;

// The clock is generous, so that a slow machine kills nobody: what ends an attack is its fuel.
const runner = await createStrategyRunner({
  runtime: createSystemRuntime(),
  childCount: 2,
  limits: { fuel: isSoak ? 3_000_000 : 1_000_000, wallMs: 200_000, cpuMs: 200_000 },
});
afterAll(() => runner.close(1000));

test("attacks harm none of ten calm strategies beside them, and none of them needs the kill", async () => {
  let quietCount = 0;
  const quiet = await runCalm(runner, () => ++quietCount > soakRuns(50, 5000));
  let isOver = false;
  const beside = runCalm(runner, () => isOver);
  const seen = new Map<string, number>();
  for (let at = 0; at < ATTACK_COUNT; at += 1) {
    // In the short run some of each kind.
    const attack = attacks[(at * (isSoak ? 1 : 5)) % attacks.length] as Attack;
    const { error } = await runner.run(request(attack.body, "attacker"));
    const code = error?.code ?? "ok";
    seen.set(code, (seen.get(code) ?? 0) + 1);
  }
  isOver = true;
  const outcomes = await beside;
  const expected = quiet.map(([first]) => ({ result: first?.result, logs: first?.logs, fuel: first?.fuel }));
  for (const [id, of] of outcomes.entries()) {
    for (const { result, logs, fuel } of of) expect({ result, logs, fuel }).toEqual(expected[id]);
  }
  expect(expected.every(({ result }) => result === "ok")).toBe(true);
  const kills = [...seen.keys()].filter((code) => /LIMIT|LOST|ANSWER/.test(code));
  expect(kills).toEqual([]);
  expect(runner.health().lostCount).toBe(0);
  if (isSoak) expect(p99(outcomes)).toBeLessThan(1.2 * p99(quiet));
});

test("a strategy is checked, run with answers from outside, and replayed from its journal, all in children", async () => {
  const source = `import type { Ctx, Needs } from "@shoal/strategy";
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "5m", count: 50 }] } satisfies Needs;
export const config = { quantity: 1 };
export async function run(ctx: Ctx<typeof config>) {
  const { close } = ctx.market.candles("BTC/USDT", "5m");
  const [ticker, lost] = await Promise.allSettled([ctx.market.fetchTicker("A/B"), ctx.market.fetchTicker("C/D")]);
  ctx.log.info(close.length, ticker.status, lost.status, Math.random());
  ctx.orders.place({ symbol: "A/B", side: "buy", type: "market", quantity: ctx.config.quantity });
}`;
  const checked = await checkStrategy(source, { compiler: createCompiler(120_000), sandbox: runner });
  if (!checked.ok) throw new Error(JSON.stringify(checked.diagnostics));
  const outcome = await runner.run({
    ...request("", "s1"),
    code: checked.code,
    config: { quantity: 2 },
    keepJournal: true,
    async answer(call) {
      if (call.method === "fetchTicker" && call.symbol === "A/B") return { bid: 1, ask: 2, last: 1, timeMs: 3 };
      throw new Error("down");
    },
  });
  expect(outcome).toMatchObject({ result: "ok", intents: [{ symbol: "A/B", quantity: "2" }] });
  expect(outcome.logs[0]?.text).toMatch(/^50 fulfilled rejected 0\./);
  const journal = journalFromText(journalToText(outcome.journal as Journal));
  const options = { sandbox: runner, code: checked.code, candles: [candles] };
  expect(await replay(journal, options)).toMatchObject({ isEqual: true, differences: [] });
  expect((await replay(journal, { ...options, stopAt: 3 })).stopped?.call).toEqual({
    number: 3,
    name: "market.fetchTicker",
    arguments: ['"C/D"'],
  });
  const code = { ...checked.code, javascript: checked.code.javascript.replace('"buy"', '"sell"') };
  const { outcome: again, recordedCallCount, otherCalls } = await rerun(journal, checked.code, { ...options, runner });
  expect([again.intents, again.logs, recordedCallCount, otherCalls]).toEqual([outcome.intents, outcome.logs, 2, []]);
  const other = await rerun(journal, code, { ...options, runner });
  expect(other.outcome.intents).toMatchObject([{ symbol: "A/B", side: "sell", quantity: "2" }]);
});
