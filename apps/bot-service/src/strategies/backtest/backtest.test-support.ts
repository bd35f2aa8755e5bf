import { seededRng } from "@shoal/kernel";
import { type Candles, syntheticCandles, type Timeframe } from "@shoal/market";
import type { CheckedCode, RunOutcome, RunRequest } from "@shoal/strategy-runner";
import { createInstrument, createPaperBook } from "@shoal/trading";
import type { RunStrategy } from "../step.ts";
import type { BacktestOptions } from "./backtest.ts";
import { planSteps } from "./plan.ts";

/** 00:00 of a Thursday. */
export const START_MS = Date.UTC(2026, 0, 1);

export function makeCandles(
  count: number,
  { symbol = "BTC/USDT", timeframe = "1h" as Timeframe, seed = 1 } = {},
): Candles {
  return syntheticCandles({ symbol, timeframe }, { seed, fromMs: START_MS }, count);
}

/** Code that no sandbox sees: the tests run functions in its place. */
export function makeCode(count = 5, ...symbols: string[]): CheckedCode {
  const candles = (symbols.length > 0 ? symbols : ["BTC/USDT"]).map((symbol) => ({
    symbol,
    timeframe: "1h" as const,
    count,
  }));
  return { javascript: "", sha256: "", fileName: "strategy.ts", needs: { candles }, config: {} };
}

/** Makes a strategy of a function. */
export function makeRun(strategy: (request: RunRequest) => Partial<RunOutcome>): RunStrategy {
  return async (request) => ({
    ...{ result: "ok", intents: [], statePatch: {}, logs: [], notifications: [] },
    ...{ fuel: 1000, imageHash: "", cpuMs: 0, wallMs: 0 },
    ...strategy(request),
  });
}

export const place = (side: "buy" | "sell", quantity: string, symbol = "BTC/USDT") =>
  ({ kind: "place", number: 1, symbol, side, type: "market", quantity }) as const;

/** Buys when the newest close lies above the mean of those it got, and sells when it lies below. */
export const followMean = makeRun(({ candles, portfolio }) => {
  const closes = candles[0]?.close ?? new Float64Array();
  const isAbove = (closes.at(-1) ?? 0) > closes.reduce((sum, close) => sum + close / closes.length, 0);
  const isHeld = portfolio.positions.length > 0;
  const intents = isAbove === isHeld ? [] : [place(isAbove ? "buy" : "sell", "1")];
  return { intents, logs: [{ level: "info", text: `cash ${portfolio.cash}` }] };
});

export function makeBacktest(overrides: Partial<BacktestOptions> = {}): BacktestOptions {
  const code = overrides.code ?? makeCode();
  const series = overrides.series ?? [makeCandles(100)];
  const instruments = [...new Set(series.map(({ symbol }) => symbol))].map((symbol) => {
    const [base = "", quote = ""] = symbol.split("/");
    return createInstrument({ symbol, base, quote, tick: "0.01", lot: "0.001", smallestNotional: "1" });
  });
  return {
    ...{ run: followMean, code, config: {}, series, plan: planSteps(code.needs.candles, series, {}) },
    book: createPaperBook({ instruments, cash: { USDT: "10000" } }),
    ...{ currency: "USDT", seed: "1", signal: new AbortController().signal },
    ...overrides,
  };
}

export const makeRng = () => seededRng(7);
