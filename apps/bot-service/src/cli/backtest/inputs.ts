import { existsSync, readFileSync } from "node:fs";
import { isFleetError, printable } from "@shoal/kernel";
import type { Candles, Timeframe } from "@shoal/market";
import { readCandleFile } from "@shoal/market/file";
import type { CheckedCode, Language } from "@shoal/strategy-runner";
import { BacktestError } from "../../strategies/backtest/errors.ts";
import { findSeries } from "../../strategies/step.ts";
import type { Sandbox } from "./sandbox.ts";
import { errorLines } from "./source-frame.ts";

/** A strategy that may run, with its source for messages. */
export interface StrategyFile {
  readonly path: string;
  readonly source: string;
  readonly code: CheckedCode;
}

/**
 * Reads and checks a strategy.
 * @throws BACKTEST_FILE_UNREADABLE
 * @throws BACKTEST_STRATEGY_INVALID with each place of its source
 */
export async function readStrategy(path: string, sandbox: Sandbox): Promise<StrategyFile> {
  const { source, language } = readSource(path);
  const checked = await sandbox.check(source, language);
  if (checked.ok) return { path, source, code: checked.code };
  const problems = checked.diagnostics.flatMap((each) => errorLines(path, source, each));
  throw new BacktestError("BACKTEST_STRATEGY_INVALID", `the strategy cannot run\n${problems.join("\n")}`, {
    details: { diagnostics: checked.diagnostics },
  });
}

export interface Source {
  readonly source: string;
  readonly language: Language;
}

/**
 * Reads the file of a strategy; its name says the language.
 * @throws BACKTEST_FILE_UNREADABLE
 */
export function readSource(path: string): Source {
  try {
    return { source: readFileSync(path, "utf8"), language: /\.[cm]?js$/.test(path) ? "javascript" : "typescript" };
  } catch (cause) {
    const message = `the strategy ${path} cannot be read; check the path and its permissions`;
    throw new BacktestError("BACKTEST_FILE_UNREADABLE", message, { cause });
  }
}

/** What was read, and what about it somebody may want to know. */
export interface ReadSeries {
  readonly series: readonly Candles[];
  /** One line each. */
  readonly notes: readonly string[];
}

/**
 * Reads files of candles, each `FILE` or `SYMBOL=FILE`. `timeframe`: of all of them, where they do not show it.
 * @throws MARKET_FILE_UNREADABLE, MARKET_FILE_TOO_LARGE, MARKET_FILE_INVALID
 * @throws BACKTEST_CANDLES_TWICE for two files of one symbol and timeframe
 */
export async function readSeries(
  files: readonly string[],
  { needs }: CheckedCode,
  nowMs: number,
  signal: AbortSignal,
  timeframe?: Timeframe,
): Promise<ReadSeries> {
  const series: Candles[] = [];
  const notes: string[] = [];
  for (const file of files) {
    const { path, symbol } = splitSymbol(file);
    const known = symbol ?? onlySymbol(needs.candles);
    const read = await readNamed(path, {
      ...{ nowMs, signal },
      ...(known === undefined ? {} : { symbol: known }),
      ...(timeframe === undefined ? {} : { timeframe }),
    });
    if (findSeries(series, read.candles)) {
      const name = `${read.candles.symbol} ${read.candles.timeframe}`;
      throw new BacktestError("BACKTEST_CANDLES_TWICE", `${path} has ${name}, as a file before it has; give each once`);
    }
    series.push(read.candles);
    for (const [code, count = 0] of Object.entries(read.notes.counts)) {
      const first = read.notes.first.find((note) => note.code === code);
      notes.push(`${path}:${first?.row ?? 1}: ${first?.message ?? ""} (${code}${count > 1 ? `, ${count} times` : ""})`);
    }
  }
  return { series, notes };
}

async function readNamed(path: string, options: Parameters<typeof readCandleFile>[1]) {
  try {
    return await readCandleFile(path, options);
  } catch (thrown) {
    // Its message names lines but not the file, of which there may be several.
    if (!isFleetError(thrown, "MARKET_FILE_INVALID")) throw thrown;
    const rows = options.symbol === undefined ? "" : `, for ${options.symbol}`;
    throw new BacktestError(thrown.code, `${path}${rows}: ${thrown.message}`, {
      details: thrown.details,
      cause: thrown,
    });
  }
}

/** A strategy of one symbol needs no name for a file that has none. */
function onlySymbol(needs: CheckedCode["needs"]["candles"]): string | undefined {
  const symbols = new Set(needs.map(({ symbol }) => symbol));
  const [only] = symbols;
  return symbols.size === 1 ? only : undefined;
}

/** Splits `SYMBOL=FILE`; a file that has an equals sign in its own name is found as it is. */
function splitSymbol(file: string): { readonly path: string; readonly symbol?: string } {
  const at = file.indexOf("=");
  if (at <= 0 || existsSync(file)) return { path: file };
  return { path: file.slice(at + 1), symbol: printable(file.slice(0, at)) };
}
