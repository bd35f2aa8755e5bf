import {
  createEmitter,
  createLoop,
  type EventSource,
  errorFields,
  fullJitter,
  invariant,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  unreported,
  withTimeout,
} from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { enqueue } from "../jobs/enqueue.ts";
import type { HandedBack, PassReport, QueueEvents, QueueHandler } from "../types.ts";
import { createFeeder } from "./feeder.ts";
import { createHeart } from "./heart.ts";
import { makeTally } from "./held.ts";
import { createLine } from "./line.ts";
import { checkQueueNames } from "./names.ts";
import { createReader } from "./reader.ts";
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
  /** Whole seconds without a sign of life after which a message is another reader's, 3 or more. Default 30. */
  readonly visibilitySeconds?: number;
  /** A message that was read so often and failed again is dead, 1 or more. Default 5. */
  readonly maxReads?: number;
  /** Hears how reads end, as `queues`, and how outcomes are written, as `queue:` and its name for each queue. */
  readonly reportLoop?: ReportLoop;
}

/** Consumes the queues of one process: one reader for all of them, however many handlers run. */
export interface QueueConsumers {
  readonly events: EventSource<QueueEvents>;
  /** Handlers under way. */
  readonly running: number;
  /** Reads from now on. Idempotent. */
  start(): void;
  /** There may be messages: read now, whatever the pace was. */
  nudge(): void;
  /**
   * Reads one batch of at most `batchSize` (1 or more) of each queue and resolves when all of these are settled, also
   * without `start`. Errors as `Sql.query`, QUEUE_PGMQ_MISSING.
   */
  runPass(options: { readonly batchSize: number }): Promise<(PassReport & { readonly queue: string })[]>;
  /**
   * Reads no more, gives back what has not begun, waits up to `limitMs` for the handlers, then aborts them and gives the
   * rest back, which may take 2 s more. Idempotent; resolves with what was given back, as `<queue>:<message id>`.
   */
  drain(limitMs: number): Promise<HandedBack>;
}

const failureBackoff = fullJitter(200, 2 * SECOND_MS);

/** For the last statements of a drain. */
const GIVE_BACK_MS = 2 * SECOND_MS;

/**
 * Consumes pgmq queues, each message at least once. Nothing is read before `start` or `runPass`.
 *
 * @throws QUEUE_INVALID a queue's name is not one that pgmq takes
 */
export function createQueueConsumers(options: QueueConsumersOptions): QueueConsumers {
  const { database, runtime, handlers, batchSize, concurrency, visibilitySeconds = 30, maxReads = 5 } = options;
  const { reportLoop = unreported } = options;
  const reading = reportLoop("queues");
  checkOptions({ ...options, visibilitySeconds, maxReads });
  const { clock } = runtime;
  const log = runtime.log.child({ part: "queue" });
  const events = createEmitter<QueueEvents>((error) => log.error(errorFields(error), "a listener of the queues threw"));
  const statements = createQueueStatements(database);
  const quiet = Promise.withResolvers<void>();
  let drained: Promise<HandedBack> | undefined;

  const onRoom = () => {
    feeder.onRoom();
    heart.check();
    if (drained && isIdle()) quiet.resolve();
  };
  const isIdle = () => lines.every((line) => line.isEmpty);
  const lines = Object.entries(handlers).map(([queue, handler]) =>
    createLine({
      ...{ queue, handler, statements, runtime, events, batchSize, visibilitySeconds, maxReads, onRoom },
      enqueue: (job) => enqueue(database, job),
      report: reportLoop(`queue:${queue}`),
    }),
  );
  const heart = createHeart(lines, clock, (visibilitySeconds * SECOND_MS) / 3);
  const reader = createReader({ sql: database, statements, lines, clock, visibilitySeconds });
  const limits = { concurrency, batchSize };
  const onRead = () => {
    // Here and not at the end of a run: over full queues a run does not end.
    reading.succeeded();
    heart.check();
  };
  const feeder = createFeeder({ lines, reader, limits, clock, onRead });
  const loop = createLoop({
    runtime,
    work: () => feeder.work(),
    backoff: failureBackoff,
    nudgeMs: 0,
    onError(error) {
      const fields = errorFields(error);
      reading.failed(error);
      log.debug(fields, "the queues could not be read; they will be again");
      for (const { queue } of lines) events.emit("queue:failed", { queue, code: fields.error_code });
    },
  });

  const runPass: QueueConsumers["runPass"] = async ({ batchSize: quantity }) => {
    invariant(quantity >= 1, "the batch of a pass is 1 or more");
    if (drained) return [];
    const tallies = new Map(reader.present().map(({ queue }) => [queue, makeTally()]));
    await feeder.read(
      [...tallies.keys()].map((queue) => ({ queue, quantity })),
      tallies,
    );
    await Promise.all([...tallies.values()].filter(({ open }) => open > 0).map(({ done }) => done.promise));
    return [...tallies].map(([queue, { report }]) => ({ queue, ...report }));
  };

  const drain = async (limitMs: number): Promise<HandedBack> => {
    const jobIds: string[] = [];
    const off = events.on("message:released", ({ queue, messageId }) => jobIds.push(`${queue}:${messageId}`));
    feeder.stop();
    await withTimeout(clock, limitMs, Promise.all([loop.stop(), isIdle() ? undefined : quiet.promise]));
    // A beat after the rest was given back would hide it from others for a whole timeout.
    const ended = heart.stop().then(() => Promise.all(lines.map((line) => line.abandon())));
    await withTimeout(clock, GIVE_BACK_MS, ended);
    off();
    return { jobIds };
  };

  return {
    events,
    get running() {
      return lines.reduce((sum, line) => sum + line.load.running, 0);
    },
    start() {
      if (lines.length > 0) loop.start();
    },
    nudge() {
      feeder.hurry();
      loop.nudge();
    },
    runPass,
    drain(limitMs) {
      drained ??= drain(limitMs);
      return drained;
    },
  };
}

function checkOptions({
  handlers,
  batchSize,
  concurrency,
  visibilitySeconds,
  maxReads,
}: Required<Omit<QueueConsumersOptions, "reportLoop">>): void {
  checkQueueNames(Object.keys(handlers));
  invariant(batchSize >= 1 && batchSize <= 1000, "the batch size is 1 to 1,000");
  invariant(concurrency >= 1 && maxReads >= 1, "concurrency and reads are 1 or more");
  invariant(
    Number.isInteger(visibilitySeconds) && visibilitySeconds >= 3,
    "the visibility timeout is 3 whole seconds or more",
  );
}
