import { ownBackends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { enqueueAll, type NewJob } from "../../src/index.ts";
import { type Fleet, startFleet, type Worker } from "./fleet.ts";
import { checkHistory, type HistoryEvent } from "./history.ts";
import type { Task } from "./worker-process.ts";

const HOUR_MS = 3_600_000;
const GRACE_MS = 8000;

const job = (type: string, workMs: number): NewJob => ({
  type,
  payload: { workMs, failures: 0, isPoison: false } satisfies Task,
});

const drained = (worker: Worker) => worker.reports().find((line) => line.what === "drained");

async function runningCount({ database }: Fleet, type: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select count(*)::int as count from shoal.jobs where status = 'running' and type = $1",
    [type],
  );
  return row?.count ?? 0;
}

describe("SIGTERM under load", () => {
  // Mostly waiting for the grace time to end: all at once.
  it.concurrent.each(ownBackends())("hands back what was not finished in time, on the %s Postgres", async (backend) => {
    await using fleet = await startFleet(backend);
    const { database } = fleet;
    const worker = await fleet.hire({ concurrency: 25, graceMs: GRACE_MS });
    // Some finish in time, some would end at a word, and some never listen.
    const added = await enqueueAll(database, [
      ...Array.from({ length: 5 }, () => job("chaos.stubborn", HOUR_MS)),
      ...Array.from({ length: 10 }, () => job("chaos.work", HOUR_MS)),
      ...Array.from({ length: 300 }, () => job("chaos.work", 10)),
    ]);
    await fleet.until(async () => (await runningCount(fleet, "chaos.stubborn")) === 5);
    await fleet.until(async () => (await runningCount(fleet, "chaos.work")) >= 10);
    worker.kill("SIGTERM");
    // Its jobs would take an hour: that it ends at all shows that it does not wait for them.
    expect(await worker.exited).toBe(0);

    const handedBack = drained(worker)?.jobIds ?? [];
    const givenBack = await database.query<{ id: string }>(
      `select job_id::text as id from chaos.changes
       where before->>'status' = 'running' and after->>'status' = 'pending' order by job_id`,
    );
    expect([...handedBack].sort()).toEqual(givenBack.map(({ id }) => id).sort());
    expect(handedBack.length).toBeGreaterThanOrEqual(15);
    expect(await database.query("select from shoal.jobs where status = 'running' or attempts > 1")).toEqual([]);
    // Of the five that do not listen.
    expect(drained(worker)?.timers).toBe(5);

    await database.query("update shoal.jobs set type = 'chaos.work', payload = jsonb_set(payload, '{workMs}', '10')");
    await fleet.hire();
    await fleet.until(async () => {
      return (await database.query("select from shoal.jobs where status <> 'completed' limit 1")).length === 0;
    });
    const told = added.map(({ id }): HistoryEvent => ({ kind: "acknowledged", jobId: id }));
    expect(checkHistory([...(await fleet.history()), ...told])).toEqual([]);
    process.stderr.write(
      `  SIGTERM on ${backend}: ${handedBack.length} jobs handed back, gone after ${Math.round(drained(worker)?.tookMs ?? 0)} ms of ${GRACE_MS}\n`,
    );
  });
});
