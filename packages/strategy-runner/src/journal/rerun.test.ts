import { type Candles, createCandles, sliceCandles } from "@shoal/market";
import { describe, expect, test } from "vitest";
import { candles, makeMessage, NOW_MS } from "../../test/make-run.ts";
import type { AnsweredTurn } from "../guest/wire.ts";
import { failedRun } from "../parent/strategy-run.ts";
import type { CheckedCode, HostCall, JsonValue, RunRequest } from "../run.types.ts";
import { makeJournal } from "./journal.ts";
import { rerun } from "./rerun.ts";

const { result: _, error, ...nothing } = failedRun({ code: "STRATEGY_THREW", message: "" });
const RECORDED = { ...nothing, result: "ok", fuel: 7 } as const;
const TICKER = { bid: 1, ask: 2, last: 1, timeMs: 3 };

/** The newest 50 of the candles, as the recorded run had them. */
const seen = sliceCandles(candles, 50);
const columnsOf = ({ openMs, open, high, low, close, volume }: Candles) => [openMs, open, high, low, close, volume];

function makeRecorded(turns: readonly AnsweredTurn[] = [], canAsk = true) {
  const portfolio = { currency: "USDT", cash: "5", equity: "9", positions: [] };
  const message = makeMessage("old", { state: { a: 1 }, config: { fast: 3 }, seed: "recorded", canAsk, portfolio });
  return makeJournal({
    ...{ buildId: "of another build", request: { strategyId: "s1" }, message, columns: columnsOf(seen), turns },
    result: RECORDED,
  });
}

function makeCode(count = 50, timeframe: "5m" | "1h" = "5m"): CheckedCode {
  const needs = { candles: [{ symbol: "BTC/USDT", timeframe, count }] };
  return { javascript: "new", sha256: "", fileName: "strategy.js", needs, config: { fast: 1, slow: 2 } };
}

/** A runner that keeps what it is asked, and that itself asks these calls. */
function makeRunner(calls: readonly HostCall[] = []) {
  const requests: RunRequest[] = [];
  const answers: (JsonValue | Error)[] = [];
  return {
    requests,
    answers,
    async run(request: RunRequest) {
      requests.push(request);
      for (const call of calls) {
        const answer = request.answer?.(call, new AbortController().signal);
        answers.push(await Promise.resolve(answer ?? null).catch((reason: Error) => reason));
      }
      return { ...RECORDED, fuel: 8, cpuMs: 1, wallMs: 1 };
    },
  };
}

const ticker = (number: number, symbol = "A/B"): HostCall => ({ number, method: "fetchTicker", symbol });
const fetchCandles = (number: number, count = 3): HostCall => {
  return { number, method: "fetchCandles", need: { symbol: "A/B", timeframe: "1m", count } };
};

describe("other code on a recorded run", () => {
  test("gets what the run got, and its own defaults where the run had no setting", async () => {
    const runner = makeRunner();
    const code = makeCode();
    const report = await rerun(makeRecorded(), code, { runner, candles: [candles] });
    const [request] = runner.requests;
    expect(request).toMatchObject({
      ...{ strategyId: "s1", code, state: { a: 1 }, config: { fast: 3 }, nowMs: NOW_MS, seed: "recorded" },
      portfolio: { cash: "5", equity: "9" },
    });
    expect(request?.candles.map(columnsOf)).toEqual([columnsOf(seen)]);
    expect(report).toMatchObject({ outcome: { fuel: 8 }, recorded: { fuel: 7 }, recordedCallCount: 0, otherCalls: [] });
  });

  test("gets the settings that are given for it", async () => {
    const runner = makeRunner();
    await rerun(makeRecorded(), makeCode(), { runner, candles: [candles], config: { fast: 9 } });
    expect(runner.requests[0]?.config).toEqual({ fast: 9 });
  });

  test("may need more candles than the run had, up to the same one, and others, up to its time", async () => {
    const runner = makeRunner();
    // The market went on since.
    const later = shifted(candles, 10);
    await rerun(makeRecorded(), makeCode(60), { runner, candles: [later] });
    const [more] = runner.requests[0]?.candles ?? [];
    expect([more?.length, more?.openMs.at(-1)]).toEqual([60, candles.openMs.at(-1)]);
    const hours = createCandles(
      { symbol: "BTC/USDT", timeframe: "1h" },
      { ...candles, openMs: candles.openMs.map((_ms, at) => NOW_MS + (at - 50) * 3_600_000) },
    );
    await rerun(makeRecorded(), makeCode(20, "1h"), { runner, candles: [hours] });
    const [other] = runner.requests[1]?.candles ?? [];
    expect([other?.length, other?.openMs.at(-1)]).toEqual([20, NOW_MS - 3_600_000]);
  });

  test("is not run on candles that are not those of the run; without any the run says so itself", async () => {
    const runner = makeRunner();
    const changed = { ...candles, close: candles.close.map((value, at) => (at === 70 ? value + 1e-9 : value)) };
    for (const given of [[], [changed]]) {
      await expect(rerun(makeRecorded(), makeCode(), { runner, candles: given })).rejects.toMatchObject({
        code: "STRATEGY_JOURNAL_INPUTS",
      });
    }
    await rerun(makeRecorded(), makeCode(5, "1h"), { runner, candles: [candles] });
    expect(runner.requests.map((request) => request.candles)).toEqual([[]]);
  });

  test("is not run on a journal that was changed", async () => {
    const journal = { ...makeRecorded(), nowMs: 1 };
    await expect(rerun(journal, makeCode(), { runner: makeRunner(), candles: [candles] })).rejects.toMatchObject({
      code: "STRATEGY_JOURNAL_CHANGED",
    });
  });
});

