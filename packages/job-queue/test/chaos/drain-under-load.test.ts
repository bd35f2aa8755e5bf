import { ownBackends, soakRuns } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { enqueueAll, type NewJob, sendMessage } from "../../src/index.ts";
import { type Fleet, MAX_READS, startFleet, type Worker } from "./fleet.ts";
import { checkHistory, type HistoryEvent } from "./history.ts";
import { checkMessages, type MessageEvent } from "./message-history.ts";
import { QUEUE, readMessageRecord } from "./record.ts";
import type { Task } from "./worker-process.ts";

const HOUR_MS = 3_600_000;
const GRACE_MS = 8000;
const MESSAGES = 50;
const LONG_MESSAGES = 5;

const task = (workMs: number): Task => ({ workMs, failures: 0, isPoison: false });
const job = (type: string, workMs: number): NewJob => ({ type, payload: { ...task(workMs) } });

const drained = (worker: Worker) => worker.reports().find((line) => line.what === "drained");

/** Handlers at work that never listen: the database knows of each that has begun. */
async function stubbornCount({ database }: Fleet): Promise<number> {
  const rows = await database.query("select from chaos.runs join shoal.jobs on id::text = subject where type = $1", [
    "chaos.stubborn",
  ]);
  return rows.length;
}

async function heldCount({ database }: Fleet): Promise<number> {
  return (await database.query("select from shoal.jobs where status = 'running'")).length;
}

/** Messages that somebody has read and that are still there, although those of 10 ms are soon gone. */
async function readIds({ database }: Fleet): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `select msg_id::text as id from pgmq.q_${QUEUE} where read_ct > 0 order by msg_id`,
  );
  return rows.map(({ id }) => id);
}

describe("SIGTERM under load", () => {
  // Mostly waiting for the grace time to end: all at once. No statement of it depends on the version of Postgres.
  it.concurrent.for(ownBackends().slice(-soakRuns(1, 2)))(
    "hands back what was not finished in time, on the %s Postgres",
    async (backend, context) => {
      await using fleet = await startFleet(backend, context);
      const { database } = fleet;
      // With the usual terms: on a starved machine a short lease ends before it can be renewed, and there is nothing to give back.
      const worker = await fleet.hire({ concurrency: 25, graceMs: GRACE_MS, leaseMs: 10_000, visibilitySeconds: 30 });
      // Some finish in time, some would end at a word, and some never listen.
      const added = await enqueueAll(database, [
        ...Array.from({ length: 5 }, () => job("chaos.stubborn", HOUR_MS)),
        ...Array.from({ length: 10 }, () => job("chaos.work", HOUR_MS)),
        ...Array.from({ length: 300 }, () => job("chaos.work", 10)),
      ]);
      for (let n = 1; n <= MESSAGES; n += 1) {
        await sendMessage(database, QUEUE, { n, ...task(n <= LONG_MESSAGES ? HOUR_MS : 10) });
      }
      await fleet.until(async () => (await stubbornCount(fleet)) === 5);
      await fleet.until(async () => (await heldCount(fleet)) >= 15);
      await fleet.until(async () => (await readIds(fleet)).length >= LONG_MESSAGES);
      worker.kill("SIGTERM");
      // Its jobs would take an hour: that it ends at all shows that it does not wait for them.
      expect(await worker.exited).toBe(0);

      const { jobIds = [], messageIds = [], timers, tookMs = Number.NaN } = drained(worker) ?? {};
      const givenBack = await database.query<{ id: string }>(
        `select job_id::text as id from chaos.changes
       where before->>'status' = 'running' and after->>'status' = 'pending' order by job_id`,
      );
      expect([...jobIds].sort()).toEqual(givenBack.map(({ id }) => id).sort());
      expect(jobIds.length).toBeGreaterThanOrEqual(15);
      expect(await database.query("select from shoal.jobs where status = 'running' or attempts > 1")).toEqual([]);
      expect([...messageIds].sort()).toEqual((await readIds(fleet)).map((id) => `${QUEUE}:${id}`).sort());
      expect(messageIds.length).toBeGreaterThanOrEqual(LONG_MESSAGES);
      expect(await database.query(`select from pgmq.q_${QUEUE} where vt > clock_timestamp()`)).toEqual([]);
      // Of the five that do not listen.
      expect(timers).toBe(5);

      const quickly = "jsonb_set(%, '{workMs}', '10')";
      await database.query(`update shoal.jobs set type = 'chaos.work', payload = ${quickly.replace("%", "payload")}`);
      await database.query(`update pgmq.q_${QUEUE} set message = ${quickly.replace("%", "message")}`);
      await fleet.hire();
      const isNone = async (text: string) => (await database.query(text)).length === 0;
      await fleet.until(() => isNone("select from shoal.jobs where status <> 'completed' limit 1"));
      await fleet.until(() => isNone(`select from pgmq.q_${QUEUE} limit 1`));
      const told = added.map(({ id }): HistoryEvent => ({ kind: "acknowledged", jobId: id }));
      expect(checkHistory([...(await fleet.history()), ...told])).toEqual([]);
      const sent = Array.from(
        { length: MESSAGES },
        (_, n): MessageEvent => ({ kind: "acknowledged", key: String(n + 1) }),
      );
      expect(checkMessages([...(await readMessageRecord(database)), ...sent], MAX_READS)).toEqual([]);
      const what = `${jobIds.length} jobs and ${messageIds.length} messages handed back`;
      process.stderr.write(`  SIGTERM on ${backend}: ${what}, gone after ${Math.round(tookMs)} ms of ${GRACE_MS}\n`);
    },
  );
});
