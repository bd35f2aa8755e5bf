import type { Runtime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { type SimulatedClock, testRuntime } from "@shoal/testkit";
import {
  createQueueConsumers,
  ensureQueues,
  type Json,
  type QueueConsumers,
  type QueueEvents,
  type QueueHandler,
  sendMessage,
} from "../src/index.ts";
import type { QueueConsumersOptions } from "../src/pgmq/queue-consumers.ts";

export type LoggedEvent = {
  [Name in keyof QueueEvents]: { readonly name: Name } & QueueEvents[Name];
}[keyof QueueEvents];

/** Consumers on a clock that stands still, and what they reported. */
export interface Process {
  readonly consumers: QueueConsumers;
  readonly clock: SimulatedClock;
  readonly log: readonly LoggedEvent[];
}

export function makeProcess(
  database: Database<string>,
  handlers: Readonly<Record<string, QueueHandler>>,
  options: Partial<QueueConsumersOptions> = {},
): Process {
  const runtime: Runtime & { readonly clock: SimulatedClock } = testRuntime();
  const consumers = createQueueConsumers({ database, runtime, handlers, batchSize: 25, concurrency: 25, ...options });
  const log: LoggedEvent[] = [];
  consumers.events.onAny((name, event) => log.push({ name, ...event } as LoggedEvent));
  return { consumers, clock: runtime.clock, log };
}

/** A handler that ends when the test says so. */
export function gatedHandler() {
  const runs: (PromiseWithResolvers<unknown> & { readonly id: string; readonly signal: AbortSignal })[] = [];
  const waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  const handler: QueueHandler = {
    run(message, { signal }) {
      const run = { ...Promise.withResolvers(), id: message.id, signal };
      runs.push(run);
      for (const waiter of waiters) if (runs.length >= waiter.count) waiter.resolve();
      return run.promise;
    },
    timeLimitMs: 3_600_000,
  };
  const begun = async (count: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (runs.length < count) waiters.push({ count, resolve });
    else resolve();
    await promise;
  };
  return { handler, runs, begun };
}

/** What the tests look at in a database. */
export function queueView(database: Database<string>) {
  return {
    /** A queue of this name with these messages; their ids begin at 1. */
    async fill(queue: string, payloads: readonly Json[]): Promise<void> {
      await ensureQueues(database, [queue]);
      for (const payload of payloads) await sendMessage(database, queue, payload);
    },
    /** As if their visibility timeouts were over. */
    async expire(queue: string): Promise<void> {
      await database.query(`update pgmq.q_${queue} set vt = clock_timestamp() - interval '1 second'`);
    },
    queue: (queue: string) =>
      database.query<{ id: string; reads: number; visible_in: number }>(
        `select msg_id as id, read_ct as reads, extract(epoch from vt - clock_timestamp())::float8 as visible_in
         from pgmq.q_${queue} order by msg_id`,
      ),
    archive: async (queue: string): Promise<string[]> => {
      const rows = await database.query<{ id: string }>(`select msg_id as id from pgmq.a_${queue} order by msg_id`);
      return rows.map((row) => row.id);
    },
    deadLetters: (queue: string) =>
      database.query<{ id: string; code: string; words: string; reads: number; message: Json; is_redriven: boolean }>(
        `select l.message_id as id, l.error_code as code, l.error_message as words, l.read_count as reads, d.message,
           l.redriven_at is not null as is_redriven
         from shoal.queue_dead_letters l left join pgmq.q_${queue}_dlq d on d.msg_id = l.dlq_message_id
         where l.queue = $1 order by l.id`,
        [queue],
      ),
  };
}
