import { accessSync, constants, existsSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import type { AnyCommand } from "@shoal/command-line";
import { type Clock, createSystemClock, FleetError, printable, seededRng } from "@shoal/kernel";
import { type BacktestOptions, type BacktestRun, runBacktest } from "../../strategies/backtest/backtest.ts";
import { createBacktestBook } from "../../strategies/backtest/book.ts";
import { BacktestError } from "../../strategies/backtest/errors.ts";
import { figuresOf } from "../../strategies/backtest/figures.ts";
import { planSteps } from "../../strategies/backtest/plan.ts";
import { proveNoLookAhead } from "../../strategies/backtest/prove.ts";
import { drawReport } from "../../strategies/backtest/report/page.ts";
import { stepsPerYear } from "../../strategies/backtest/statistics/equity.ts";
import { checkSweepNames, type SweepRange, tryConfigs } from "../../strategies/backtest/sweep/ranges.ts";
import { sweep } from "../../strategies/backtest/sweep/sweep.ts";
import { type Answer, giveAnswer } from "../answer.ts";
import type { Exit } from "../exit-code.ts";
import { onStopSignal } from "../stop-signal.ts";
import { backtestBody, proofBody, sweepBody } from "./bodies.ts";
import { type BacktestCommand, createBacktestCommand } from "./command-line.ts";
import { type About, aboutText, countText, drawFigures } from "./figures-view.ts";
import { readSeries, readStrategy, type StrategyFile } from "./inputs.ts";
import { createProgress, type Progress } from "./progress.ts";
import { reportOf } from "./report-of.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";
import { drawDifference, drawSweep } from "./sweep-view.ts";

/** Makes `shoal backtest`. */
export function backtestCommand(exit: Exit): AnyCommand {
  return createBacktestCommand(async (command) => {
    const stop = new AbortController();
    const interrupted = new FleetError("BACKTEST_INTERRUPTED", "stopped before its end: nothing was written");
    void onStopSignal().requested.then(() => stop.abort(interrupted));
    const clock = createSystemClock();
    const progress = createProgress(command.isJson ? { write() {} } : process.stderr, clock);
    try {
      const answer = await answerBacktest(command, {
        ...{ clock, progress, signal: stop.signal, warn, open: openSandbox },
        childCount: availableParallelism(),
      });
      progress.end();
      giveAnswer(answer, command.isJson, exit);
    } finally {
      progress.end();
    }
  });
}

/** While this process carries out what one run wants, its child does another. */
const RUNS_PER_CHILD = 2;

/** A terminal's other side. */
export interface Outside {
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Tells of something that is not as it may be meant, and goes on. */
  readonly warn: (line: string) => void;
  /** Opens the sandbox: `openSandbox` but in tests. */
  readonly open: (childCount: number) => Promise<Sandbox>;
  /** Children of the sandbox, where there is work for more than one: as many as there are cores. */
  readonly childCount: number;
}

function warn(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** Reads strategy and candles, does what was asked for, and ends the children. */
export async function answerBacktest(command: BacktestCommand, outside: Outside): Promise<Answer> {
  const { does } = command;
  if (does.kind === "run" && does.reportFile !== undefined) checkReportPlace(does.reportFile);
  await using sandbox = await outside.open(does.kind === "run" ? 1 : outside.childCount);
  const strategy = await readStrategy(command.strategyFile, sandbox);
  if (does.kind === "sweep") checkSweepNames(does.ranges, strategy.code.config);
  const prepared = await prepare(command, strategy, sandbox, outside);
  switch (does.kind) {
    case "run":
      return await runOnce(prepared, outside, does.reportFile);
    case "prove":
      return await prove(prepared, outside);
    case "sweep":
      return await sweepOver(prepared, outside, does);
  }
}

interface Prepared {
  readonly about: About;
  readonly strategy: StrategyFile;
  readonly options: BacktestOptions;
}

async function prepare(
  command: BacktestCommand,
  strategy: StrategyFile,
  sandbox: Sandbox,
  outside: Outside,
): Promise<Prepared> {
  const { code } = strategy;
  const { clock, signal } = outside;
  const { series, notes } = await readSeries(command.candleFiles, code, clock.now(), signal, command.timeframe);
  for (const note of notes) outside.warn(note);
  const plan = planSteps(code.needs.candles, series, command.period);
  const { book, currency } = createBacktestBook(series, command);
  const { fee, makerFee, slippage, cash, seed } = command;
  const names = series.map(({ symbol, timeframe }) => `${symbol} ${timeframe}`).join(", ");
  const [firstMs = 0, lastMs = 0] = [plan.instantsMs[0], plan.instantsMs.at(-1)];
  return {
    strategy,
    about: {
      ...{ file: strategy.path, series: names, fromMs: firstMs, toMs: lastMs, stepCount: plan.instantsMs.length },
      ...{ currency, fee, makerFee, slippage, cash, seed },
    },
    options: {
      ...{ run: sandbox.run, code, config: {}, series, plan, book, currency, seed: String(seed), signal },
    },
  };
}

async function runOnce({ about, strategy, options }: Prepared, outside: Outside, reportFile?: string): Promise<Answer> {
  let doneCount = 0;
  const onStep = () => {
    doneCount += 1;
    outside.progress.show(doneCount, about.stepCount, "steps");
  };
  const run = await runBacktest({ ...options, onStep });
  const { figures, trades } = figuresOf(run, options.plan.stepMs);
  if (reportFile !== undefined) {
    writeReport(reportFile, drawReport(reportOf({ about, figures, trades, run, series: options.series })));
  }
  const written = reportFile === undefined ? "" : `the report is in ${printable(reportFile)}\n`;
  return {
    text: `${drawFigures(about, figures, run, strategy.source)}${written}`,
    json: backtestBody(about, figures, trades, run),
    exitCode: exitCodeOf(run),
  };
}

const exitCodeOf = ({ failedCount }: BacktestRun) => (failedCount > 0 ? 1 : 0);

/** Looks before the run, which may take minutes. */
function checkReportPlace(path: string): void {
  try {
    if (existsSync(path) && statSync(path).isDirectory()) throw new Error("it is a folder");
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function writeReport(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): BacktestError {
  const message = `the report cannot be written to ${path}; check the folder and its permissions`;
  return new BacktestError("BACKTEST_REPORT_UNWRITABLE", message, { cause });
}

async function prove({ about, options }: Prepared, { progress, childCount }: Outside): Promise<Answer> {
  const proof = await proveNoLookAhead({
    ...{ ...options, rng: seededRng(about.seed), concurrency: RUNS_PER_CHILD * childCount },
    onProgress: (doneCount, allCount) => progress.show(doneCount, allCount, "runs"),
  });
  const { difference, cuts, comparedCount, failedCount } = proof;
  const result = difference
    ? drawDifference(difference)
    : `nothing looks ahead: ${comparedCount} steps before ${cuts.length} cuts are the same with all candles, with none after the cut, and with NaN after it\n`;
  const failed = failedCount === 0 ? "" : `${countText(failedCount, "run")} failed, and so show nothing\n`;
  return {
    text: `${printable(about.file)}\n  ${printable(aboutText(about))}\n${result}${failed}`,
    json: proofBody(about, proof),
    exitCode: difference || failedCount > 0 ? 1 : 0,
  };
}

interface SweepRequest {
  readonly ranges: readonly SweepRange[];
  readonly foldCount: number;
}

async function sweepOver(
  { about, options }: Prepared,
  { progress, childCount }: Outside,
  request: SweepRequest,
): Promise<Answer> {
  const { instantsMs, stepMs } = options.plan;
  const configs = tryConfigs(request.ranges);
  const result = await sweep({
    ...{ configs, stepCount: instantsMs.length, foldCount: request.foldCount, stepsPerYear: stepsPerYear(stepMs) },
    concurrency: RUNS_PER_CHILD * childCount,
    run: async (config, from, to) => {
      const run = await runBacktest({ ...options, config, from, to });
      return { equity: run.curve.equity, fuel: run.fuel, failedCount: run.failedCount };
    },
    onProgress: (doneCount) => progress.show(doneCount, configs.length, "tries"),
  });
  const hasFailed = result.rows.some(({ failedCount }) => failedCount > 0);
  return {
    text: drawSweep(about, result, instantsMs),
    json: sweepBody(about, result, instantsMs),
    exitCode: hasFailed ? 1 : 0,
  };
}
