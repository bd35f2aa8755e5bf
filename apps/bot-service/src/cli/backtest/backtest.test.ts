import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemClock } from "@shoal/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { candlesAsCsv, sampleCandles } from "../../../../../examples/strategies/sample-candles.ts";
import { exitCodeOf } from "../exit-code.ts";
import { answerBacktest, type Outside } from "./backtest.ts";
import { type BacktestCommand, createBacktestCommand } from "./command-line.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-backtest-"));
const path = (name: string) => join(directory, name);
const CROSS = join(import.meta.dirname, "../../../../../examples/strategies/moving-average-cross.ts");

let shared: Sandbox;
/** By source: the same strategies are checked again and again, and each check is two compilers. */
const checks = new Map<string, ReturnType<Sandbox["check"]>>();
const check: Sandbox["check"] = (source, language) => {
  const known = checks.get(source) ?? shared.check(source, language);
  checks.set(source, known);
  return known;
};

beforeAll(async () => {
  shared = await openSandbox(2);
  for (const [name, symbol, timeframe, count] of [
    ["btc.csv", "BTC/USDT", "1h", 160],
    ["btc-5m.csv", "BTC/USDT", "5m", 10],
    ["eth-eur.csv", "ETH/EUR", "1h", 160],
    ["odd.csv", "BTCUSDT", "1h", 160],
  ] as const) {
    writeFileSync(path(name), candlesAsCsv(sampleCandles(symbol, timeframe, count)));
  }
});
afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** Runs a command line, with the sandbox of this file; `FILE` words name files of its directory. */
async function run(words: string, overrides: Partial<Outside> = {}) {
  const warnings: string[] = [];
  const outside: Outside = {
    ...{ clock: createSystemClock(), signal: new AbortController().signal, childCount: 2 },
    progress: { show() {}, end() {} },
    warn: (line) => warnings.push(line),
    open: async () => ({ ...shared, check, [Symbol.asyncDispose]: async () => {} }),
    ...overrides,
  };
  let command: BacktestCommand | undefined;
  const backtest = createBacktestCommand(async (given) => {
    command = given;
  });
  await backtest.parseAsync(words.split(" "), { from: "user" });
  if (!command) throw new Error("nothing was read");
  return { ...(await answerBacktest(command, outside)), warnings };
}

function strategy(name: string, body: string): string {
  const source = `import type { Ctx } from "@shoal/strategy";
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1h" as const, count: 100 }] };
export const config = { size: 1, name: "a" };
export async function run(ctx: Ctx<typeof config>) {
  ${body}
}
`;
  writeFileSync(path(name), source);
  return path(name);
}

