import { readdirSync } from "node:fs";
import { join } from "node:path";
import { seededRng } from "@shoal/kernel";
import type { CheckedCode } from "@shoal/strategy-runner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleCandles } from "../../../examples/strategies/sample-candles.ts";
import { readStrategy } from "../src/cli/backtest/inputs.ts";
import { openSandbox, type Sandbox } from "../src/cli/backtest/sandbox.ts";
import { type BacktestOptions, runBacktest } from "../src/strategies/backtest/backtest.ts";
import { createBacktestBook } from "../src/strategies/backtest/book.ts";
import { type Figures, figuresOf } from "../src/strategies/backtest/figures.ts";
import { type Period, planSteps } from "../src/strategies/backtest/plan.ts";
import { proveNoLookAhead } from "../src/strategies/backtest/prove.ts";
import { percentText } from "../src/strategies/backtest/report/page.ts";

const FOLDER = join(import.meta.dirname, "../../../examples/strategies");
const NAMES = ["breakout", "cost-averaging", "grid", "moving-average-cross", "rebalance", "rsi-reversal"];
const CANDLE_COUNT = 600;
/** Of the proof, which runs each of them 21 times. */
const PROVED_STEPS = 20;

let sandbox: Sandbox;
const codes = new Map<string, CheckedCode>();
beforeAll(async () => {
  sandbox = await openSandbox(2);
  for (const name of NAMES) codes.set(name, (await readStrategy(join(FOLDER, `${name}.ts`), sandbox)).code);
});
afterAll(() => sandbox[Symbol.asyncDispose]());

function backtestOf(name: string, period: Period = {}): BacktestOptions {
  const code = codes.get(name) as CheckedCode;
  const series = code.needs.candles.map(({ symbol, timeframe }) => sampleCandles(symbol, timeframe, CANDLE_COUNT));
  const { book, currency } = createBacktestBook(series, { fee: "0.001", slippage: "0.0005", cash: "10000" });
  return {
    ...{ run: sandbox.run, code, config: {}, series, book, currency },
    ...{ plan: planSteps(code.needs.candles, series, period), seed: "1", signal: new AbortController().signal },
  };
}

const PAGE = `# What the examples do on sample candles

Written by \`apps/bot-service/test/example-strategies.test.ts\`: ${CANDLE_COUNT} candles of each series, made by
[\`sample-candles.ts\`](sample-candles.ts) and of no real market, a fee of 0.1 %, slippage of 0.05 %, 10,000 USDT. These figures say that the
examples run and that nothing about a backtest has changed unnoticed. They say nothing about what a strategy earns.

| strategy | runs | equity at the end | drawdown | Sharpe | trades | win rate | exposure | fees |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
`;

function rowOf(name: string, stepCount: number, figures: Figures): string {
  const { endEquity, drawdownRatio, sharpe, tradeCount, winRatio, exposureRatio, fees } = figures;
  const cells = [
    ...[`[${name}](${name}.ts)`, stepCount, endEquity, percentText(drawdownRatio), sharpe?.toFixed(3), tradeCount],
    ...[winRatio === null ? "none" : percentText(winRatio), percentText(exposureRatio), fees],
  ];
  return `| ${cells.join(" | ")} |\n`;
}

describe("the example strategies", () => {
  it("are all tried here", () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts") && file !== "sample-candles.ts");
    expect(files.sort()).toEqual(NAMES.map((name) => `${name}.ts`));
  });

  it("do on sample candles what they did before", async () => {
    const rows = await Promise.all(
      NAMES.map(async (name) => {
        const options = backtestOf(name);
        const run = await runBacktest(options);
        const { figures } = figuresOf(run, options.plan.stepMs);
        expect(run.firstFailure, name).toBeNull();
        expect(run.fills.length, name).toBeGreaterThan(2);
        expect(figures.mostFuel, name).toBeLessThan(1_000_000);
        return rowOf(name, run.stepCount, figures);
      }),
    );
    await expect(`${PAGE}${rows.join("")}`).toMatchFileSnapshot(join(FOLDER, "RESULTS.md"));
  });

  it.each(NAMES)("looks at nothing ahead: %s", async (name) => {
    const { plan } = backtestOf(name);
    const fromMs = (plan.instantsMs.at(-PROVED_STEPS) ?? 0) - plan.stepMs + 1;
    const options = backtestOf(name, { fromMs });
    const proof = await proveNoLookAhead({ ...options, rng: seededRng(1), concurrency: 2, onProgress: () => {} });
    expect(proof.difference).toBeNull();
    expect(proof.comparedCount).toBeGreaterThan(300);
  });
});
