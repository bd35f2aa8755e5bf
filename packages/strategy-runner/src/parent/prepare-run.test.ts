import { createCandles } from "@shoal/market";
import { describe, expect, test } from "vitest";
import { candles, columns, NOW_MS } from "../../test/make-run.ts";
import { LIMITS } from "../limits.ts";
import type { CheckedCode, JsonObject, RunRequest } from "../run.types.ts";
import { prepareRun } from "./prepare-run.ts";

const code: CheckedCode = {
  javascript: "export function run() {}",
  sha256: "0".repeat(64),
  fileName: "strategy.ts",
  needs: { candles: [{ symbol: "BTC/USDT", timeframe: "5m", count: 100 }] },
  config: { fast: 1, slow: 2 },
};

function prepare(overrides: Partial<RunRequest> = {}) {
  return prepareRun({
    strategyId: "s1",
    code,
    config: {},
    state: {},
    nowMs: NOW_MS,
    seed: "seed",
    candles: [candles],
    portfolio: { currency: "USDT", cash: "1", equity: "1", positions: [] },
    openOrders: [],
    ...overrides,
  });
}

const refused = (codeOfError: string) => expect.objectContaining({ code: codeOfError });

/** The candles with one change. */
function changed(name: keyof typeof candles, at: number, value: number) {
  const column = Float64Array.from(candles[name] as Float64Array);
  column[at] = value;
  return createCandles(candles, { ...candles, [name]: column });
}

test("settings of the owner stand in place of the defaults", () => {
  expect(prepare({ config: { fast: 9, own: true } }).message.config).toEqual({ fast: 9, slow: 2, own: true });
});

test("candles cross as columns in the order of the needs, the newest where there are more", () => {
  expect(prepare().columns).toEqual(columns);
  const other = createCandles({ symbol: "X/Y", timeframe: "5m" }, candles);
  const needs = { candles: [{ symbol: "X/Y", timeframe: "5m", count: 3 }, ...code.needs.candles] } as const;
  const { message, columns: crossing } = prepare({ code: { ...code, needs }, candles: [candles, other] });
  expect(message.markets.map(({ symbol }) => symbol)).toEqual(["X/Y", "BTC/USDT"]);
  expect(crossing[4]).toEqual(candles.close.slice(-3));
  expect(crossing[10]).toEqual(candles.close);
});

test("fewer candles than wanted are no fault: a market may be young", () => {
  const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "5m", count: 5000 }] } as const;
  expect(prepare({ code: { ...code, needs } }).columns[0]?.length).toBe(100);
});

describe("candles are refused", () => {
  test("that are missing", () => {
    expect(() => prepare({ candles: [] })).toThrow(refused("STRATEGY_CANDLES_MISSING"));
    const hours = { ...candles, timeframe: "1h" } as const;
    expect(() => prepare({ candles: [hours] })).toThrow(refused("STRATEGY_CANDLES_MISSING"));
    const none = new Float64Array(0);
    const empty = createCandles(candles, {
      openMs: none,
      open: none,
      high: none,
      low: none,
      close: none,
      volume: none,
    });
    expect(() => prepare({ candles: [empty] })).toThrow(refused("STRATEGY_CANDLES_MISSING"));
  });

  test.each([
    ["NaN", changed("close", 50, Number.NaN)],
    ["Infinity", changed("high", 99, Infinity)],
    ["a price of 0", changed("low", 3, 0)],
    ["a volume below 0", changed("volume", 0, -1)],
    ["two of one time", changed("openMs", 4, candles.openMs[3] as number)],
    ["another order", changed("openMs", 4, candles.openMs[2] as number)],
    ["times between those of its timeframe", changed("openMs", 0, (candles.openMs[0] as number) + 1)],
    ["columns of different lengths", { ...candles, close: candles.close.slice(1) }],
  ])("with %s", (_, given) => {
    expect(() => prepare({ candles: [given] })).toThrow(refused("STRATEGY_CANDLES_INVALID"));
    // Not the first time only.
    expect(() => prepare({ candles: [given] })).toThrow(refused("STRATEGY_CANDLES_INVALID"));
  });

  test("that are not finished at the time of the run, also where they were good for a later one", () => {
    expect(() => prepare()).not.toThrow();
    expect(() => prepare({ nowMs: NOW_MS - 1 })).toThrow(refused("STRATEGY_CANDLES_INVALID"));
  });
});

describe("a request is refused", () => {
  const nested: JsonObject = JSON.parse(`{"a":${"[".repeat(100)}${"]".repeat(100)}}`);
  test.each<[string, Partial<RunRequest>]>([
    ["a time that is none", { nowMs: Number.NaN }],
    ["a time in parts of milliseconds", { nowMs: NOW_MS + 0.5 }],
    ["settings that are no JSON", { config: { a: Number.NaN } }],
    ["settings that are too large", { config: { a: "x".repeat(LIMITS.configBytes) } }],
    ["a state that is too large", { state: { a: "x".repeat(2 * LIMITS.stateBytes) } }],
    ["a state that is nested too deep", { state: nested }],
  ])("with %s", (_, overrides) => {
    expect(() => prepare(overrides)).toThrow(refused("STRATEGY_REQUEST_INVALID"));
  });

  test("not with a state that is larger than a run may leave it, so that it can become smaller", () => {
    expect(() => prepare({ state: { a: "x".repeat(LIMITS.stateBytes + 100) } })).not.toThrow();
  });
});
