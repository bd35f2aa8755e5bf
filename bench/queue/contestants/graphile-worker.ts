import { Logger, makeWorkerUtils, type Runner, run } from "graphile-worker";
import { type ContestantKind, JOB_TYPE, PAYLOAD } from "../contestant.ts";

const CONCURRENT_JOBS = 24;
const LOCAL_QUEUE = 500;

/** The configuration that its documentation gives its best figures for. @source https://worker.graphile.org/docs/performance */
export const graphileWorker: ContestantKind = {
  settings: `concurrentJobs ${CONCURRENT_JOBS}, localQueue ${LOCAL_QUEUE}, completeJobBatchDelay 0, ${CONCURRENT_JOBS + 1} connections, LISTEN`,
  clearSql: "truncate graphile_worker._private_jobs",
  leftSql: "select from graphile_worker._private_jobs limit 1",
  async open(connectionString, onRun) {
    const logger = new Logger(() => () => {});
    const utils = await makeWorkerUtils({ connectionString, logger });
    await utils.migrate();
    const taskList = { [JOB_TYPE]: async () => onRun() };
    let runner: Runner | undefined;
    const rest = async () => {
      await runner?.stop();
      runner = undefined;
    };
    return {
      insertMany: async (count) =>
        void (await utils.addJobs(Array.from({ length: count }, () => ({ identifier: JOB_TYPE, payload: PAYLOAD })))),
      insertOne: async () => void (await utils.addJob(JOB_TYPE, PAYLOAD)),
      async work() {
        runner = await run({
          taskList,
          noHandleSignals: true,
          preset: {
            worker: {
              connectionString,
              logger,
              concurrentJobs: CONCURRENT_JOBS,
              maxPoolSize: CONCURRENT_JOBS + 1,
              localQueue: { size: LOCAL_QUEUE },
              completeJobBatchDelay: 0,
              failJobBatchDelay: 0,
            },
          },
        });
      },
      rest,
      close: async () => {
        await rest();
        await utils.release();
      },
    };
  },
};
