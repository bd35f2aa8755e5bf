import { join } from "node:path";
import { createBacktestBook, planSteps, runBacktest } from "@shoal/bot-service/internals";
import { createSystemRuntime } from "@shoal/kernel";
import { checkStrategy, createCompiler, createStrategyRunner, type StrategyRunner } from "@shoal/strategy-runner";
import { sampleCandles } from "../examples/strategies/sample-candles.ts";
import { findNode22 } from "../scripts/node-22.ts";
import type { Benchmark } from "./benchmark.ts";
import { anonymousBytes, CLOSES, type Figures, quantile, residentBytes, treeOf } from "./sandbox/measure.ts";
import { measurePeer } from "./sandbox/peer.ts";
import { CODE, requestOf } from "./sandbox/run-strategy.ts";

/** @source issue 12, Speed: two calm cores */
const TARGETS = {
  runMedianMs: 0.3,
  runsPerSecond: 3000,
  childBytes: 60_000_000,
  treeBytes: 250_000_000,
  killOverMs: 100,
  checkMs: 300,
  backtestStepsPerSecond: 3000,
} as const;

const WHOLE = {
  runCount: 5000,
  keptCount: 3000,
  checkCount: 5,
  killCount: 5,
  stepCount: 5000,
  peers: { strategyCount: 20, runCount: 2000 },
} as const;
const QUICK = {
  runCount: 200,
  keptCount: 100,
  checkCount: 1,
  killCount: 1,
  stepCount: 200,
  peers: { strategyCount: 2, runCount: 100 },
} as const;
type Size = typeof WHOLE | typeof QUICK;

const LIMIT_MS = 300;
const runtime = createSystemRuntime();
const { clock } = runtime;

export default {
  name: "sandbox",
  summary:
    "a strategy's run of 500 closes in the sandbox, its memory, a kill, a check, a backtest; beside a Bun process, a Node worker and a quickjs-emscripten instance per strategy",
  async run({ quick }) {
    const size: Size = quick ? QUICK : WHOLE;
    const own = { ...(await runs(size)), ...(await memory(size)), ...(await kills(size)), ...(await checks(size)) };
    const backtestStepsPerSecond = await backtest(size);
    const peers = await measurePeers(size);
    const figures = { ...own, backtestStepsPerSecond };
    return { ...figures, peers, targetsMissed: quick ? [] : missed(figures) };
  },
} satisfies Benchmark;

/** Uses a runner and ends its children. */
async function withRunner<T>(
  childCount: number,
  use: (runner: StrategyRunner) => Promise<T>,
  limits: Parameters<typeof createStrategyRunner>[0]["limits"] = {},
): Promise<T> {
  const runner = await createStrategyRunner({ runtime, childCount, limits });
  try {
    return await use(runner);
  } finally {
    await runner.close(0);
  }
}

async function runOk(runner: StrategyRunner, strategyId: string, code = CODE): Promise<void> {
  const { result, error } = await runner.run(requestOf(code, strategyId));
  if (result !== "ok") throw new Error(`a run failed: ${error?.code} ${error?.message}`);
}

