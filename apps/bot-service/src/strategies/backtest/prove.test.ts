import { describe, expect, it } from "vitest";
import { countFinished, cutCandles, stepStrategy } from "../step.ts";
import { makeBacktest, makeCandles, makeCode, makeRng, makeRun, place } from "./backtest.test-support.ts";
import { type BacktestOptions, MOST_FAILURES_IN_A_ROW } from "./backtest.ts";
import { CUT_COUNT, proveNoLookAhead } from "./prove.ts";

const prove = (overrides: Partial<BacktestOptions>, onProgress: (done: number, all: number) => void = () => {}) =>
  proveNoLookAhead({
    ...makeBacktest({ series: [makeCandles(50)], ...overrides }),
    rng: makeRng(),
    concurrency: 2,
    onProgress,
  });

/** A step that is wrong: the strategy sees one candle more than has closed. */
const leakingStep: typeof stepStrategy = (run, request, signal) => {
  const leaking: typeof run = (sent, ...rest) =>
    run(
      {
        ...sent,
        candles: request.code.needs.candles.map((need) => cutCandles(request.series, need, sent.nowMs + 3_600_000)),
      },
      ...rest,
    );
  return stepStrategy(leaking, request, signal);
};

/** A step that is wrong in another way: what the strategy sees depends on how many candles there are in all. */
const countingStep: typeof stepStrategy = (run, request, signal) =>
  stepStrategy((sent, ...rest) => run({ ...sent, seed: String(request.series[0]?.length) }, ...rest), request, signal);

describe("the proof that nothing looks ahead", () => {
  it("holds for a strategy that sees only what has closed", async () => {
    const seen: string[] = [];
    const proof = await prove({}, (done, all) => seen.push(`${done} of ${all}`));
    expect(proof.difference).toBeNull();
    expect(new Set(proof.cuts).size).toBeGreaterThan(CUT_COUNT / 2);
    expect(proof.comparedCount).toBe(2 * proof.cuts.reduce((sum, cut) => sum + cut, 0));
    expect([seen[0], seen.at(-1)]).toEqual(["1 of 41", "41 of 41"]);
  });

  it("counts only steps that ran: a strategy that always fails is not run any more", async () => {
    const error = { code: "STRATEGY_THREW", message: "no" } as const;
    const proof = await prove({ run: makeRun(() => ({ result: "failed", error })) });
    expect(proof.failedCount).toBe(MOST_FAILURES_IN_A_ROW);
    expect(proof.comparedCount).toBeLessThanOrEqual(2 * CUT_COUNT * MOST_FAILURES_IN_A_ROW);
  });

  it("holds with two symbols and timeframes", async () => {
    const code = makeCode(5, "BTC/USDT", "ETH/USDT");
    const series = [
      makeCandles(60),
      makeCandles(60, { symbol: "ETH/USDT", seed: 2 }),
      makeCandles(30, { timeframe: "2h" }),
    ];
    expect((await prove({ code, series })).difference).toBeNull();
  });

  it("fails for a step that shows one candle more than has closed", async () => {
    const { difference } = await prove({ step: leakingStep });
    expect(difference?.fields).toContain("placed");
    // Only the last step before a cut can see that its next candle is missing.
    expect(difference?.atMs).toBe(
      makeBacktest({ series: [makeCandles(50)] }).plan.instantsMs[(difference?.cut ?? 0) - 1],
    );
  });

  it("fails for a value of the future that is only looked at, however it is used", async () => {
    const peek = makeRun(({ candles }) => ({ logs: [{ level: "info", text: String(candles[0]?.volume.at(-1)) }] }));
    expect((await prove({ step: leakingStep, run: peek })).difference?.fields).toEqual(["logs"]);
  });

  it("fails for a value of the future that nobody misses while it is absent", async () => {
    const peekingStep: typeof stepStrategy = (run, request, signal) => {
      const next = request.series[0]?.volume.at(countFinished(request.series[0], request.nowMs));
      return stepStrategy(run, { ...request, config: { isTraded: next === undefined || next > 0 } }, signal);
    };
    const run = makeRun(({ config }) => ({ fuel: config["isTraded"] === true ? 1 : 2 }));
    expect((await prove({ step: peekingStep, run })).difference).toMatchObject({
      future: "poisoned",
      fields: ["fuel"],
    });
  });

  it("fails for a step that knows how many candles there are", async () => {
    const random = makeRun(({ seed }) => ({ fuel: Number(seed) }));
    expect((await prove({ step: countingStep, run: random })).difference).toMatchObject({
      future: "absent",
      fields: ["fuel"],
    });
  });

  it("fails for a strategy that remembers what it should have forgotten", async () => {
    const seen: number[] = [];
    const remembering = makeRun(({ nowMs }) => ({ intents: seen.push(nowMs) % 7 === 0 ? [place("buy", "0.1")] : [] }));
    expect((await prove({ run: remembering })).difference).not.toBeNull();
  });

  it("is refused where there is nothing to cut", async () => {
    await expect(prove({ series: [makeCandles(5)] })).rejects.toMatchObject({ code: "BACKTEST_PROVE_TOO_SHORT" });
  });
});
