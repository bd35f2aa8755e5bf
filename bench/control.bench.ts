import type { Database } from "@shoal/store";
import type { Backend } from "@shoal/testkit";
import type { Benchmark } from "./benchmark.ts";
import { startDaemon, type Way } from "./control/daemon.ts";
import { measureBurst, measureIdle, measureSingles, type Quantiles } from "./control/measure.ts";
import { BOTS, measurePollingLoop } from "./control/polling-loop.ts";
import { openProject, type Project, projectBackends } from "./control/project.ts";

/** Target from insert to running bot, in ms. @source the design's targets: under 100 ms, aim 25 ms */
const TARGET_P99_MS = 100;
const ALL: readonly Backend[] = ["embedded", "server"];
const WAYS: readonly Way[] = ["listen", "changes"];

const WHOLE = { commands: 1000, idleMs: 20_000, pollingMs: 60_000 } as const;
const QUICK = { commands: 10, idleMs: 500, pollingMs: 1000 } as const;
type Size = typeof WHOLE | typeof QUICK;

interface Result {
  readonly backend: Backend;
  readonly postgres: string;
  readonly way: Way;
  /** Bots that each need a lobby entry before they count as running. */
  readonly singles: Quantiles;
  /** Commands in one statement, with one lobby entry for the fleet. */
  readonly burst: Quantiles;
  /** As many bots as the polling loop has. */
  readonly idleQueriesPerMinute: number;
}

export default {
  name: "control",
  summary: "from the insert of a command to its bot running, beside a loop that looks every 5 s",
  async run({ quick }) {
    const size = quick ? QUICK : WHOLE;
    const there = projectBackends();
    const skipped = ALL.filter((backend) => !there.includes(backend));
    for (const backend of skipped) say(`SKIPPED: ${backend}, for there is no DATABASE_URL and no Postgres of Debian's`);
    const results: Result[] = [];
    for (const [at, backend] of there.entries()) {
      // A quick run tries each backend and each way once.
      for (const way of quick ? WAYS.slice(at, at + 1) : WAYS) {
        await using project = await openProject(backend);
        results.push(told(await measure(project, way, size)));
      }
    }
    await using project = await openProject("embedded");
    const pollingLoop = told(await measurePollingLoop(project.connect(), size.commands, size.pollingMs));
    return { commands: size.commands, results, pollingLoop, skipped, targetsMissed: quick ? [] : missed(results) };
  },
} satisfies Benchmark;

async function measure(project: Project, way: Way, size: Size): Promise<Result> {
  const database = project.connect();
  const { backend, postgres } = project;
  const singles = await withLobby(project, way, database, size);
  await using daemon = await startDaemon(project, { way, showsInLobby: false });
  const idleQueriesPerMinute = await measureIdle(daemon, BOTS, size.idleMs);
  const burst = await measureBurst(daemon, database, size.commands);
  return { backend, postgres, way, singles, burst, idleQueriesPerMinute };
}

async function withLobby(project: Project, way: Way, database: Database, size: Size): Promise<Quantiles> {
  await using daemon = await startDaemon(project, { way, showsInLobby: true });
  // Awaited here: the daemon ends with this function.
  return await measureSingles(daemon, database, size.commands);
}

function missed(results: readonly Result[]): string[] {
  return results
    .filter(({ singles }) => !(singles.p99Ms < TARGET_P99_MS))
    .map(({ backend, way, singles }) => `${backend}, ${way}: p99 ${singles.p99Ms} ms, target ${TARGET_P99_MS} ms`);
}

function told<Told>(result: Told): Told {
  say(JSON.stringify(result));
  return result;
}

function say(what: string): void {
  process.stderr.write(`  control: ${what}\n`);
}
