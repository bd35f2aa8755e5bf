import { seededRng } from "@shoal/kernel";
import type { JsonObject, RunOutcome, RunRequest } from "@shoal/strategy-runner";
import { describe, expect, it } from "vitest";
import { finestSeries, type RunStrategy, settleCandles, stepStrategy, withPrices } from "../step.ts";
import { makeBacktest, makeCandles, makeRun, place } from "./backtest.test-support.ts";
import { type BacktestOptions, runBacktest, type StepRecord } from "./backtest.ts";

const FAILURE = { code: "STRATEGY_THREW" as const, message: "Error: no" };

/** Does at each instant one of these, chosen by the instant alone, and says what it was given. */
function erratic(quietShare: number): RunStrategy {
  return makeRun(({ nowMs, state, portfolio, openOrders }: RunRequest) => {
    const { next } = seededRng(nowMs / 1000);
    const logs: RunOutcome["logs"] = [{ level: "info", text: JSON.stringify([state, portfolio, openOrders]) }];
    if (next() < quietShare) return { logs };
    const limit = { ...place("buy", "0.5"), type: "limit" as const, price: String(1 + Math.floor(next() * 90)) };
    const [order] = openOrders;
    const acts: Partial<RunOutcome>[] = [
      { intents: [place(next() < 0.5 ? "buy" : "sell", "0.1")] },
      { intents: [limit] },
      { intents: order ? [{ kind: "cancel", orderId: order.id }] : [] },
      { statePatch: { [`k${Math.floor(next() * 3)}`]: next() < 0.3 ? null : nowMs } },
      { result: "failed", error: FAILURE },
    ];
    return { logs, ...acts[Math.floor(next() * acts.length)] };
  });
}

/** One step after the other, as the rules say it. */
async function oneByOne({ series, plan, book, code, config, currency, run, seed, signal }: BacktestOptions) {
  const priced = finestSeries(series);
  let beforeMs = (plan.instantsMs[0] ?? 0) - plan.stepMs;
  let account = { book: withPrices(book, priced, beforeMs), state: {} as JsonObject };
  const all: object[] = [];
  for (const nowMs of plan.instantsMs) {
    const settled = settleCandles(account.book, priced, beforeMs, nowMs);
    const given = { book: settled.book, state: account.state };
    const orderId = (number: number) => `${nowMs}-${number}`;
    const request = { strategyId: "backtest", code, config, currency, account: given, series, nowMs, orderId };
    const done = await stepStrategy(run, { ...request, seed: `${seed}:${nowMs}` }, signal);
    const { logs, statePatch, error = null } = done.outcome;
    all.push({ atMs: nowMs, fillCount: settled.fills.length, equity: done.portfolio.equity, logs, statePatch, error });
    [account, beforeMs] = [done.account, nowMs];
  }
  return all;
}

/** Counts runs under way and answers them in turns of the event loop. */
function slowly(run: RunStrategy) {
  const counts = { under: 0, most: 0, all: 0 };
  const slow: RunStrategy = async (...args) => {
    counts.under += 1;
    counts.all += 1;
    counts.most = Math.max(counts.most, counts.under);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      return await run(...args);
    } finally {
      counts.under -= 1;
    }
  };
  return { counts, run: slow };
}

describe("steps of a backtest that begin before the one before them has ended", () => {
  it.each([0, 0.5, 0.8, 0.95, 1])("give what steps one by one give, where %d of them change nothing", async (share) => {
    const all: object[] = [];
    const onStep = ({ atMs, fills, equity, logs, statePatch, error }: StepRecord) =>
      void all.push({ atMs, fillCount: fills.length, equity, logs, statePatch, error });
    const { run, counts } = slowly(erratic(share));
    const options = makeBacktest({ series: [makeCandles(300)], run, onStep });
    await runBacktest(options);
    expect(all).toEqual(await oneByOne(makeBacktest({ series: [makeCandles(300)], run: erratic(share) })));
    expect(all).toHaveLength(296);
    expect([counts.under, counts.most]).toEqual([0, 2]);
    // What was done in vain: at most one run for each that changed something after two that did not.
    expect(counts.all).toBeLessThan(296 * 1.25);
  });

  it("are none for a strategy that changes something each time, or each other time", async () => {
    for (const every of [1, 2]) {
      let at = 0;
      const changing = makeRun(() => ({ statePatch: at++ % every === 0 ? { at } : {} }));
      const { run, counts } = slowly(changing);
      await runBacktest(makeBacktest({ run }));
      expect(counts).toEqual({ under: 0, most: 1, all: 96 });
    }
  });

  it("leave nothing behind when the backtest is called off, or its runner is gone", async () => {
    const stop = new AbortController();
    for (const how of ["called off", "gone"]) {
      const { run, counts } = slowly(erratic(1));
      const ending: RunStrategy = async (...args) => {
        const outcome = await run(...args);
        if (counts.all === 20 && how === "called off") stop.abort(new Error(how));
        if (counts.all >= 20 && how === "gone") throw new Error(how);
        return outcome;
      };
      const signal = how === "gone" ? new AbortController().signal : stop.signal;
      await expect(runBacktest(makeBacktest({ run: ending, signal }))).rejects.toThrow(how);
      expect(counts.under).toBe(0);
    }
  });
});
