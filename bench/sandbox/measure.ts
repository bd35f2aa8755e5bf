import { readdirSync, readFileSync } from "node:fs";
import { percentile } from "@shoal/kernel";

/** One strategy of a contestant, ready to run. */
export interface Deployed {
  /** Runs it once on these closes; answers what it decided. */
  run(closes: Float64Array): Promise<number>;
  close(): Promise<void>;
}

/** What a contestant shows with one strategy each, and with as many as asked. Times of what a machine does in between are in them. */
export interface Figures {
  readonly deployMs: number;
  readonly runMedianMs: number;
  readonly runP99Ms: number;
  /** Two runs under way at a time. */
  readonly runsPerSecond: number;
  /** Of the whole process tree, pages that processes share counted once, by strategy. */
  readonly perStrategyBytes: number;
}

export interface Size {
  /** An even number. */
  readonly strategyCount: number;
  readonly runCount: number;
}

/** The closes that every run gets: 500 doubles. */
export const CLOSES = Float64Array.from({ length: 500 }, (_, index) => 100 + index / 50 + Math.sin(index / 7));

/** Runs that are not counted, because compilers only begin to do their work. */
const WARM_UP_RUNS = 200;

/** Measures one contestant in the present process, which is its own. For Bun and Node. */
export async function measure(open: () => Promise<Deployed>, { strategyCount, runCount }: Size): Promise<Figures> {
  const emptyBytes = proportionalBytes(process.pid);
  const deployMs: number[] = [];
  const strategies: Deployed[] = [];
  while (strategies.length < strategyCount) {
    const startedMs = performance.now();
    strategies.push(await open());
    deployMs.push(performance.now() - startedMs);
  }
  const runOn = async (index: number) => void (await strategies[index % strategyCount]?.run(CLOSES));
  for (let run = 0; run < WARM_UP_RUNS; run += 1) await runOn(run);
  const tookMs: number[] = [];
  for (let run = 0; run < runCount; run += 1) {
    const startedMs = performance.now();
    await runOn(run);
    tookMs.push(performance.now() - startedMs);
  }
  const startedMs = performance.now();
  // Half of the strategies each, so that none has two runs at a time.
  const half = strategyCount / 2;
  const lane = async (first: number) => {
    for (let run = 0; run < runCount / 2; run += 1) await runOn(first + (run % half));
  };
  await Promise.all([lane(0), lane(half)]);
  const seconds = (performance.now() - startedMs) / 1000;
  const perStrategyBytes = Math.round((proportionalBytes(process.pid) - emptyBytes) / strategyCount);
  for (const strategy of strategies) await strategy.close();
  return {
    deployMs: quantile(deployMs, 0.5),
    runMedianMs: quantile(tookMs, 0.5),
    runP99Ms: quantile(tookMs, 0.99),
    runsPerSecond: Math.round(runCount / seconds),
    perStrategyBytes,
  };
}

/** Returns the value at this share of the values, by nearest rank, rounded to a microsecond where it is in ms. */
export function quantile(values: readonly number[], share: number): number {
  return Math.round(percentile(Float64Array.from(values).sort(), share) * 1000) / 1000;
}

/** Memory of a process and all below it, in which a page that n processes share counts one nth for each. */
function proportionalBytes(pid: number): number {
  return treeOf(pid).reduce((sum, each) => sum + kilobytesOf(`/proc/${each}/smaps_rollup`, "Pss"), 0) * 1024;
}

/** Resident memory of a process and all below it, as `top` counts it. */
export function residentBytes(pid: number): number {
  return treeOf(pid).reduce((sum, each) => sum + kilobytesOf(`/proc/${each}/status`, "VmRSS"), 0) * 1024;
}

/** Memory that a process has for itself alone: what is resident of it without the pages of files, which all processes of Bun share. */
export function anonymousBytes(pid: number): number {
  return kilobytesOf(`/proc/${pid}/status`, "RssAnon") * 1024;
}

/** Returns the ids of a process and of all below it. */
export function treeOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(treeOf)];
}

function kilobytesOf(file: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0);
}
