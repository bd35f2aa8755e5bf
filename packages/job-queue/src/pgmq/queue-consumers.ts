import {
  createEmitter,
  type EventSource,
  errorFields,
  invariant,
  type ReportLoop,
  type Runtime,
  unreported,
} from "@shoal/kernel";
import { createWakeListener, type Database } from "@shoal/store";
import { enqueue } from "../jobs/enqueue.ts";
import type { HandedBack, PassReport, QueueEvents, QueueHandler } from "../types.ts";
import { WorkEngine } from "../work/work-engine.ts";
import { checkQueueNames } from "./names.ts";
import { QueueSource } from "./queue-source.ts";
import { createQueueStatements } from "./statements.ts";

export interface QueueConsumersOptions {
  /** With pgmq (`installPgmq`) and the queues (`ensureQueues`). */
  readonly database: Database;
  readonly runtime: Runtime;
  /** By queue. Queues without one are left alone. */
  readonly handlers: Readonly<Record<string, QueueHandler>>;
  /** Messages in one read of a queue, 1 to 1,000. */
  readonly batchSize: number;
  /** Handlers at once, all queues together, 1 or more. */
  readonly concurrency: number;
  /** After so many whole seconds without an extension other readers may read a message, 3 or more. Default 30. */
  readonly visibilitySeconds?: number;
  /** A message that fails on its read of this number is dead, 1 or more. Default 5. */
  readonly maxReads?: number;
  /** Hears how reads end, as `queues`, and how outcomes are written, as `queue:` and its name for each queue. */
  readonly reportLoop?: ReportLoop;
  /**
   * Whether the queues announce their messages (`announceQueues`), and somebody looks into the database every few seconds and calls `dueIn`.
   * Meanwhile, and where they hear NOTIFY, idle consumers ask for nothing. Default: no, and they ask each second.
   */
  readonly isWatched?: () => boolean;
}

/** Consumes the queues of one process: one reader for all of them, however many handlers run. */
export interface QueueConsumers {
  readonly events: EventSource<QueueEvents>;
  /** Handlers under way. */
  readonly running: number;
  /** Reads from now on. Idempotent. */
  start(): void;
  /** There may be messages: reads now, however slow the pace was. */
  nudge(): void;
  /** A message can be read in so many ms: reads then, now if that is 0 or less. */
  dueIn(delayMs: number): void;
  /**
   * Reads one batch of at most `batchSize` (1 or more) of each queue and resolves when all of these are over, also without
   * `start`. Errors as `Sql.query`, QUEUE_PGMQ_MISSING.
   */
  runPass(options: { readonly batchSize: number }): Promise<(PassReport & { readonly queue: string })[]>;
  /**
   * Reads no more, gives back what has not begun, waits for handlers, aborts what still runs shortly before `limitMs` is over,
   * gives back what does not end then, and resolves at `limitMs` at the latest with what was given back, as
   * `<queue>:<message id>`. Idempotent.
   */
  drain(limitMs: number): Promise<HandedBack>;
}

/** The channel on which the triggers of `announceQueues` tell of messages. */
const CHANNEL = "shoal_queues";

/**
 * Consumes pgmq queues, each message at least once. Nothing is read before `start` or `runPass`.
 *
 * @throws QUEUE_INVALID a queue's name is not one that pgmq takes
 */
export function createQueueConsumers(options: QueueConsumersOptions): QueueConsumers {
  const { database, runtime, handlers, batchSize, concurrency, visibilitySeconds = 30, maxReads = 5 } = options;
  const { reportLoop = unreported, isWatched = () => false } = options;
  checkOptions({ ...options, visibilitySeconds, maxReads });
  const log = runtime.log.child({ part: "queue" });
  const events = createEmitter<QueueEvents>((error) => log.error(errorFields(error), "a listener of the queues threw"));
  const source = new QueueSource({
    ...{ sql: database, statements: createQueueStatements(database), runtime, handlers, events },
    ...{ visibilitySeconds, maxReads, reportLoop, enqueue: (job) => enqueue(database, job) },
    isAnnounced: () => listener.isListening && isWatched(),
  });
  const engine = new WorkEngine({ source, runtime, concurrency, batchSize });
  const listener = createWakeListener({
    ...{ database, runtime, channel: CHANNEL, onWake: () => engine.nudge() },
    onUnsupported: () => log.info({}, "messages are only found by polling every second: this connection cannot LISTEN"),
  });
  let drained: Promise<HandedBack> | undefined;

  const drain = async (limitMs: number): Promise<HandedBack> => {
    const closed = listener.close();
    const given = await engine.drain(limitMs);
    await closed;
    return { jobIds: given.map(({ queue, id }) => `${queue}:${id}`) };
  };

  return {
    events,
    get running() {
      return engine.running;
    },
    start() {
      if (drained) return;
      engine.start();
      listener.start();
    },
    nudge: () => engine.nudge(),
    dueIn: (delayMs) => engine.dueIn(delayMs),
    async runPass({ batchSize: quantity }) {
      return [...(await engine.runPass(quantity))].map(([queue, report]) => ({ queue, ...report }));
    },
    drain: (limitMs) => (drained ??= drain(limitMs)),
  };
}

function checkOptions({
  handlers,
  batchSize,
  concurrency,
  visibilitySeconds,
  maxReads,
}: Required<Omit<QueueConsumersOptions, "reportLoop" | "isWatched">>): void {
  checkQueueNames(Object.keys(handlers));
  invariant(batchSize >= 1 && batchSize <= 1000, "the batch size is 1 to 1,000");
  invariant(concurrency >= 1 && maxReads >= 1, "concurrency and reads are 1 or more");
  invariant(
    Number.isInteger(visibilitySeconds) && visibilitySeconds >= 3,
    "the visibility timeout is 3 whole seconds or more",
  );
}
