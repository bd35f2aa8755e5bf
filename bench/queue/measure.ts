import { join } from "node:path";
import { createSystemRuntime, percentile, sleep } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { type Child, openChild } from "../child.ts";
import type { ContestantRequest } from "./contestant.ts";
import { CONTESTANTS, type ContestantName } from "./contestants.ts";

/** Jobs per call of an insert in batches. @source SPEC: inserts in batches of 1,000 */
const INSERT_BATCH = 1000;
const IN_FLIGHT = 8;
const LOOK_EVERY_MS = 5;

const { clock } = createSystemRuntime();
const PROGRAM = join(import.meta.dirname, "contestant-process.ts");

/** The server of the run, and the benchmark's own connection. */
export interface Bench {
  readonly url: string;
  readonly database: Database<string>;
}

interface ContestantProcess {
  ask(request: ContestantRequest): Promise<unknown>;
  close(): Promise<void>;
}

async function open(name: ContestantName, url: string): Promise<ContestantProcess> {
  const child: Child = await openChild(PROGRAM, [name, url]);
  return { ask: (request) => child.ask(request), close: () => child.close() };
}

async function withProcesses<Result>(
  name: ContestantName,
  { url }: Bench,
  count: number,
  work: (processes: readonly ContestantProcess[]) => Promise<Result>,
): Promise<Result> {
  const processes: ContestantProcess[] = [];
  try {
    for (let opened = 0; opened < count; opened += 1) processes.push(await open(name, url));
    return await work(processes);
  } finally {
    await Promise.all(processes.map((process_) => process_.close()));
  }
}

function withProcess<Result>(
  name: ContestantName,
  bench: Bench,
  work: (process_: ContestantProcess) => Promise<Result>,
): Promise<Result> {
  return withProcesses(name, bench, 1, async ([only]) => {
    if (!only) throw new Error(`${name} was not started`);
    return work(only);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = clock.monotonicMs();
  await work();
  return clock.monotonicMs() - startedMs;
}

const perSecond = (count: number, tookMs: number) => Math.round((count / tookMs) * 1000);

/** Measures jobs added per second: by calls with 1,000 each, and one by one with eight calls under way. */
export function measureInserts(name: ContestantName, bench: Bench, jobs: number, singles: number) {
  return withProcess(name, bench, async (producer) => {
    await bench.database.script(CONTESTANTS[name].clearSql);
    await producer.ask({ kind: "insert-many", batches: 1, size: INSERT_BATCH });
    const batches = Math.ceil(jobs / INSERT_BATCH);
    const manyMs = await timed(async () => producer.ask({ kind: "insert-many", batches, size: INSERT_BATCH }));
    const singleMs = await timed(async () => producer.ask({ kind: "insert-one", count: singles, inFlight: IN_FLIGHT }));
    await bench.database.script(CONTESTANTS[name].clearSql);
    return {
      insertBatchedPerSecond: perSecond(batches * INSERT_BATCH, manyMs),
      insertSinglePerSecond: perSecond(singles, singleMs),
    };
  });
}

export interface DoneOptions {
  readonly workers: number;
  /** Jobs per worker. */
  readonly jobs: number;
  /** Jobs per worker to warm up. A daemon runs for days, so its code counts as the engine has compiled it by then. */
  readonly warmUpJobs: number;
  /** Fills the tables with jobs that are not due. */
  readonly fillSql?: string;
}

/** Measures jobs done per second by `workers`, from their start with all jobs there until none is left in the tables. */
export function measureDone(name: ContestantName, bench: Bench, options: DoneOptions) {
  const { workers, warmUpJobs, fillSql = "" } = options;
  const jobs = options.jobs * workers;
  return withProcesses(name, bench, workers, async (processes) => {
    await bench.database.script(CONTESTANTS[name].clearSql);
    if (fillSql) await bench.database.script(fillSql);
    await workOff(name, bench, processes, warmUpJobs * workers);
    const tookMs = await workOff(name, bench, processes, jobs);
    await bench.database.script(CONTESTANTS[name].clearSql);
    return perSecond(jobs, tookMs);
  });
}

async function workOff(
  name: ContestantName,
  { database }: Bench,
  processes: readonly ContestantProcess[],
  jobs: number,
): Promise<number> {
  const batches = Math.ceil(jobs / INSERT_BATCH);
  await processes[0]?.ask({ kind: "insert-many", batches, size: INSERT_BATCH });
  // Brings the tables to the state that autovacuum would within a minute.
  await database.query("analyze");
  const tookMs = await timed(async () => {
    await Promise.all(processes.map((process_) => process_.ask({ kind: "work" })));
    // The tables are read only at the end, so that polling costs the contestant nothing.
    for (let runs = 0; runs < batches * INSERT_BATCH; ) {
      await sleep(clock, LOOK_EVERY_MS);
      for (const process_ of processes) runs += (await process_.ask({ kind: "runs" })) as number;
    }
    while ((await database.query(doneSql(name))).length > 0) await sleep(clock, 1);
  });
  await Promise.all(processes.map((process_) => process_.ask({ kind: "rest" })));
  return tookMs;
}

function doneSql(name: ContestantName): string {
  return CONTESTANTS[name].leftSql;
}

/** Measures from the call that adds a job to its start, in an idle system, in ms. */
export function measureLatency(name: ContestantName, bench: Bench, samples: number) {
  return withProcess(name, bench, async (process_) => {
    await bench.database.script(CONTESTANTS[name].clearSql);
    await process_.ask({ kind: "work" });
    await process_.ask({ kind: "latency", samples: Math.ceil(samples / 10) });
    const tookMs = (await process_.ask({ kind: "latency", samples })) as number[];
    tookMs.sort((left, right) => left - right);
    await process_.ask({ kind: "rest" });
    await bench.database.script(CONTESTANTS[name].clearSql);
    const at = (ratio: number) => Math.round(percentile(tookMs, ratio) * 100) / 100;
    return { startP50Ms: at(0.5), startP99Ms: at(0.99) };
  });
}
