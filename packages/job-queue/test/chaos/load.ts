import { integer, type Rng } from "@shoal/kernel";
import { enqueueAll, type NewJob, sendMessage } from "../../src/index.ts";
import type { Fleet } from "./fleet.ts";
import type { HistoryEvent } from "./history.ts";
import type { MessageEvent } from "./message-history.ts";
import { QUEUE } from "./record.ts";
import type { Task } from "./worker-process.ts";

const BATCH = 20;
/** Of so many jobs one fails at first, of so many one each time, and of so many messages one is given up. */
const FAILING = 10;
const POISONED = 40;

/** What enqueues, as apps do: while faults happen, in transactions that fail, without knowing whether an answer was lost. */
export interface Load {
  /** The callers' word of what they were told. */
  readonly jobs: HistoryEvent[];
  readonly messages: MessageEvent[];
  /** Tries to add so many jobs and as many messages. What a fault cuts off is nobody's promise. */
  add(count: number): Promise<void>;
  /** Nothing is pending, running or in the queue any more. */
  isDone(): Promise<boolean>;
  /** Nothing waits for a worker at this moment. */
  isIdle(): Promise<boolean>;
}

export function createLoad({ database }: Fleet, rng: Rng): Load {
  const jobs: HistoryEvent[] = [];
  const messages: MessageEvent[] = [];
  let lastNumber = 0;

  const isOneIn = (count: number) => integer(rng, 1, count) === 1;
  const workMs = () => integer(rng, 10, 150);
  const newJob = (): NewJob => {
    const isHopeless = isOneIn(POISONED);
    const failures = isHopeless ? Number.MAX_SAFE_INTEGER : Number(isOneIn(FAILING));
    const payload = { workMs: workMs(), failures, isPoison: false } satisfies Task;
    return { type: "chaos.work", payload, priority: integer(rng, -2, 2), maxAttempts: isHopeless ? 2 : 50 };
  };
  const withdraw = async (ids: string[]) => {
    await database
      .transaction(async (tx) => {
        for (const { id } of await enqueueAll(tx, [newJob(), newJob()])) ids.push(id);
        throw new Error("the caller thinks better of it");
      })
      .catch(() => {});
  };
  const addBatch = async () => {
    const added = await enqueueAll(database, Array.from({ length: BATCH }, newJob));
    jobs.push(...added.map(({ id }): HistoryEvent => ({ kind: "acknowledged", jobId: id })));
    const withdrawn: string[] = [];
    await withdraw(withdrawn);
    jobs.push(...withdrawn.map((jobId): HistoryEvent => ({ kind: "withdrawn", jobId })));
    for (let sent = 0; sent < BATCH; sent += 1) {
      lastNumber += 1;
      const n = lastNumber;
      const isPoison = isOneIn(POISONED);
      await sendMessage(database, QUEUE, { n, ...({ workMs: workMs(), failures: 0, isPoison } satisfies Task) });
      messages.push({ kind: "acknowledged", key: String(n) });
    }
  };
  const isNone = async (text: string) => (await database.query(text)).length === 0;
  return {
    jobs,
    messages,
    async add(count) {
      for (let added = 0; added < count; added += BATCH) await addBatch().catch(() => {});
    },
    isDone: async () =>
      (await isNone("select from shoal.jobs where status in ('pending', 'running') limit 1")) &&
      (await isNone(`select from pgmq.q_${QUEUE} limit 1`)),
    isIdle: () => isNone("select from shoal.jobs where status = 'pending' and run_at <= clock_timestamp() limit 1"),
  };
}
