import { FleetError } from "@shoal/kernel";
import { expect, test } from "vitest";
import type { HostCall, JsonValue } from "../run.types.ts";
import { askAnswer } from "./answers.ts";

const { signal } = new AbortController();
const ticker: HostCall = { number: 1, method: "fetchTicker", symbol: "A/B" };
const history: HostCall = { number: 2, method: "fetchCandles", need: { symbol: "A/B", timeframe: "1m", count: 2 } };
const column = [1, 2];
const columns = { openMs: column, open: column, high: column, low: column, close: column, volume: column };

test("an answer becomes what the strategy is told, without what does not belong to it", async () => {
  const given = { bid: 1, ask: 2, last: 1.5, timeMs: 4, secret: "key" };
  expect(await askAnswer(ticker, async () => given, signal)).toEqual({
    number: 1,
    kind: "ticker",
    ticker: { bid: 1, ask: 2, last: 1.5, timeMs: 4 },
  });
  expect(await askAnswer(history, async () => ({ ...columns, extra: 1 }), signal)).toEqual({
    number: 2,
    kind: "candles",
    columns,
  });
});

test.each<[string, HostCall, JsonValue]>([
  ["nothing", ticker, null],
  ["a price as text", ticker, { bid: "1", ask: 2, last: 1, timeMs: 4 }],
  ["no time", ticker, { bid: 1, ask: 2, last: 1 }],
  ["no columns", history, {}],
  ["a column too few", history, { ...columns, volume: null }],
  ["columns of different lengths", history, { ...columns, close: [1] }],
  ["a column of texts", history, { ...columns, close: ["1", "2"] }],
  [
    "more candles than were asked for",
    history,
    Object.fromEntries(Object.keys(columns).map((name) => [name, [1, 2, 3]])),
  ],
])("an answer of %s fails the call, not the run", async (_, call, given) => {
  expect(await askAnswer(call, async () => given, signal)).toMatchObject({
    number: call.number,
    kind: "failed",
    code: "STRATEGY_CALL_FAILED",
  });
});

const failing = (error: Error) => async (): Promise<JsonValue> => {
  throw error;
};

test("a failure to answer fails the call; words of our own are shown, made safe", async () => {
  const error = new FleetError("MARKET_X", "no \u001b[2J luck\u0000");
  expect(await askAnswer(ticker, failing(error), signal)).toMatchObject({
    message: "fetchTicker failed: no \\u{1b}[2J luck\\u{0}",
  });
});

test("words of a library are not shown, because they may hold a secret", async () => {
  const error = new Error("GET https://exchange/order?signature=cd4b42 timed out");
  const answer = await askAnswer(ticker, failing(error), signal);
  expect(answer).toMatchObject({ kind: "failed", code: "STRATEGY_CALL_FAILED" });
  expect(JSON.stringify(answer)).not.toContain("cd4b42");
});
