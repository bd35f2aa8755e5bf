import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase, migrate } from "@shoal/store";
import { type Backend, ownBackends, ownPostgres } from "@shoal/testkit";
import type { Benchmark } from "./benchmark.ts";
import { measurePeer } from "./sandbox/peer.ts";
import {
  type Bench,
  measureClaims,
  measureCycle,
  measureDeploys,
  measureFairness,
  measureFloorRate,
  measureIdle,
  measureLatency,
  measureRates,
  type Size,
} from "./strategies/measure.ts";
import { missedTargets, type StrategyFigures } from "./strategies/targets.ts";

const MIGRATIONS = join(import.meta.dirname, "../supabase/migrations");
const runtime = createSystemRuntime();

const WHOLE: Size = {
  ...{ measuredMs: 20_000, warmUpMs: 10_000, moderateRunsPerSecond: 200, dueCount: 3000 },
  ...{ idleCount: 10_000, idleMs: 20_000, claimCount: 100_000, claims: 350 },
  ...{ bigOwnerCount: 20_000, otherOwners: 500, otherIntervalMs: 5000, deploys: 20, cycles: 3, cycleMs: 30_000 },
};
/** On one server, small: that it works, in some seconds. */
const QUICK: Size = {
  ...{ measuredMs: 500, warmUpMs: 500, moderateRunsPerSecond: 20, dueCount: 200 },
  ...{ idleCount: 100, idleMs: 500, claimCount: 1000, claims: 4 },
  ...{ bigOwnerCount: 300, otherOwners: 10, otherIntervalMs: 1000, deploys: 1, cycles: 2, cycleMs: 400 },
};
const PEERS = { strategyCount: 20, runCount: 2000 } as const;
const QUICK_PEERS = { strategyCount: 2, runCount: 100 } as const;

export default {
  name: "strategies",
  summary:
    "runs of owners' strategies from claim to written, idle ones, fairness, a deploy; beside one Bun process per strategy, and bare SQL",
  async run({ quick }) {
    const backends = quick ? ownBackends().slice(0, 1) : ownBackends();
    const results: StrategyFigures[] = [];
    for (const backend of backends) results.push(told(await measureOn(backend, quick ? QUICK : WHOLE)));
    // One plain Bun process for each strategy, fed by a loop, with no database and no wall around it.
    const peers = quick ? QUICK_PEERS : PEERS;
    const bunProcess = told({ ...peers, ...(await measurePeer(process.execPath, "bun-process.ts", peers)) });
    return { results, peers: { bunProcess }, targetsMissed: quick ? [] : missedTargets(results) };
  },
} satisfies Benchmark;

async function measureOn(backend: Backend, size: Size): Promise<StrategyFigures> {
  await using server = await ownPostgres({ backend });
  const database = createDatabase<string>({ url: server.url, runtime, maxConnections: 4 });
  try {
    await migrate({ database, directory: MIGRATIONS, log: runtime.log });
    const [row] = await database.query<{ version: string }>("select current_setting('server_version') as version");
    const bench: Bench = { url: server.url, database, clock: runtime.clock };
    const source = await Bun.file(join(import.meta.dirname, "../examples/strategies/moving-average-cross.ts")).text();
    return {
      ...{ backend, postgres: row?.version ?? "" },
      ...told(await measureLatency(bench, size)),
      ...told(await measureRates(bench, size)),
      ...told(await measureCycle(bench, size)),
      ...told(await measureIdle(bench, size)),
      ...told(await measureClaims(bench, size)),
      ...told(await measureFairness(bench, size)),
      ...told(await measureDeploys(bench, size, source)),
      ...told(await measureFloorRate(bench, size)),
    };
  } finally {
    await database.close();
  }
}

/** Prints each result at once, because a whole run takes a quarter of an hour. */
function told<Result>(result: Result): Result {
  process.stderr.write(`  strategies: ${JSON.stringify(result)}\n`);
  return result;
}
