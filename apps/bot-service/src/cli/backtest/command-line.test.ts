import { describe, expect, it } from "vitest";
import { type BacktestCommand, createBacktestCommand } from "./command-line.ts";

/** Reads a command line, as `shoal backtest` does. */
async function read(words: string): Promise<BacktestCommand | undefined> {
  let command: BacktestCommand | undefined;
  const backtest = createBacktestCommand(async (given) => {
    command = given;
  });
  await backtest.parseAsync(words.split(" "), { from: "user" });
  return command;
}

const DEFAULTS = {
  ...{ strategyFile: "a.ts", candleFiles: ["b.csv"], period: {}, fee: "0.001", slippage: "0.0005", cash: "10000" },
  makerFee: "0.001",
  ...{ seed: 1, isJson: false, does: { kind: "run" } },
};

describe("the command line of a backtest", () => {
  it.each([
    ["a.ts --candles b.csv", {}],
    ["--candles b.csv a.ts --json", { isJson: true }],
    ["a.ts --candles b.csv --candles ETH/USDT=c.csv", { candleFiles: ["b.csv", "ETH/USDT=c.csv"] }],
    [
      "a.ts --candles b.csv --from 2026-01-31 --to 2026-02-01T12:00+01:00",
      { period: { fromMs: Date.UTC(2026, 0, 31), toMs: Date.UTC(2026, 1, 1, 11) } },
    ],
    [
      "a.ts --candles b.csv --fee 0 --slippage 0.01 --cash 250.5",
      { fee: "0", makerFee: "0", slippage: "0.01", cash: "250.5" },
    ],
    ["a.ts --candles b.csv --fee 0.002 --maker-fee 0", { fee: "0.002", makerFee: "0" }],
    ["a.ts --candles b.csv --timeframe 4h", { timeframe: "4h" }],
    ["a.ts --candles b.csv --report r.html", { does: { kind: "run", reportFile: "r.html" } }],
    ["a.ts --candles b.csv --prove --seed 7", { seed: 7, does: { kind: "prove" } }],
    [
      "a.ts --candles b.csv --sweep fast=1..2 slow=5 --walk-forward 4",
      {
        does: {
          ...{ kind: "sweep", foldCount: 4 },
          ranges: [
            { name: "fast", values: [1, 2] },
            { name: "slow", values: [5] },
          ],
        },
      },
    ],
    [
      "a.ts --candles b.csv --sweep fast=3",
      { does: { kind: "sweep", foldCount: 0, ranges: [{ name: "fast", values: [3] }] } },
    ],
  ])("reads: %s", async (words, expected) => {
    expect(await read(words)).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each([
    ["a.ts", /required option '--candles <file>' not specified/],
    ["--candles b.csv", /missing required argument 'strategy'/],
    ["a.ts --candles b.csv --from 31.1.2026", /such as 2026-01-31/],
    ["a.ts --candles b.csv --from 2026-02-30", /such as 2026-01-31/],
    ["a.ts --candles b.csv --to 2026-01-31T12:00", /with its zone/],
    ["a.ts --candles b.csv --fee -1", /0 or more/],
    ["a.ts --candles b.csv --maker-fee much", /0 or more/],
    ["a.ts --candles b.csv --timeframe 7m", /Allowed choices are 1m, 3m/],
    ["a.ts --candles b.csv --cash 1e9", /0 or more/],
    ["a.ts --candles b.csv --cash lots", /0 or more/],
    ["a.ts --candles b.csv --walk-forward 0 --sweep a=1", /from 1 to 50/],
    ["a.ts --candles b.csv --prove --report r.html", /cannot be used with/],
    ["a.ts --candles b.csv --prove --sweep a=1", /cannot be used with/],
    ["a.ts --candles b.csv --sweep a=1 --report r.html", /cannot be used with/],
    ["a.ts b.ts --candles b.csv", /too many arguments/],
  ])("refuses, saying why: %s", async (words, message) => {
    await expect(read(words)).rejects.toMatchObject({ code: "CLI_USAGE", message: expect.stringMatching(message) });
  });

  it.each([
    ["a.ts --candles b.csv --walk-forward 4", /say with --sweep/],
    ["--candles b.csv --sweep fast=1..2 a.ts", /"a.ts" is not a range/],
  ])("refuses what belongs to a sweep: %s", async (words, message) => {
    await expect(read(words)).rejects.toThrow(message);
  });
});