describe("a backtest on the command line", () => {
  it("prints what was run, its figures and where the report is", async () => {
    const { text, json, exitCode, warnings } = await run(
      `${CROSS} --candles ${path("btc.csv")} --report ${path("r.html")}`,
    );
    expect(text).toMatch(/BTC\/USDT 1h, 2024-01-05 04:00 to 2024-01-07 16:00, 61 steps, fee 0\.1 %, slippage 0\.05 %/);
    for (const label of ["return", "drawdown", "Sharpe", "Sortino", "trades", "win rate", "exposure", "fees", "fuel"]) {
      expect(text).toMatch(new RegExp(`^  ${label} +\\S`, "m"));
    }
    expect(text).toContain(`the report is in ${path("r.html")}`);
    expect(readFileSync(path("r.html"), "utf8")).toContain("<h1>moving-average-cross.ts</h1>");
    expect([exitCode, warnings]).toEqual([0, []]);
    expect(json).toMatchObject({ steps: 61, currency: "USDT", runs: { failed: 0 }, trades_left_out: 0 });
    expect(JSON.stringify(json)).not.toContain("null,null");
  });

  it("is the same each time, and with another fee another", async () => {
    const words = `${CROSS} --candles ${path("btc.csv")}`;
    const [first, again, dearer] = [await run(words), await run(words), await run(`${words} --fee 0.01`)];
    expect(again.json).toEqual(first.json);
    expect(dearer.json).not.toEqual(first.json);
  });

  it("takes another fee for orders that wait, and says so", async () => {
    const waits = `const last = ctx.market.candles("BTC/USDT", "1h").close.last;
  if (ctx.state.get("placed") === undefined) ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "limit", quantity: 1, price: Math.floor(last * 0.99) });
  ctx.state.set("placed", true);`;
    const words = `${strategy("waits.ts", waits)} --candles ${path("btc.csv")} --cash 100000000 --fee 0.01`;
    const [alike, maker] = [await run(words), await run(`${words} --maker-fee 0`)];
    const feesOf = ({ json }: typeof alike) => (json as { figures: { fees: string } }).figures.fees;
    expect([Number(feesOf(alike)) > 0, feesOf(maker)]).toEqual([true, "0"]);
    expect(maker.text).toContain("fee 1 %, maker 0 %, slippage");
    expect(maker.json).toMatchObject({ fee: "0.01", maker_fee: "0" });
    expect(alike.text).not.toContain("maker");
  });

  it("runs on one candle, whose timeframe it is told", async () => {
    const [header, first] = readFileSync(path("btc.csv"), "utf8").split("\n");
    writeFileSync(path("one.csv"), `${header}\n${first}\n`);
    const source = `export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1h", count: 1 }] };\nexport function run() {}\n`;
    writeFileSync(path("one.js"), source);
    const words = `${path("one.js")} --candles ${path("one.csv")}`;
    await expect(run(words)).rejects.toThrow(/one candle does not say its timeframe.*--timeframe/s);
    expect((await run(`${words} --timeframe 1h`)).json).toMatchObject({ steps: 1 });
  });

  it("shows that nothing looks ahead", async () => {
    const { text, json, exitCode } = await run(
      `${CROSS} --candles ${path("btc.csv")} --from 2024-01-06T20:00Z --prove`,
    );
    expect(text).toMatch(/nothing looks ahead: \d+ steps before 20 cuts are the same/);
    expect(json).toMatchObject({ holds: true, difference: null, failed_runs: 0 });
    expect(exitCode).toBe(0);
  });

  it.each(["--prove", "--sweep size=1..2"])("ends with 1 where runs fail: %s", async (mode) => {
    const file = strategy("fails.ts", `throw new Error("no way");`);
    const { text, exitCode } = await run(`${file} --candles ${path("btc.csv")} --from 2024-01-06T20:00Z ${mode}`);
    expect(text).toMatch(/runs? failed, and so show nothing|2 tries had runs that failed/);
    expect(exitCode).toBe(1);
  });

  it("sweeps to the same table, whatever the number of children", async () => {
    const words = `${CROSS} --candles ${path("btc.csv")} --sweep fast=5,10 slow=20..40:20 --walk-forward 2`;
    await using own = await openSandbox(1);
    const open = async () => ({ ...own, check, [Symbol.asyncDispose]: async () => {} });
    const [one, two] = [await run(words, { childCount: 1, open }), await run(words)];
    expect(two.text).toBe(one.text);
    expect(two.json).toEqual(one.json);
    expect(one.text).toMatch(/4 tries/);
    expect(one.text).toMatch(/^fast +slow +Sharpe +return +drawdown +out: Sharpe +return +drawdown$/m);
    expect(one.text).toMatch(/deflated Sharpe of the best: \d\.\d{3} after 4 tries/);
    expect(one.json).toMatchObject({ tries: 4, rows: { length: 4 }, folds: { length: 2 } });
  });

  it("shows where a run failed, and ends with 1", async () => {
    const file = strategy("throws.ts", `if (ctx.portfolio.cash > 0) throw new Error("no\\u001b[2J way");`);
    const { text, json, exitCode } = await run(`${file} --candles ${path("btc.csv")}`);
    expect(text).toMatch(/10 of 10 runs failed and did nothing; they failed one after the other/);
    expect(text).toMatch(/throws\.ts:5:\d+ STRATEGY_THREW: .*no/);
    expect(text).toContain(`  5 |   if (ctx.portfolio.cash > 0) throw new Error(`);
    expect(text).not.toContain("\u001b");
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({
      runs: { failed: 10, is_stopped: true, first_failure: { code: "STRATEGY_THREW", line: 5 } },
    });
  });

  it("says how many orders were refused, and why", async () => {
    const file = strategy(
      "greedy.ts",
      `ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "market", quantity: 1000 });`,
    );
    const { text, exitCode } = await run(`${file} --candles ${path("btc.csv")}`);
    expect(text).toMatch(/^ {2}refused +TRADING_INSUFFICIENT_CASH 61$/m);
    expect(exitCode).toBe(0);
  });

  it("tells of candles that were put in order, with their line", async () => {
    const [head = "", ...rows] = candlesAsCsv(sampleCandles("BTC/USDT", "1h", 160))
      .trim()
      .split("\n");
    writeFileSync(path("mixed.csv"), [head, ...rows.slice(0, 9), rows[10], rows[9], ...rows.slice(11)].join("\n"));
    const { json, warnings } = await run(`${CROSS} --candles ${path("mixed.csv")}`);
    expect(warnings).toEqual([expect.stringMatching(/mixed\.csv:12: .*\(MARKET_CANDLE_OUT_OF_ORDER\)$/)]);
    expect(json).toEqual((await run(`${CROSS} --candles ${path("btc.csv")}`)).json);
  });

  it("names the symbol of a file that names another or none", async () => {
    const { json } = await run(`${CROSS} --candles ${path("odd.csv")}`);
    expect(json).toMatchObject({ series: "BTC/USDT 1h" });
    expect((await run(`${CROSS} --candles BTC/USDT=${path("odd.csv")}`)).json).toEqual(json);
  });

  it("ends where it is called off, and leaves no report", async () => {
    const signal = AbortSignal.abort(new Error("Ctrl-C"));
    const words = `${CROSS} --candles ${path("btc.csv")} --report ${path("never.html")}`;
    await expect(run(words, { signal })).rejects.toThrow("Ctrl-C");
    expect(() => readFileSync(path("never.html"))).toThrow();
  });
});

