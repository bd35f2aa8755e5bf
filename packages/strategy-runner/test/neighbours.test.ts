import { createSystemRuntime, summarize } from "@shoal/kernel";
import { soakRuns } from "@shoal/testkit";
import { expect, test } from "vitest";
import { createStrategyRunner } from "../src/adapters/create-strategy-runner.ts";
import type { RunOutcome } from "../src/outcome.types.ts";
import type { CheckedCode, RunRequest } from "../src/run.types.ts";
import type { StrategyRunner } from "../src/strategy-runner.ts";
import type { Attack } from "./attacks/attack.types.ts";
import { attacks } from "./attacks/attacks.ts";
import { candles, NOW_MS } from "./make-run.ts";

const ATTACK_COUNT = soakRuns(40, 10_000);
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

test("attacks harm none of ten calm strategies beside them, and none of them needs the kill", async () => {
  // The clock is generous, so that a slow machine kills nobody: what ends an attack is its fuel.
  const limits = { fuel: 3_000_000, wallMs: 200_000, cpuMs: 200_000 };
  const runner = await createStrategyRunner({ runtime: createSystemRuntime(), childCount: 2, limits });
  try {
    let quietCount = 0;
    const quiet = await runCalm(runner, () => ++quietCount > soakRuns(50, 5000));
    let isOver = false;
    const beside = runCalm(runner, () => isOver);
    const seen = new Map<string, number>();
    for (let at = 0; at < ATTACK_COUNT; at += 1) {
      // In the short run those of each kind; 7 has no divisor in common with their number.
      const attack = attacks[(at * (isSoak ? 1 : 7)) % attacks.length] as Attack;
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
  } finally {
    await runner.close(1000);
  }
});