describe("calls of other code", () => {
  const columns = { openMs: [1], open: [1], high: [1], low: [1], close: [1], volume: [1] };
  const turns: readonly AnsweredTurn[] = [
    { calls: [ticker(1), fetchCandles(2)], answers: [{ number: 2, kind: "candles", columns }] },
    {
      calls: [ticker(3), ticker(4, "C/D")],
      answers: [
        { number: 4, kind: "failed", code: "STRATEGY_CALL_FAILED", message: "fetchTicker failed: down" },
        { number: 3, kind: "ticker", ticker: { ...TICKER, last: 2 } },
        { number: 1, kind: "ticker", ticker: TICKER },
      ],
    },
  ];

  test("are answered as the recorded run was to the same, in the order of asking, whatever their numbers", async () => {
    const calls = [fetchCandles(1), ticker(2, "C/D"), ticker(3), ticker(4)];
    const runner = makeRunner(calls);
    const report = await rerun(makeRecorded(turns), makeCode(), { runner, candles: [candles] });
    expect(runner.answers).toEqual([
      columns,
      expect.objectContaining({ message: "down" }),
      TICKER,
      { ...TICKER, last: 2 },
    ]);
    expect(report).toMatchObject({ recordedCallCount: 4, otherCalls: [] });
  });

  test("that it did not make fail, or are asked of whoever answers them now", async () => {
    const calls = [ticker(1), ticker(2), ticker(3), fetchCandles(4, 9)];
    const refused = makeRunner(calls);
    const options = { candles: [candles] };
    const report = await rerun(makeRecorded(turns), makeCode(), { ...options, runner: refused });
    expect(refused.answers.slice(2)).toEqual([
      expect.objectContaining({ code: "STRATEGY_CALL_FAILED", message: "the recorded run did not ask for this" }),
      expect.objectContaining({ code: "STRATEGY_CALL_FAILED" }),
    ]);
    expect(report.otherCalls).toEqual([calls[2], calls[3]]);
    const answered = makeRunner(calls);
    const answer = async (call: HostCall) => `now ${call.number}`;
    await rerun(makeRecorded(turns), makeCode(), { ...options, runner: answered, answer });
    expect(answered.answers.slice(2)).toEqual(["now 3", "now 4"]);
  });

  test("are refused where the recorded run could not ask, unless there is somebody to answer", async () => {
    const options = { runner: makeRunner(), candles: [candles] };
    await rerun(makeRecorded([], false), makeCode(), options);
    await rerun(makeRecorded([], false), makeCode(), { ...options, answer: async () => null });
    expect(options.runner.requests.map(({ answer }) => answer !== undefined)).toEqual([false, true]);
  });
});

/** The same candles, and as many after them. */
function shifted(of: Candles, moreCount: number): Candles {
  const longer = (column: Float64Array) => Float64Array.from([...column, ...column.slice(0, moreCount)]);
  return createCandles(of, {
    ...{ open: longer(of.open), high: longer(of.high), low: longer(of.low) },
    ...{ close: longer(of.close), volume: longer(of.volume) },
    openMs: Float64Array.from({ length: of.length + moreCount }, (_, at) => (of.openMs[0] as number) + at * 300_000),
  });
}