describe("a backtest that cannot be run is refused with exit code 2", () => {
  const types = () => strategy("types.ts", "const price: number = ctx.portfolio.kash;");

  it.each([
    [
      "a strategy that is not there",
      () => `${path("none.ts")} --candles ${path("btc.csv")}`,
      "BACKTEST_FILE_UNREADABLE",
      /none\.ts/,
    ],
    ["a folder", () => `${directory} --candles ${path("btc.csv")}`, "BACKTEST_FILE_UNREADABLE", /cannot be read/],
    [
      "an error of types, with line, column and the line itself",
      () => `${types()} --candles ${path("btc.csv")}`,
      "BACKTEST_STRATEGY_INVALID",
      /types\.ts:5:39 STRATEGY_TYPES: .*kash.*\n {2}5 | {3}const price: number = ctx\.portfolio\.kash;\n.*\^/,
    ],
    [
      "an error of syntax",
      () => `${strategy("syntax.ts", "const = 1;")} --candles ${path("btc.csv")}`,
      "BACKTEST_STRATEGY_INVALID",
      /syntax\.ts:5:\d+ STRATEGY_SYNTAX/,
    ],
    [
      "candles that are not there",
      () => `${CROSS} --candles ${path("none.csv")}`,
      "MARKET_FILE_UNREADABLE",
      /none\.csv/,
    ],
    [
      "candles of another timeframe",
      () => `${CROSS} --candles ${path("btc-5m.csv")}`,
      "BACKTEST_CANDLES_MISSING",
      /needs candles of BTC\/USDT 1h, and the files have BTC\/USDT 5m/,
    ],
    [
      "a period without candles",
      () => `${CROSS} --candles ${path("btc.csv")} --from 2030-01-01`,
      "BACKTEST_CANDLES_TOO_FEW",
      /--from and --to/,
    ],
    [
      "one series twice",
      () => `${CROSS} --candles ${path("btc.csv")} --candles ${path("btc.csv")}`,
      "BACKTEST_CANDLES_TWICE",
      /give each once/,
    ],
    [
      "two currencies",
      () => `${CROSS} --candles ${path("btc.csv")} --candles ETH/EUR=${path("eth-eur.csv")}`,
      "BACKTEST_SYMBOLS",
      /one currency/,
    ],
    [
      "a symbol that is none",
      () => `${CROSS} --candles ${path("btc.csv")} --candles FOO=${path("odd.csv")}`,
      "MARKET_FILE_INVALID",
      /odd\.csv/,
    ],
    [
      "a period that ends before it begins",
      () => `${CROSS} --candles ${path("btc.csv")} --from 2024-01-07 --to 2024-01-07`,
      "BACKTEST_PERIOD_EMPTY",
      /--from does not lie before --to/,
    ],
    [
      "a fee that no venue has",
      () => `${CROSS} --candles ${path("btc.csv")} --fee 0.5`,
      "TRADING_INVALID_SETTINGS",
      /FeeRatio/,
    ],
    [
      "a sweep of what is no number of the config",
      () => `${CROSS} --candles ${path("btc.csv")} --sweep fats=1..3`,
      "BACKTEST_SWEEP_UNKNOWN",
      /no number "fats" .* it has fast, slow, share/,
    ],
    [
      "more folds than candles",
      () => `${CROSS} --candles ${path("btc.csv")} --sweep fast=5 --walk-forward 9`,
      "BACKTEST_FOLDS",
      /too few for 9 folds/,
    ],
    [
      "a report that cannot be written",
      () => `${CROSS} --candles ${path("btc.csv")} --report ${path("no/r.html")}`,
      "BACKTEST_REPORT_UNWRITABLE",
      /no\/r\.html/,
    ],
  ])("%s", async (_, words, code, message) => {
    const refusal = await run(words()).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(exitCodeOf(refusal)).toBe(2);
  });

  it.each(["no/r.html", ""])("a report that cannot be written to, before anything is run: %j", async (name) => {
    const open = () => Promise.reject(new Error("the sandbox was opened"));
    await expect(run(`${CROSS} --candles ${path("btc.csv")} --report ${path(name)}`, { open })).rejects.toMatchObject({
      code: "BACKTEST_REPORT_UNWRITABLE",
    });
  });

  it("a candle that is not a number, by line", async () => {
    const rows = candlesAsCsv(sampleCandles("BTC/USDT", "1h", 160))
      .trim()
      .split("\n");
    writeFileSync(path("nan.csv"), rows.with(7, rows[7]?.replace(/,[^,]*$/, ",NaN") ?? "").join("\n"));
    await expect(run(`${CROSS} --candles ${path("nan.csv")}`)).rejects.toMatchObject({
      ...{
        code: "MARKET_FILE_INVALID",
        message: expect.stringMatching(/nan\.csv, for BTC\/USDT: [\s\S]*line 8: its volume "NaN"/),
      },
    });
  });
});
