import { type Clock, DAY_MS, HOUR_MS, SECOND_MS, sleep } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { quantile } from "../sandbox/measure.ts";
import { type Executor, startExecutor } from "./executor.ts";
import { clearStrategies, cloneStrategies, DECIDES, EMPTY } from "./fill.ts";
import { measureFloor } from "./floor.ts";

/** The server of the run, and the benchmark's own connection. */
export interface Bench {
  readonly url: string;
  readonly database: Database<string>;
  readonly clock: Clock;
}

/** Sizes of a run. */
export interface Size {
  /** How long is measured, and before that run without being measured. */
  readonly measuredMs: number;
  readonly warmUpMs: number;
  readonly moderateRunsPerSecond: number;
  /** Each due once a second: more than can be run. */
  readonly dueCount: number;
  readonly idleCount: number;
  readonly idleMs: number;
  readonly claimCount: number;
  readonly claims: number;
  readonly bigOwnerCount: number;
  readonly otherOwners: number;
  /** How often each of them is due. */
  readonly otherIntervalMs: number;
  readonly deploys: number;
  readonly cycles: number;
  /** Milliseconds of one cycle; the daemon's default is 30 s. */
  readonly cycleMs: number;
}

/** Uses an executor, and forgets what it had once it has ended. */
async function withExecutor<T>(
  { url, database }: Bench,
  use: (executor: Executor) => Promise<T>,
  variables: Readonly<Record<string, string>> = {},
): Promise<T> {
  const executor = await startExecutor(url, variables);
  try {
    return await use(executor);
  } finally {
    await executor[Symbol.asyncDispose]();
    await clearStrategies(database);
  }
}

/** Runs settled within `measuredMs`, after the warm-up. */
async function measureRuns(executor: Executor, clock: Clock, { warmUpMs, measuredMs }: Size) {
  await sleep(clock, warmUpMs);
  await executor.figures();
  const startedMs = clock.monotonicMs();
  await sleep(clock, measuredMs);
  const figures = await executor.figures();
  const seconds = (clock.monotonicMs() - startedMs) / SECOND_MS;
  if (figures.failedCount > 0) throw new Error(`${figures.failedCount} of ${figures.ranCount} runs failed`);
  return { ...figures, runsPerSecond: Math.round(figures.ranCount / seconds) };
}

/** From the claim to the written outcome, while there is time for everything. */
export function measureLatency(bench: Bench, size: Size) {
  return withExecutor(bench, async (executor) => {
    const { strategyId } = await executor.deploy(DECIDES);
    const count = size.moderateRunsPerSecond;
    const due = { dueWithinMs: SECOND_MS, intervalMs: SECOND_MS, ownerCount: Math.ceil(count / 5) };
    await cloneStrategies(bench.database, { strategyId, count, ...due });
    const { claimToWrittenP50Ms, claimToWrittenP99Ms } = await measureRuns(executor, bench.clock, size);
    return { claimToWrittenP50Ms, claimToWrittenP99Ms };
  });
}

/** Runs a second while more is due than can be run. */
function measureRate(bench: Bench, size: Size, source: string): Promise<number> {
  return withExecutor(bench, async (executor) => {
    const { strategyId } = await executor.deploy(source);
    const due = { dueWithinMs: SECOND_MS, intervalMs: SECOND_MS, ownerCount: Math.ceil(size.dueCount / 50) };
    await cloneStrategies(bench.database, { strategyId, count: size.dueCount, ...due });
    const { runsPerSecond } = await measureRuns(executor, bench.clock, size);
    return runsPerSecond;
  });
}

export async function measureRates(bench: Bench, size: Size) {
  const runsPerSecond = await measureRate(bench, size, DECIDES);
  const emptyRunsPerHour = 3600 * (await measureRate(bench, size, EMPTY));
  return { runsPerSecond, emptyRunsPerHour };
}

/** Whole cycles from the first run on; the first one is not counted, because it begins anywhere. */
export function measureCycle(bench: Bench, size: Size) {
  const { clock, database } = bench;
  return withExecutor(
    bench,
    async (executor) => {
      const { strategyId } = await executor.deploy(EMPTY);
      const due = { dueWithinMs: 0, intervalMs: SECOND_MS, ownerCount: 10 };
      await cloneStrategies(database, { strategyId, count: 100, ...due });
      await executor.figures();
      const startedMs = clock.monotonicMs();
      await sleep(clock, size.cycles * size.cycleMs);
      const { ranCount } = await executor.figures();
      const hours = (clock.monotonicMs() - startedMs) / HOUR_MS;
      return { cycleRunsPerHour: Math.round(ranCount / hours) };
    },
    { STRATEGY_EXECUTOR: "cycle", STRATEGY_CYCLE_MS: String(size.cycleMs) },
  );
}

/** What strategies cost that are deployed and not due. */
export function measureIdle(bench: Bench, size: Size) {
  const { clock, database } = bench;
  return withExecutor(bench, async (executor) => {
    const { strategyId } = await executor.deploy(EMPTY);
    await sleep(clock, size.idleMs / 4);
    const beforeBytes = await executor.memoryBytes();
    const later = { dueWithinMs: DAY_MS, intervalMs: DAY_MS, ownerCount: Math.ceil(size.idleCount / 5) };
    await cloneStrategies(database, { strategyId, count: size.idleCount, ...later });
    await executor.figures();
    const startedMs = clock.monotonicMs();
    await sleep(clock, size.idleMs);
    const { queryCount, ranCount } = await executor.figures();
    const seconds = (clock.monotonicMs() - startedMs) / SECOND_MS;
    // A run now and then, of those that are due at random within a day, is three statements.
    const idleQueriesPerSecond = Math.round((100 * (queryCount - 3 * ranCount)) / seconds) / 100;
    return { idleBytes: Math.max(0, (await executor.memoryBytes()) - beforeBytes), idleQueriesPerSecond };
  });
}

