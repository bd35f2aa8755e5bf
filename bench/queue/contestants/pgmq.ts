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

/** One reader, with this many handlers at a time. */
export function pgmq(concurrency: number): ContestantKind {
  return {
    ...tables,
    settings: `batchSize ${BATCH}, concurrency ${concurrency}, 4 connections`,
    open: async (url, onRun) => {
      const { runtime, database, ...shared } = open(url);
      let consumers: QueueConsumers | undefined;
      const rest = async () => {
        await consumers?.drain(10_000);
        consumers = undefined;
      };
      return {
        ...shared,
        async work() {
          const handlers = { [QUEUE]: { run: async () => onRun() } };
          consumers = createQueueConsumers({ database, runtime, handlers, batchSize: BATCH, concurrency });
          consumers.start();
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

/** The floor: reads and archives in turn, and nothing else. */
export const barePgmq: ContestantKind = {
  ...tables,
  settings: `reads and archives ${BATCH} at a time, sequentially`,
  open: async (url, onRun) => {
    const { runtime, database, ...shared } = open(url);
    let isWorking = false;
    let working: Promise<void> | undefined;
    const loop = async () => {
      while (isWorking) if ((await readAndArchive(database, onRun)) === 0) await sleep(runtime.clock, IDLE_MS);
    };
    const rest = async () => {
      isWorking = false;
      await working;
    };
    return {
      ...shared,
      async work() {
        isWorking = true;
        working = loop();
      },
      rest,
      close: async () => {
        await rest();
        await database.close();
      },
    };
  },
};

async function readAndArchive(database: Database<string>, onRun: () => void): Promise<number> {
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
  readonly database: Database<string>;
}

function open(url: string): Opened {
  const runtime = createSystemRuntime();
  const database = createDatabase<string>({ url, runtime, maxConnections: 4 });
  const insertMany = async (count: number) => {
    const messages = Array.from({ length: count }, () => JSON.stringify(PAYLOAD));
    await database.query("select pgmq.send_batch($1::text, ($2::text[])::jsonb[])", [QUEUE, messages]);
  };
  return { runtime, database, insertMany, insertOne: () => insertMany(1) };
}
