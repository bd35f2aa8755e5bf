import {
  createEmitter,
  createLoop,
  type EventSource,
  errorFields,
  fullJitter,
  invariant,
  type Runtime,
  SECOND_MS,
  withTimeout,
} from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { enqueue } from "../jobs/enqueue.ts";
import type { HandedBack, PassReport, QueueEvents, QueueHandler } from "../types.ts";
import { createHeart } from "./heart.ts";
import { makeTally, type Tally } from "./held.ts";
import { createLine, type Line } from "./line.ts";
import { checkQueueNames } from "./names.ts";
import { createReader } from "./reader.ts";
import { asksFor, idleDelayMs, type Load, nextToRun, PACE_MS } from "./reading.ts";
import { type Ask, createQueueStatements } from "./statements.ts";

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
  checkQueueNames(Object.keys(handlers));
  invariant(batchSize >= 1 && batchSize <= 1000, "the batch size is 1 to 1,000");
  invariant(concurrency >= 1 && maxReads >= 1, "concurrency and reads are 1 or more");
  invariant(
    Number.isInteger(visibilitySeconds) && visibilitySeconds >= 3,
    "the visibility timeout is 3 whole seconds or more",
  );
  const { clock } = runtime;
  const log = runtime.log.child({ part: "queue" });
  const events = createEmitter<QueueEvents>((error) => log.error(errorFields(error), "a listener of the queues threw"));
  const statements = createQueueStatements(database);
  let turn = 0;
  let emptyReads = 0;
  /** Resolved when there is room for a worthwhile read. */
  let room: PromiseWithResolvers<void> | undefined;
  let drained: Promise<HandedBack> | undefined;
  let isDraining = false;
  const quiet = Promise.withResolvers<void>();

  const runWaiting = () => {
    for (;;) {
      const next = nextToRun(loads(lines), turn, concurrency);
      if (next === undefined) return;
      turn = (next + 1) % lines.length;
      lines[next]?.runNext();
    }
  };

  const asks = () => asksFor(loads(reader.present()), { concurrency, batchSize });

  /** A handler ended, or a message was settled. */
  const onRoom = () => {
    heart.check();
    if (isDraining) {
      if (lines.every((line) => line.isEmpty)) quiet.resolve();
      return;
    }
    runWaiting();
    if (room && asks().some(({ isWorthwhile }) => isWorthwhile)) room.resolve();
  };

  const read = async (wanted: readonly Ask[], tallies?: ReadonlyMap<string, Tally>) => {
    const counts = await reader.read(wanted, tallies);
    if (isDraining) for (const line of lines) line.releaseWaiting();
    else runWaiting();
    heart.check();
    return counts;
  };

  /** What to read, once there is room. Of full queues only what is worthwhile, or what room there is after a moment. */
  const nextAsks = async (isFull: boolean): Promise<Ask[]> => {
    for (let hasWaited = !isFull; ; hasWaited = true) {
      const wanted = asks();
      const isEnough = wanted.some(({ isWorthwhile }) => isWorthwhile) || (hasWaited && wanted.length > 0);
      if (isEnough || isDraining || reader.present().length === 0) return wanted;
      room = Promise.withResolvers();
      await withTimeout(clock, PACE_MS, room.promise);
    }
  };

  /** Reads full queues again and again, without the pause that a timer would be. */
  const work = async (): Promise<number> => {
    let isFull = false;
    do {
      const wanted = await nextAsks(isFull);
      const counts = await read(wanted);
      isFull = wanted.some(({ queue, quantity }) => counts.get(queue) === quantity);
      emptyReads = counts.size > 0 ? 0 : emptyReads + 1;
    } while (isFull && !isDraining);
    return idleDelayMs(emptyReads);
  };

  const lines = Object.entries(handlers).map(([queue, handler]) =>
    createLine({
      ...{ queue, handler, statements, runtime, events, batchSize, visibilitySeconds, maxReads, onRoom },
      enqueue: (job) => enqueue(database, job),
    }),
  );
  const reader = createReader({ sql: database, statements, lines, clock, visibilitySeconds });
  const heart = createHeart(lines, clock, (visibilitySeconds * SECOND_MS) / 3);
  const loop = createLoop({
    runtime,
    work,
    backoff: failureBackoff,
    nudgeMs: 0,
    onError: (error) => {
      for (const line of lines) line.failed(error);
    },
  });

  const drain = async (limitMs: number): Promise<HandedBack> => {
    const jobIds: string[] = [];
    const off = events.on("message:released", ({ queue, messageId }) => jobIds.push(`${queue}:${messageId}`));
    isDraining = true;
    room?.resolve();
    for (const line of lines) line.releaseWaiting();
    onRoom();
    await withTimeout(clock, limitMs, Promise.all([loop.stop(), quiet.promise]));
    const ended = heart.stop().then(() => Promise.all(lines.map((line) => line.abandon())));
    await withTimeout(clock, GIVE_BACK_MS, ended);
    off();
    return { jobIds };
  };

  return {
    events,
    get running() {
      return lines.reduce((sum, line) => sum + line.load().running, 0);
    },
    start() {
      if (lines.length > 0) loop.start();
    },
    nudge() {
      emptyReads = 0;
      loop.nudge();
    },
    async runPass(pass) {
      invariant(pass.batchSize >= 1, "the batch of a pass is 1 or more");
      if (isDraining) return [];
      const there = reader.present();
      const tallies = new Map(there.map(({ queue }) => [queue, makeTally()]));
      await read(
        there.map(({ queue }) => ({ queue, quantity: pass.batchSize })),
        tallies,
      );
      const waits = [...tallies.values()].filter((tally) => tally.open > 0);
      await Promise.all(waits.map((tally) => tally.done.promise));
      return [...tallies].map(([queue, { report }]) => ({ queue, ...report }));
    },
    drain(limitMs) {
      drained ??= drain(limitMs);
      return drained;
    },
  };
}

function loads(lines: readonly Line[]): Load[] {
  return lines.map((line) => line.load());
}