/** Deploys an empty strategy, and leaves no executor behind. */
async function deployOnly({ url }: Bench): Promise<string> {
  await using executor = await startExecutor(url);
  // Awaited here: the executor ends with this function.
  return (await executor.deploy(EMPTY)).strategyId;
}

const CLAIM_SQL = "select id::text, epoch::float8, kind from shoal.strategy_turn('bench', 10000, 25, '[]'::jsonb, 100)";
const SETTLE_SQL = "select from shoal.strategy_turn('bench', 10000, 0, ($1::text)::jsonb, 100)";

/** Claims of 25 at a time from a large table, a tenth of it due. */
export async function measureClaims(bench: Bench, size: Size) {
  const { database, clock } = bench;
  const strategyId = await deployOnly(bench);
  const many = { strategyId, intervalMs: DAY_MS, ownerCount: Math.ceil(size.claimCount / 10) };
  await cloneStrategies(database, { ...many, count: size.claimCount, dueWithinMs: DAY_MS });
  await database.query(
    "update shoal.strategy_clock set due_at = statement_timestamp() where strategy_id in (select id from shoal.strategies order by id limit $1)",
    [size.claimCount / 10],
  );
  await database.query(
    "select shoal.strategy_owner_refresh(array(select owner_id from shoal.strategy_owners order by owner_id))",
  );
  for (const table of ["strategy_clock", "strategy_owners"]) await database.query(`vacuum analyze shoal.${table}`);
  const tookMs: number[] = [];
  for (let claim = 0; claim < size.claims; claim += 1) {
    const startedMs = clock.monotonicMs();
    const rows = await database.query<{ id: string; epoch: number; kind: string }>(CLAIM_SQL);
    tookMs.push(clock.monotonicMs() - startedMs);
    const claimed = rows.filter(({ kind }) => kind === "claimed");
    if (claimed.length === 0) throw new Error("nothing is due any more: there are too many claims for this table");
    const settled = { kind: "skip", reason: "cooldown", untilMs: 0, nextAtMs: null, notBeforeMs: null, missedCount: 0 };
    await database.query(SETTLE_SQL, [JSON.stringify(claimed.map(({ id, epoch }) => ({ id, epoch, ...settled })))]);
  }
  await clearStrategies(database);
  const warm = tookMs.slice(Math.floor(tookMs.length / 10));
  return { claimP50Ms: quantile(warm, 0.5), claimP99Ms: quantile(warm, 0.99) };
}

const LAG_SQL = `
select (extract(epoch from runs.started_at - runs.planned_at) * 1000)::float8 as ms
from shoal.strategy_runs as runs join shoal.strategies on strategies.id = runs.strategy_id
where strategies.owner_id = any($1::uuid[]) and runs.started_at > $2`;

/** How late many small owners are served while one large one has more due than can be run. */
export function measureFairness(bench: Bench, size: Size) {
  const { clock, database } = bench;
  return withExecutor(bench, async (executor) => {
    const { strategyId } = await executor.deploy(EMPTY);
    const now = { strategyId, dueWithinMs: 0 };
    await cloneStrategies(database, { ...now, count: size.bigOwnerCount, intervalMs: SECOND_MS, ownerCount: 1 });
    await sleep(clock, size.warmUpMs);
    const others = { count: size.otherOwners, ownerCount: size.otherOwners };
    const owners = await cloneStrategies(database, {
      ...{ strategyId, ...others },
      ...{ intervalMs: size.otherIntervalMs, dueWithinMs: size.otherIntervalMs },
    });
    // The first run of each finds the sandbox and the caches warm, and statistics that were read.
    await sleep(clock, size.warmUpMs);
    const from = new Date(clock.now());
    await sleep(clock, size.measuredMs);
    const lags = (await database.query<{ ms: number }>(LAG_SQL, [owners, from])).map(({ ms }) => ms);
    if (lags.length === 0) throw new Error("none of the small owners was served");
    return {
      othersLagP50Ms: quantile(lags, 0.5),
      othersLagP99Ms: quantile(lags, 0.99),
      othersRunCount: lags.length,
    };
  });
}

/** From a deploy of TypeScript, with its check, to the first run: a new source each time. */
export function measureDeploys(bench: Bench, size: Size, source: string) {
  return withExecutor(bench, async (executor) => {
    await executor.deploy(EMPTY);
    const tookMs: number[] = [];
    for (let deploy = 0; deploy < size.deploys; deploy += 1) {
      tookMs.push((await executor.deploy(`${source}\n// ${deploy}\n`, "typescript")).tookMs);
    }
    return { deployToRunMs: quantile(tookMs, 0.5) };
  });
}

/** The barest loop over the same tables. */
export async function measureFloorRate(bench: Bench, size: Size) {
  const { database, clock } = bench;
  const strategyId = await deployOnly(bench);
  const due = { dueWithinMs: SECOND_MS, intervalMs: SECOND_MS, ownerCount: Math.ceil(size.dueCount / 50) };
  await cloneStrategies(database, { strategyId, count: size.dueCount, ...due });
  // What the floor asks for; the executor finds what is due by its owners.
  await database.script("create index bench_due_idx on shoal.strategy_clock (due_at) where due_at is not null");
  await measureFloor(database, clock, 25, size.warmUpMs);
  const floorRunsPerSecond = await measureFloor(database, clock, 25, size.measuredMs);
  await database.script("drop index shoal.bench_due_idx");
  await clearStrategies(database);
  return { floorRunsPerSecond };
}
