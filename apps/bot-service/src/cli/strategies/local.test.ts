import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSimulatedClock } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { candlesAsCsv, sampleCandles } from "../../../../../examples/strategies/sample-candles.ts";
import { openSandbox, type Sandbox } from "../backtest/sandbox.ts";
import { exitCodeOf } from "../exit-code.ts";
import { fuelText } from "./run-view.ts";
import { runWords } from "./strategies.test-support.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-strategies-"));
const path = (name: string) => join(directory, name);
/** A moment within a candle of every timeframe. */
const NOW_MS = Date.UTC(2026, 0, 5, 12, 34, 56);

let shared: Sandbox;
beforeAll(async () => {
  shared = await openSandbox(1);
  for (const [name, count] of [
    ["btc.csv", 160],
    ["few.csv", 7],
  ] as const) {
    writeFileSync(path(name), candlesAsCsv(sampleCandles("BTC/USDT", "1h", count)));
  }
  writeFileSync(path("five.csv"), candlesAsCsv(sampleCandles("BTC/USDT", "5m", 5)));
});
afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function strategy(name: string, body: string, needs = `[{ symbol: "BTC/USDT", timeframe: "1h" as const, count: 20 }]`) {
  const source = `import type { Ctx } from "@shoal/strategy";
export const needs = { candles: ${needs} };
export const config = { size: 0.5 };
export async function run(ctx: Ctx<typeof config>) {
  ${body}
}
`;
  writeFileSync(path(name), source);
  return path(name);
}

const run = (words: string[]) =>
  runWords(words, {
    clock: createSimulatedClock(NOW_MS),
    openSandbox: async () => ({ ...shared, [Symbol.asyncDispose]: async () => {} }),
  });

describe("check", () => {
  it("says what a good file needs and may be set to", async () => {
    const file = strategy("good.ts", "ctx.log.info(1);");
    const { text, json, exitCode } = await run(["check", file]);
    expect(text).toMatch(/good\.ts can be deployed\n {2}needs +BTC\/USDT 1h \(20\)\n {2}config +{"size":0\.5}\n/);
    expect(json).toMatchObject({ ok: true, config: { size: 0.5 }, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(exitCode).toBe(0);
  });

  it("shows each place of a bad one as a compiler does, and ends with 1", async () => {
    const file = strategy("bad.ts", "ctx.log.inf(1); const x: number = 'a';");
    const { text, json, exitCode } = await run(["check", file]);
    const lines = text.split("\n");
    expect(lines[0]).toBe(
      `${file}:5:11 STRATEGY_TYPES: Property 'inf' does not exist on type 'Log'. Did you mean 'info'?`,
    );
    expect(lines.slice(1, 3)).toEqual(["  5 |   ctx.log.inf(1); const x: number = 'a';", "    |           ^"]);
    expect(lines.at(-2)).toBe("2 errors: this would not be deployed");
    expect(json).toMatchObject({ ok: false, diagnostics: [{ line: 5, column: 11 }, { line: 5 }] });
    expect(exitCode).toBe(1);
  });

  it("ends with 2 where the file cannot be read", async () => {
    const thrown = await run(["check", path("none.ts")]).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "BACKTEST_FILE_UNREADABLE" });
    expect(exitCodeOf(thrown)).toBe(2);
  });
});

const ALL = `
  ctx.log.info("size", ctx.config.size);
  ctx.log.warn("\\u001b[2Jcleared");
  ctx.state.set("runs", ctx.state.get("runs", 0) + 1);
  ctx.notify("bought");
  ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "limit", quantity: 0.01, price: 50000 });
  ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "market", quantity: 1000 });`;