/** One child and one run at a time for the time of a run; two children with runs waiting for the number of runs. */
async function runs({ runCount }: Size) {
  const oneByOne = (codeOf: (run: number) => typeof CODE) =>
    withRunner(1, async (runner) => {
      const all: number[] = [];
      for (let run = 0; run < runCount; run += 1) {
        const code = codeOf(run);
        const startedMs = clock.monotonicMs();
        await runOk(runner, String(run), code);
        all.push(clock.monotonicMs() - startedMs);
      }
      return all.slice(Math.floor(runCount / 10));
    });
  const tookMs = await oneByOne(() => CODE);
  // No child has met any of these before, so that each is sent and compiled.
  const newSourceMs = await oneByOne((run) => ({ ...CODE, javascript: `${CODE.javascript}\n// ${run}` }));
  const runsPerSecond = await withRunner(2, async (runner) => {
    await Promise.all(Array.from({ length: 100 }, (_, run) => runOk(runner, String(run))));
    const startedMs = clock.monotonicMs();
    let left = runCount;
    const lane = async () => {
      for (; left > 0; ) {
        left -= 1;
        await runOk(runner, String(left));
      }
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
    return Math.round((1000 * runCount) / (clock.monotonicMs() - startedMs));
  });
  const [runMedianMs, runP99Ms] = [quantile(tookMs, 0.5), quantile(tookMs, 0.99)];
  return { runMedianMs, runP99Ms, newSourceMedianMs: quantile(newSourceMs, 0.5), runsPerSecond };
}

/** What all processes take, and what is kept of strategies that have run: nothing, or 3,000 of them would be seen. */
async function memory({ keptCount }: Size) {
  return await withRunner(2, async (runner) => {
    const runAll = async (idOf: (run: number) => string) => {
      for (let run = 0; run < keptCount; run += 2) {
        await Promise.all([runOk(runner, idOf(run)), runOk(runner, idOf(run + 1))]);
      }
      Bun.gc(true);
      return residentBytes(process.pid);
    };
    const before = await runAll(() => "one strategy");
    const treeBytes = await runAll((run) => `strategy ${run}`);
    const [, ...children] = treeOf(process.pid);
    const childBytes = Math.max(...children.map(residentBytes));
    const childAnonymousBytes = Math.max(...children.map(anonymousBytes));
    const keptBytesPerStrategy = Math.round((treeBytes - before) / keptCount);
    return { keptBytesPerStrategy, childBytes, childAnonymousBytes, treeBytes };
  });
}

/** How long after its limit a run that never ends is over. Fuel would end it first, so it gets plenty. */
async function kills({ killCount }: Size) {
  const endless = { ...CODE, javascript: "export function run() { for (;;); }" };
  const limits = { fuel: Number.MAX_SAFE_INTEGER, wallMs: LIMIT_MS };
  const overMs = await withRunner(
    1,
    async (runner) => {
      const all: number[] = [];
      for (let kill = 0; kill < killCount; kill += 1) {
        await runOk(runner, "warm");
        const startedMs = clock.monotonicMs();
        const { error } = await runner.run(requestOf(endless, "endless"));
        if (error?.code !== "STRATEGY_TIME_LIMIT") throw new Error(`an endless run ended with ${error?.code}`);
        all.push(clock.monotonicMs() - startedMs - LIMIT_MS);
      }
      return all;
    },
    limits,
  );
  return { killOverMs: quantile(overMs, 1) };
}

/** TypeScript's check of an example strategy, and its load in the sandbox. */
async function checks({ checkCount }: Size) {
  const source = await Bun.file(join(import.meta.dirname, "../examples/strategies/breakout.ts")).text();
  const compiler = createCompiler();
  const tookMs = await withRunner(1, async (sandbox) => {
    await runOk(sandbox, "warm");
    const all: number[] = [];
    for (let check = 0; check < checkCount; check += 1) {
      const startedMs = clock.monotonicMs();
      if (!(await checkStrategy(source, { compiler, sandbox })).ok)
        throw new Error("an example does not pass the check");
      all.push(clock.monotonicMs() - startedMs);
    }
    return all;
  });
  return { checkMs: quantile(tookMs, 0.5) };
}

/** The command as people run it, without its start: steps by the time between the first and the last. */
async function backtest({ stepCount }: Size): Promise<number> {
  const source = await Bun.file(join(import.meta.dirname, "../examples/strategies/moving-average-cross.ts")).text();
  return await withRunner(1, async (sandbox) => {
    const checked = await checkStrategy(source, { compiler: createCompiler(), sandbox });
    if (!checked.ok) throw new Error("an example does not pass the check");
    const { code } = checked;
    const series = [sampleCandles("BTC/USDT", "1h", stepCount + 100)];
    const { book, currency } = createBacktestBook(series, { fee: "0.001", slippage: "0.0005", cash: "10000" });
    const plan = planSteps(code.needs.candles, series, {});
    const startedMs = clock.monotonicMs();
    const run = await runBacktest({
      ...{ run: sandbox.run, code, config: {}, series, plan, book, currency },
      ...{ seed: "1", signal: new AbortController().signal },
    });
    return Math.round((1000 * run.stepCount) / (clock.monotonicMs() - startedMs));
  });
}

/** Each in a process of its own, one after the other. */
async function measurePeers({ peers }: Size) {
  const node = findNode22();
  const programs = {
    bunProcess: [process.execPath, "bun-process.ts"],
    emscripten: [process.execPath, "emscripten.ts"],
    ...(node === null ? {} : { nodeWorker: [node, "node-worker.ts"] }),
  };
  const measured: Record<string, Figures> = {};
  for (const [name, [program = "", file = ""]] of Object.entries(programs)) {
    measured[name] = await measurePeer(program, file, peers);
  }
  return { closes: CLOSES.length, ...peers, ...measured };
}

type Own = Readonly<Record<keyof typeof TARGETS, number>>;

/** Times and bytes are to be at most the target, runs and steps a second at least. */
function missed(own: Own): string[] {
  return (Object.keys(TARGETS) as (keyof typeof TARGETS)[]).flatMap((name) => {
    const isMet = name.endsWith("PerSecond") ? own[name] >= TARGETS[name] : own[name] <= TARGETS[name];
    return isMet ? [] : [`${name} is ${own[name]}, target ${TARGETS[name]}`];
  });
}
