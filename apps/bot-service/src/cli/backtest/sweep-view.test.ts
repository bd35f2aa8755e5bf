import { HOUR_MS } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import type { FoldResult, SweepResult } from "../../strategies/backtest/sweep/sweep.ts";
import type { About } from "./figures-view.ts";
import { drawDifference, drawSweep } from "./sweep-view.ts";

const START_MS = Date.UTC(2026, 0, 1);
const INSTANTS_MS = Float64Array.from({ length: 100 }, (_, index) => START_MS + index * HOUR_MS);
const ABOUT: About = {
  ...{ file: "a\u001b[2J.ts", series: "BTC/USDT 1h", fromMs: START_MS, toMs: START_MS + 99 * HOUR_MS, stepCount: 100 },
  ...{ currency: "USDT", fee: "0.001", makerFee: "0.001", slippage: "0", cash: "10000", seed: 1 },
};
const figures = (sharpe: number | null) => ({ sharpe, returnRatio: 0.0123, drawdownRatio: 0.2 });

function makeSweep(tryCount: number, folds: readonly FoldResult[] = []): SweepResult {
  const rows = Array.from({ length: tryCount }, (_, fast) => ({
    ...{ config: { fast }, inSample: figures(fast === 1 ? null : 2 - fast), failedCount: fast === 2 ? 3 : 0 },
    outOfSample: folds.length === 0 ? null : figures(-1),
  }));
  const walkForward = folds.length === 0 ? null : figures(0.5);
  return { tryCount, rows, folds, walkForward, deflatedSharpe: 0.1234, fuel: 2_500_000 };
}

describe("a sweep on a terminal", () => {
  it("is a table of the best, with what there is to doubt", () => {
    expect(drawSweep(ABOUT, makeSweep(3), INSTANTS_MS)).toBe(`a\\u{1b}[2J.ts
  BTC/USDT 1h, 2026-01-01 00:00 to 2026-01-05 03:00, 100 steps, fee 0.1 %, slippage 0 %
  3 tries, fuel 2.5 million
fast  Sharpe  return  drawdown
   0  2.00    1.2 %   20.0 %
   1  none    1.2 %   20.0 %
   2  0.00    1.2 %   20.0 %

deflated Sharpe of the best: 0.123 after 3 tries (0.95 and more is evidence, the best of luck is below)
nothing was tried out of sample: add --walk-forward 4
1 try had runs that failed
`);
  });

  it("shows each fold, and the walk through all of them", () => {
    const fold = { cut: 50, end: 100, config: { fast: 7 }, inSample: figures(3), outOfSample: figures(-2) };
    const text = drawSweep(ABOUT, makeSweep(2, [{ ...fold, deflatedSharpe: null }]), INSTANTS_MS);
    expect(text).toMatch(/^fast +Sharpe +return +drawdown +out: Sharpe +return +drawdown$/m);
    expect(text).toMatch(
      /^2026-01-03 02:00 +2026-01-05 03:00 +7 +3\.00 +1\.2 % +20\.0 % +none +-2\.00 +1\.2 % +20\.0 %$/m,
    );
    expect(text).toContain("walk-forward, out of sample: Sharpe 0.50, return 1.2 %");
  });

  it("is cut where it is long", () => {
    const text = drawSweep(ABOUT, makeSweep(500), INSTANTS_MS);
    expect(text).toContain("… and 480 more (--json has them)");
    expect(text.split("\n").length).toBeLessThan(35);
  });
});

it("says which step looked ahead, and how that was seen", () => {
  const difference = { future: "poisoned", cut: 5, atMs: START_MS, fields: ["placed", "fuel"] } as const;
  expect(drawDifference(difference)).toBe(
    "something looks ahead: the step at 2026-01-01 00:00, one of 5 before a cut, comes out otherwise with NaN in the candles after it; what differs: placed, fuel\n",
  );
});
