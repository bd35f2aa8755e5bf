import { type Rng, sleep } from "@shoal/kernel";
import { type Backend, ownBackends, seededRng, soakRuns } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { FAULTS, type FaultName, hireWithWrongClock } from "./faults.ts";
import { type Fleet, MAX_READS, startFleet, type Worker } from "./fleet.ts";
import { checkHistory } from "./history.ts";
import { createLoad, type Load } from "./load.ts";
import { checkMessages } from "./message-history.ts";
import { readMessageRecord } from "./record.ts";

/** `JOBS_CHAOS_SEED` repeats a run's choices; `JOBS_CHAOS_SECONDS` goes on with faults at random for so long. */
const SEED = Number(process.env["JOBS_CHAOS_SEED"] ?? 0) || crypto.getRandomValues(new Uint32Array(1))[0] || 1;
const SOAK_MS = Number(process.env["JOBS_CHAOS_SECONDS"] ?? 0) * 1000;
const WORKERS = 3;
/** Of a round; as many messages. */
const JOBS = soakRuns(80, 120);
const LIMIT_MS = 240_000 + 2 * SOAK_MS;

const ALL = Object.keys(FAULTS) as FaultName[];
/** In one history each. A soak does all on both servers; otherwise the second has what happens to a server, which its version decides. */
const PLAN: Readonly<Record<Backend, readonly FaultName[]>> = {
  embedded: ALL,
  server: soakRuns(0, 1) === 1 ? ALL : ["connections terminated", "server stopped at once"],
};

interface Round {
  readonly fault: FaultName | "none";
  /** From the first of its jobs in the table until the last of those that were there before the harm was over. */
  readonly tookMs: number;
}

/** Adds jobs and messages, does the harm in the middle of it, and waits until all is done. */
async function playRound(
  fault: FaultName | "none",
  fleet: Fleet,
  load: Load,
  alive: Worker[],
  rng: Rng,
): Promise<Round> {
  const from = load.jobs.length;
  await load.add(JOBS / 2);
  const jobIds = load.jobs.slice(from).map(({ jobId }) => jobId);
  if (fault !== "none") await whileThereIsWork(fleet, load, FAULTS[fault](fleet, alive, rng));
  await load.add(JOBS / 2);
  await fleet.until(load.isDone);
  const [row] = await fleet.database.query<{ tookMs: number }>(
    `select extract(epoch from max(at) - min(at))::float8 * 1000 as "tookMs"
     from chaos.changes where job_id = any($1::bigint[])`,
    [jobIds],
  );
  return { fault, tookMs: row?.tookMs ?? Number.NaN };
}

/** Faults wait for somebody to be at work, so there is always some until the harm is over. */
async function whileThereIsWork(fleet: Fleet, load: Load, harm: Promise<void>): Promise<void> {
  let isOver = false;
  const over = harm.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    if (await load.isIdle().catch(() => false)) await load.add(20);
    await sleep(fleet.runtime.clock, 20);
  }
  await over;
}

function tell(backend: Backend, baseline: Round, { fault, tookMs }: Round): void {
  const lateMs = Math.round(tookMs - baseline.tookMs);
  process.stderr.write(`  jobs on ${backend}, ${fault}: done ${lateMs} ms later than without a fault\n`);
}

describe("jobs and messages", () => {
  // Mostly waiting for leases to end: all at once.
  it.concurrent.for(ownBackends())(
    `are all done, effects once and no epoch with two holders, whatever dies, on the %s Postgres (seed ${SEED})`,
    { timeout: LIMIT_MS },
    async (backend, context) => {
      const rng = seededRng(SEED);
      await using fleet = await startFleet(backend, context);
      const load = createLoad(fleet, rng);
      const alive: Worker[] = [];
      for (let hired = 0; hired < WORKERS; hired += 1) alive.push(await hireWithWrongClock(fleet, rng));
      await load.add(20);
      await fleet.until(load.isDone);

      const baseline = await playRound("none", fleet, load, alive, rng);
      // From here on nothing dead is swept from the tables: somebody looks at an old state of them.
      const idle = Promise.withResolvers<void>();
      const holder = fleet.database
        .transaction(async (tx) => {
          await tx.query("set transaction isolation level repeatable read");
          await tx.query("select count(*) from shoal.jobs");
          await idle.promise;
        })
        .catch(() => {});
      const untilMs = fleet.runtime.clock.monotonicMs() + SOAK_MS;
      for (const fault of shuffled(PLAN[backend], rng)) {
        tell(backend, baseline, await playRound(fault, fleet, load, alive, rng));
      }
      while (fleet.runtime.clock.monotonicMs() < untilMs) {
        const [fault = "kill -9"] = shuffled(ALL, rng);
        tell(backend, baseline, await playRound(fault, fleet, load, alive, rng));
      }
      idle.resolve();
      await holder;

      const told = `seed ${SEED}, on ${backend}`;
      expect(checkHistory([...(await fleet.history()), ...load.jobs]), told).toEqual([]);
      const messages = [...(await readMessageRecord(fleet.database)), ...load.messages];
      expect(checkMessages(messages, MAX_READS), told).toEqual([]);
    },
  );
});

function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  return items
    .map((item) => ({ item, at: rng.next() }))
    .toSorted((left, right) => left.at - right.at)
    .map(({ item }) => item);
}
