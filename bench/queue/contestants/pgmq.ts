import { createQueueConsumers, type QueueConsumers } from "@shoal/job-queue";
import { createSystemRuntime, type Runtime, sleep } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { type Contestant, type ContestantKind, PAYLOAD } from "../contestant.ts";

export const QUEUE = "bench";
const BATCH = 100;
const VISIBILITY_SECONDS = 30;
const IDLE_MS = 5;

const tables = {
  clearSql: `truncate pgmq.q_${QUEUE}, pgmq.a_${QUEUE}`,
  leftSql: `select from pgmq.q_${QUEUE} limit 1`,
};

/** So many consumers in one process, each with a connection. */
export function pgmq(consumerCount: number): ContestantKind {
  return {
    ...tables,
    settings: `batchSize ${BATCH}, concurrency ${BATCH}, one process and connection pool`,
    open: async (url, onRun) => {
      const { runtime, database, ...shared } = open(url, consumerCount);
      let consumers: QueueConsumers[] = [];
      const rest = async () => void (await Promise.all(consumers.map((each) => each.drain(10_000))));
      return {
        ...shared,
        async work() {
          const options = { database, runtime, batchSize: BATCH, concurrency: BATCH };
          consumers = Array.from({ length: consumerCount }, () =>
            createQueueConsumers({ ...options, handlers: { [QUEUE]: { run: async () => onRun() } } }),
          );
          for (const each of consumers) each.start();
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

/** The floor: read, archive, read, archive, as many loops, nothing else. */
export function barePgmq(loopCount: number): ContestantKind {
  return {
    ...tables,
    settings: `reads and archives ${BATCH} at a time, sequentially`,
    open: async (url, onRun) => {
      const { runtime, database, ...shared } = open(url, loopCount);
      let isWorking = false;
      let loops: Promise<void>[] = [];
      const loop = async () => {
        while (isWorking) if ((await readAndArchive(database, onRun)) === 0) await sleep(runtime.clock, IDLE_MS);
      };
      const rest = async () => {
        isWorking = false;
        await Promise.all(loops);
      };
      return {
        ...shared,
        async work() {
          isWorking = true;
          loops = Array.from({ length: loopCount }, loop);
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

async function readAndArchive(database: Database, onRun: () => void): Promise<number> {
  const rows = await database.query<{ msg_id: string }>("select * from pgmq.read($1::text, $2::int, $3::int)", [
    QUEUE,
    VISIBILITY_SECONDS,
    BATCH,
  ]);
  for (const _row of rows) onRun();
  const ids = rows.map((row) => row.msg_id);
  if (ids.length > 0) await database.query("select * from pgmq.archive($1::text, $2::bigint[])", [QUEUE, ids]);
  return ids.length;
}

interface Opened extends Pick<Contestant, "insertMany" | "insertOne"> {
  readonly runtime: Runtime;
  readonly database: Database;
}

function open(url: string, connections: number): Opened {
  const runtime = createSystemRuntime();
  const database = createDatabase({ url, runtime, maxConnections: Math.max(connections, 4) });
  const insertMany = async (count: number) => {
    const messages = Array.from({ length: count }, () => JSON.stringify(PAYLOAD));
    await database.query("select pgmq.send_batch($1::text, ($2::text[])::jsonb[])", [QUEUE, messages]);
  };
  return { runtime, database, insertMany, insertOne: () => insertMany(1) };
}
