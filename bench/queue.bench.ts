import { join } from "node:path";
import { ensureQueues, installPgmq } from "@shoal/job-queue";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase, migrate } from "@shoal/store";
import { ownBackends, ownPostgres } from "@shoal/testkit";
import type { Benchmark } from "./benchmark.ts";
import { QUEUE } from "./queue/contestants/pgmq.ts";
import { CONTESTANTS, type ContestantName } from "./queue/contestants.ts";
import { type Bench, measureDone, measureInserts, measureLatency } from "./queue/measure.ts";
import { type Figures, type MessageFigures, missedTargets, type QueueResults } from "./queue/targets.ts";

const MIGRATIONS = join(import.meta.dirname, "../supabase/migrations");
const runtime = createSystemRuntime();

/** Fills the table: 900,000 finished jobs, and 100,000 for tomorrow with a higher priority than the measured ones. */
const MILLION_ROWS_SQL = `
insert into shoal.jobs (type, status, priority, run_at, finished_at)
select 'bench.old', case when n % 10 = 0 then 'pending' else 'completed' end, n % 5,
  clock_timestamp() + interval '1 day', case when n % 10 = 0 then null else clock_timestamp() end
from generate_series(1, 1000000) n`;

/** Sizes of a run. Rounds go through all contestants in turn, and the median of their results counts. */
const WHOLE = {
  jobs: 50_000,
  warmUpJobs: 30_000,
  singles: 3000,
  samples: 500,
  rounds: 3,
  workerCounts: [1, 4],
} as const;
const QUICK = { jobs: 1000, warmUpJobs: 1000, singles: 100, samples: 20, rounds: 1, workerCounts: [1] } as const;

export default {
  name: "queue",
  summary:
    "jobs added and done per second and their start, beside pg-boss, graphile-worker and bare SQL; pgmq likewise",
  async run({ quick }) {
    const backend = ownBackends().includes("server") ? "server" : "embedded";
    await using server = await ownPostgres({ backend });
    const database = createDatabase<string>({ url: server.url, runtime });
    try {
      await migrate({ database, directory: MIGRATIONS, log: runtime.log });
      await installPgmq(database);
      await ensureQueues(database, [QUEUE]);
      const [row] = await database.query<{ version: string }>("select current_setting('server_version') as version");
      const results = await measureAll({ url: server.url, database }, quick);
      return { postgres: row?.version, ...results, targetsMissed: quick ? [] : missedTargets(results) };
    } finally {
      await database.close();
    }
  },
} satisfies Benchmark;

async function measureAll(bench: Bench, quick: boolean): Promise<QueueResults> {
  const names = quick
    ? (["shoal", "floor", "pg-boss", "graphile-worker"] as const)
    : (["shoal", "shoal-25", "floor", "floor-25", "pg-boss", "graphile-worker"] as const);
  const jobs = await measureJobs(bench, names, quick ? QUICK : WHOLE);
  const atMillionRows = quick ? [] : await measureAtMillionRows(bench);
  const messages = await measureMessages(bench, quick);
  return { jobs, atMillionRows, messages };
}

async function measureJobs(bench: Bench, names: readonly ContestantName[], size: typeof WHOLE | typeof QUICK) {
  const rounds: Figures[][] = names.map(() => []);
  for (let round = 0; round < size.rounds; round += 1) {
    for (const [at, name] of names.entries()) {
      rounds[at]?.push(told(await measureOne(bench, name, size)));
    }
  }
  return rounds.map(medianOf);
}

async function measureOne(bench: Bench, name: ContestantName, size: typeof WHOLE | typeof QUICK): Promise<Figures> {
  const inserts = await measureInserts(name, bench, size.jobs, size.singles);
  const done: Record<string, number> = {};
  for (const workers of size.workerCounts) {
    const figure = workers === 1 ? "donePerSecondAt1Worker" : "donePerSecondAt4Workers";
    done[figure] = await measureDone(name, bench, { ...size, workers });
  }
  // The floor polls, so it is no floor of the latency.
  const starts = name.startsWith("floor") ? {} : await measureLatency(name, bench, size.samples);
  return { name, settings: CONTESTANTS[name].settings, ...inserts, ...done, ...starts };
}

async function measureAtMillionRows(bench: Bench): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const name of ["shoal", "floor"] as const) {
    const donePerSecondAt1Worker = await measureDone(name, bench, { ...WHOLE, workers: 1, fillSql: MILLION_ROWS_SQL });
    figures.push(told({ name, settings: CONTESTANTS[name].settings, donePerSecondAt1Worker }));
  }
  return figures;
}

/** Numbers of consumers in one process, and of processes. */
const CROWDS = [
  { name: "pgmq-1", consumers: 1, processes: 1 },
  { name: "pgmq-4", consumers: 4, processes: 1 },
  { name: "pgmq-16", consumers: 16, processes: 1 },
  { name: "pgmq-64", consumers: 64, processes: 1 },
  { name: "pgmq-64", consumers: 64, processes: 4 },
] as const;

async function measureMessages(bench: Bench, quick: boolean): Promise<MessageFigures[]> {
  const size = quick ? QUICK : WHOLE;
  const crowds = quick ? CROWDS.slice(0, 1) : CROWDS;
  const measured: MessageFigures[][] = crowds.map(() => []);
  for (let round = 0; round < size.rounds; round += 1) {
    for (const [at, { name, consumers, processes }] of crowds.entries()) {
      const donePerSecond = await measureDone(name, bench, { ...size, workers: processes });
      const floorDonePerSecond = await measureDone("bare-pgmq", bench, { ...size, workers: processes });
      measured[at]?.push(told({ consumers, processes, donePerSecond, floorDonePerSecond }));
    }
  }
  return measured.map(medianOf);
}

/** Returns the median of each figure. */
function medianOf<Row extends object>(rounds: readonly Row[]): Row {
  const [first] = rounds;
  if (!first) throw new Error("nothing was measured");
  const middle = (key: keyof Row) => {
    const values = rounds
      .map((round) => round[key])
      .filter((value): value is Row[keyof Row] & number => typeof value === "number");
    return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];
  };
  const middles = Object.fromEntries(
    Object.entries(first).flatMap(([key, value]) =>
      typeof value === "number" ? [[key, middle(key as keyof Row)]] : [],
    ),
  );
  return { ...first, ...middles };
}

/** Prints each result at once, because a whole run takes some ten minutes. */
function told<Result>(result: Result): Result {
  process.stderr.write(`  queue: ${JSON.stringify(result)}\n`);
  return result;
}
