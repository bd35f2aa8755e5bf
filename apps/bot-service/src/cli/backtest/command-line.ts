import { type AnyCommand, createCommand, InvalidArgumentError, Option, wholeNumber } from "@shoal/command-line";
import { isInstant } from "@shoal/kernel";
import { TIMEFRAMES, type Timeframe } from "@shoal/market";
import { BacktestError } from "../../strategies/backtest/errors.ts";
import type { Period } from "../../strategies/backtest/plan.ts";
import { parseSweep, type SweepRange } from "../../strategies/backtest/sweep/ranges.ts";

/** A backtest as the command line asks for it. */
export interface BacktestCommand {
  readonly strategyFile: string;
  /** `SYMBOL=FILE`, or a file alone. */
  readonly candleFiles: readonly string[];
  /** Of files that do not show it. */
  readonly timeframe?: Timeframe;
  readonly period: Period;
  /** Decimal texts: shares of 1, and money. */
  readonly fee: string;
  readonly makerFee: string;
  readonly slippage: string;
  readonly cash: string;
  readonly seed: number;
  readonly isJson: boolean;
  readonly does:
    | { readonly kind: "run"; readonly reportFile?: string }
    | { readonly kind: "prove" }
    /** `foldCount` 0: no walk-forward. */
    | { readonly kind: "sweep"; readonly ranges: readonly SweepRange[]; readonly foldCount: number };
}

const DESCRIPTION = `Runs a strategy through the past: in the sandbox, on the paper broker and with the ctx that it has live, one run for each candle.
Prints what it earned and what it cost. docs/backtest.md has the rules and the formulas.

  bun run shoal backtest examples/strategies/moving-average-cross.ts --candles btc-1h.csv

Candles are CSV or JSON with a time, open, high, low, close and volume. A file that does not name its symbol is given as
--candles BTC/USDT=btc-1h.csv; more than one file with --candles once for each.`;

const EXIT_CODES = `
Exit codes: 0 all of it ran (and the proof holds), 1 a run of the strategy failed, something looked ahead, or Ctrl-C, 2 the command
line, the strategy or the candles cannot be used.`;

const MOST_FOLDS = 50;

/** Makes `backtest`; `run` receives what is asked for. */
export function createBacktestCommand(run: (command: BacktestCommand) => Promise<void>): AnyCommand {
  return createCommand("backtest")
    .summary("run a strategy through candles of the past")
    .description(DESCRIPTION)
    .argument("<strategy>", "file of the strategy, TypeScript or JavaScript")
    .addOption(new Option("--candles <file>", "candles, CSV or JSON").argParser(filesOf).makeOptionMandatory())
    .addOption(
      new Option("--timeframe <name>", "of candles that do not show it, such as a single one").choices(TIMEFRAMES),
    )
    .option(
      "--from <time>",
      "first candle to run on, such as 2026-01-31 or 2026-01-31T12:00Z; those before it are history",
      instant,
    )
    .option("--to <time>", "end of the candles to run on, not included", instant)
    .option("--fee <ratio>", "of what is traded: 0.001 is 0.1 %", decimal, "0.001")
    .option("--maker-fee <ratio>", "the fee of limit orders that wait for their price (default: as --fee)", decimal)
    .option("--slippage <ratio>", "how much worse market and stop orders are filled", decimal, "0.0005")
    .option("--cash <amount>", "money at the start, in the currency of the symbols", decimal, "10000")
    .option("--seed <number>", "seed of ctx.random, and of the cuts of --prove", wholeNumber(0, 999_999_999), 1)
    .option("--json", "one line of JSON")
    .option("--report <file>", "write a page of HTML with charts and trades")
    .addOption(
      new Option("--prove", "show that nothing looks ahead: cut the future off, and poison it").conflicts("report"),
    )
    .addOption(
      new Option("--sweep <ranges...>", "try values of the strategy's config: fast=5..20 slow=20..60:5 stop=1,2,5")
        .argParser(sweepWord)
        .conflicts(["report", "prove"]),
    )
    .option(
      "--walk-forward <folds>",
      "of a sweep: choose on the past, try on what follows, so many times",
      wholeNumber(1, MOST_FOLDS),
    )
    .addHelpText("after", EXIT_CODES)
    .action((strategyFile, { candles, timeframe, from, to, fee, makerFee, slippage, cash, seed, json, ...does }) =>
      run({
        ...{ strategyFile, candleFiles: candles, fee, makerFee: makerFee ?? fee, slippage, cash, seed },
        isJson: json === true,
        ...(timeframe === undefined ? {} : { timeframe }),
        period: { ...(from === undefined ? {} : { fromMs: from }), ...(to === undefined ? {} : { toMs: to }) },
        does: whatToDo(does),
      }),
    );
}

interface Modes {
  readonly report?: string | undefined;
  readonly prove?: true | undefined;
  readonly sweep?: readonly string[] | undefined;
  readonly walkForward?: number | undefined;
}

function whatToDo({ report, prove, sweep, walkForward }: Modes): BacktestCommand["does"] {
  if (sweep) return { kind: "sweep", ranges: parseSweep(sweep), foldCount: walkForward ?? 0 };
  if (walkForward !== undefined) {
    throw new BacktestError(
      "BACKTEST_SWEEP_INVALID",
      "--walk-forward is part of a sweep: say with --sweep what to try",
    );
  }
  if (prove) return { kind: "prove" };
  return { kind: "run", ...(report === undefined ? {} : { reportFile: report }) };
}

/** Looks at each word at once, because a file that stands behind the ranges is read as one of them. */
function sweepWord(word: string, before: readonly string[] | undefined): readonly string[] {
  parseSweep([word]);
  return [...(before ?? []), word];
}

/** Collects the files of an option that may be given more than once. */
export function filesOf(file: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), file];
}

/** Reads a decimal text of 0 or more. */
export function decimal(text: string): string {
  if (/^\d{1,15}(\.\d{1,12})?$/.test(text)) return text;
  throw new InvalidArgumentError("Expected a number of 0 or more, such as 10000 or 0.001.");
}

function instant(text: string): number {
  const whole = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00Z` : text;
  if (isInstant(whole)) return Date.parse(whole);
  throw new InvalidArgumentError("Expected a day or a time with its zone, such as 2026-01-31 or 2026-01-31T12:00Z.");
}
