import { expect, test } from "vitest";
import { candles, makeGuest, NOW_MS } from "../../test/make-run.ts";
import { runInEngine } from "../guest/run.ts";
import type { WireAnswer } from "../guest/wire.ts";
import { LIMITS } from "../limits.ts";
import type { HostCall, JsonValue, RunRequest } from "../run.types.ts";
import { refusedRun, StrategyRun } from "./strategy-run.ts";

const TICKER = { bid: 1, ask: 2, last: 1, timeMs: 3 };

function makeRequest(overrides: Partial<RunRequest> = {}): RunRequest {
  const code = { javascript: "export function run() {}", sha256: "0".repeat(64), fileName: "strategy.js" };
  return {
    ...{
      strategyId: "s1",
      code: { ...code, needs: { candles: [] }, config: {} },
      config: {},
      state: {},
      nowMs: NOW_MS,
    },
    ...{ seed: "x", candles: [candles], openOrders: [] },
    portfolio: { currency: "USDT", cash: "1", equity: "1", positions: [] },
    ...overrides,
  };
}

/** A run whose calls are answered with a ticker; `asked` are those that came through. */
function makeStrategyRun(overrides: Partial<RunRequest> = {}) {
  const asked: HostCall[] = [];
  const answer = async (call: HostCall): Promise<JsonValue> => {
    asked.push(call);
    return TICKER;
  };
  return { run: new StrategyRun(makeRequest({ answer, ...overrides }), { buildId: "build" }), asked };
}

/** Gives calls to a run and waits for what is answered. */
async function answers(run: StrategyRun, calls: readonly unknown[], signal = new AbortController().signal) {
  const given: WireAnswer[] = [];
  run.answer(calls, (some) => given.push(...some), signal);
  await new Promise((resolve) => setImmediate(resolve));
  return given;
}

const ticker = (number: number) => ({ number, method: "fetchTicker", symbol: "A/B" });

test("a call of a child is answered once, and what is no call is dropped", async () => {
  const { run, asked } = makeStrategyRun();
  const given = await answers(run, [
    ticker(1),
    ticker(1),
    ticker(0),
    ticker(1001),
    { number: 2, method: "steal" },
    null,
    7,
  ]);
  expect(given).toEqual([{ number: 1, kind: "ticker", ticker: TICKER }]);
  expect(asked).toEqual([ticker(1)]);
});

test("nothing is asked of a run that cannot answer, and nothing answered once it is over", async () => {
  const { run } = makeStrategyRun();
  expect(await answers(run, [ticker(1)], AbortSignal.abort())).toEqual([]);
  const silent = new StrategyRun(makeRequest(), { buildId: "build" });
  expect(await answers(silent, [ticker(1)])).toEqual([]);
});

test("a child that was taken over cannot have more candles fetched than a run may", async () => {
  const { run, asked } = makeStrategyRun();
  const count = LIMITS.candlesPerNeed;
  const need = { symbol: "A/B", timeframe: "1m", count };
  await answers(
    run,
    Array.from({ length: 100 }, (_, at) => ({ number: at + 1, method: "fetchCandles", need })),
  );
  expect(asked.length).toBe(LIMITS.fetchedCandleCount / count);
});

test("what a child answers ends the run, with a journal where one is kept; what is no outcome is none", () => {
  const guest = makeGuest();
  const ports = { exchange: () => "stop" as const };
  for (const keepJournal of [true, false]) {
    const { run } = makeStrategyRun({ keepJournal });
    const { message, javascript, columns } = run.prepared;
    const reply = runInEngine(guest, { ...message, javascript }, columns, ports);
    const end = run.finish(JSON.parse(JSON.stringify(reply)));
    expect(end).toMatchObject({ result: "ok", intents: [] });
    expect(end?.journal?.buildId).toBe(keepJournal ? "build" : undefined);
    expect(run.finish({ ...reply, result: "great" })).toBeUndefined();
  }
});

test("a request that is refused is a run that failed, and did nothing", () => {
  try {
    makeStrategyRun({ nowMs: Number.NaN });
    expect.unreachable();
  } catch (error) {
    expect(refusedRun(error)).toMatchObject({
      result: "failed",
      error: { code: "STRATEGY_REQUEST_INVALID" },
      intents: [],
      fuel: 0,
    });
  }
});
