import { PgBoss } from "pg-boss";
import { type ContestantKind, JOB_TYPE, PAYLOAD } from "../contestant.ts";

const BATCH = 100;

/**
 * pg-boss as its documentation advises for many small jobs: whole batches to one handler, the next fetch at once while
 * batches are full (`burstWhenBatchFull`), and woken by NOTIFY when idle.
 */
export const pgBoss: ContestantKind = {
  settings: `work(): batchSize ${BATCH}, burstWhenBatchFull, LISTEN/NOTIFY, 0.5 s poll, 10 connections, no supervision`,
  clearSql: "truncate pgboss.job",
  leftSql: `select from pgboss.job where name = '${JOB_TYPE}' and state < 'completed' limit 1`,
  async open(connectionString, onRun) {
    const boss = new PgBoss({ connectionString, max: 10, useListenNotify: true, supervise: false, schedule: false });
    boss.on("error", (error) => process.stderr.write(`  pg-boss: ${error.message}\n`));
    await boss.start();
    await boss.createQueue(JOB_TYPE, { notify: true });
    const rest = () => boss.offWork(JOB_TYPE, { wait: true });
    return {
      insertMany: async (count) =>
        void (await boss.insert(
          JOB_TYPE,
          Array.from({ length: count }, () => ({ data: PAYLOAD })),
        )),
      insertOne: async () => void (await boss.send(JOB_TYPE, PAYLOAD)),
      async work() {
        const options = { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
        await boss.work(JOB_TYPE, options, async (jobs) => {
          for (const _job of jobs) onRun();
        });
      },
      rest,
      close: () => boss.stop({ graceful: false }),
    };
  },
};