describe("run", () => {
  it("says what came of one run on the newest candles, and what it cost beside what it may", async () => {
    const file = strategy("all.ts", ALL);
    const { text, json, exitCode } = await run(["run", file, "--candles", path("btc.csv"), "--config", '{"size":2}']);
    expect(text).toContain("  BTC/USDT 1h (160), at 2024-01-07 16:00\n");
    expect(text).toMatch(/^ {2}result +ok$/m);
    expect(text).toMatch(/^ {2}orders +buy 0\.01 BTC\/USDT limit 50000 {3}taken by the paper broker$/m);
    expect(text).toMatch(/^ {16}buy 1000 BTC\/USDT market {3}refused, TRADING_INSUFFICIENT_CASH: /m);
    expect(text).toMatch(/^ {2}state +runs = 1$/m);
    expect(text).toMatch(/^ {2}log +size 2$/m);
    expect(text).toMatch(/^ {2}notifications +bought$/m);
    expect(text).toMatch(/^ {2}fuel +[\d,]+ of 150,000,000, [\d.]+ %: the same on the server, whatever the machine$/m);
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{C}/u);
    expect(text).toContain("cleared");
    expect(json).toMatchObject({
      ...{ result: "ok", at: "2024-01-07T16:00:00.000Z", is_made_up: false, error: null, state: { runs: 1 } },
      orders: [{ side: "buy", refusal: null }, { refusal: { code: "TRADING_INSUFFICIENT_CASH" } }],
      fuel_limit: 150_000_000,
    });
    expect(exitCode).toBe(0);
  });

  it("makes up candles that are over now, the same each time", async () => {
    const file = strategy(
      "last.ts",
      `const { close, openMs } = ctx.market.candles("BTC/USDT", "1h");
  ctx.log.info(close.length, close.last, openMs.last, ctx.now);`,
    );
    const [first, again] = [await run(["run", file, "--synthetic"]), await run(["run", file, "--synthetic"])];
    expect(first.text).toContain("BTC/USDT 1h (20), made up, at 2026-01-05 12:00");
    const noon = Date.UTC(2026, 0, 5, 12);
    expect(first.json.logs[0].text).toMatch(new RegExp(`^20 [\\d.]+ ${noon - 3_600_000} ${noon}$`));
    expect(again.text).toBe(first.text);
  });

  it("runs one that needs no candles", async () => {
    const file = strategy("none.ts", "ctx.log.info(ctx.portfolio.cash);", "[]");
    const { json, exitCode } = await run(["run", file, "--synthetic", "--cash", "77"]);
    expect([json.logs[0].text, exitCode]).toEqual(["77", 0]);
  });

  it("shows where a run failed, and ends with 1", async () => {
    const file = strategy("throws.ts", `throw new Error("no way");`);
    const { text, json, exitCode } = await run(["run", file, "--synthetic"]);
    expect(text).toContain(
      `${file}:5:13 STRATEGY_THREW: Error: no way\n  5 |   throw new Error("no way");\n    |             ^\n`,
    );
    expect(json).toMatchObject({ result: "failed", error: { code: "STRATEGY_THREW", line: 5 } });
    expect(exitCode).toBe(1);
  });

  it("says so where there are fewer candles than it wants, and refuses where there are none", async () => {
    const file = strategy("wants.ts", "ctx.log.info(1);");
    const { warnings } = await run(["run", file, "--candles", path("few.csv")]);
    expect(warnings).toEqual(["BTC/USDT 1h: the strategy wants 20 candles and sees 7"]);
    const thrown = await run(["run", file, "--candles", path("five.csv")]).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "CLI_CANDLES_MISSING", message: expect.stringContaining("BTC/USDT 5m") });
    expect(exitCodeOf(thrown)).toBe(2);
  });
});

it.each([
  [75_000_000, /^75,000,000 of 150,000,000, 50 %: the same on the server/],
  [75_000_001, /^75,000,001 of .*: little is left for a run with more candles/],
  [150_000_000, /100 %: used up, so the run was ended/],
])("says what %i units of fuel mean", (fuel, text) => {
  expect(fuelText({ fuel })).toMatch(text);
});
