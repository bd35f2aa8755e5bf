import { createJobWorker, enqueue, enqueueAll, type JobHandlers, type JobWorker } from "@shoal/job-queue";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { type ContestantKind, JOB_TYPE, PAYLOAD } from "../contestant.ts";

const newJob = { type: JOB_TYPE, payload: PAYLOAD };

/** More than the jobs of a batch, so that the next batch is fetched while one runs. */
export function shoal(batchSize: number, concurrency = batchSize): ContestantKind {
  return {
    settings: `batchSize ${batchSize}, concurrency ${concurrency}, 4 connections, LISTEN`,
    clearSql: "truncate shoal.jobs",
    leftSql: "select from shoal.jobs where status = 'running' limit 1",
    async open(url, onRun) {
      const runtime = createSystemRuntime();
      const database = createDatabase({ url, runtime, maxConnections: 4 });
      const handlers: JobHandlers = { [JOB_TYPE]: { run: async () => onRun() } };
      let worker: JobWorker | undefined;
      const rest = async () => {
        await worker?.drain(10_000);
        worker = undefined;
      };
      return {
        insertMany: async (count) =>
          void (await enqueueAll(
            database,
            Array.from({ length: count }, () => newJob),
          )),
        insertOne: async () => void (await enqueue(database, newJob)),
        async work() {
          const workerId = `bench-${runtime.ids.uuid()}`;
          worker = createJobWorker({ database, runtime, workerId, handlers, batchSize, concurrency });
          worker.start();
        },
        rest,
        close: async () => {
          await rest();
          await database.close();
        },
      };
    },
  };
}
