import type { Ask } from "./statements.ts";

/** What a queue has here, as far as reading is concerned. */
export interface Load {
  readonly queue: string;
  /** Read and not begun. */
  readonly waiting: number;
  readonly running: number;
  /** Outcomes that the database does not have yet. */
  readonly unwritten: number;
  /** How long its handler takes lately, in ms; undefined before the first one. */
  readonly averageMs: number | undefined;
}

export interface Limits {
  /** Handlers at once, all queues together, 1 or more. */
  readonly concurrency: number;
  /** Messages in one read of a queue, 1 or more. */
  readonly batchSize: number;
}

/**
 * Work for this long may wait here, so that short handlers are fed by whole batches however few run at once. Longer ones
 * are read when they can begin: another process may be free for them.
 */
const READ_AHEAD_MS = 250;

/** Between reads of a full queue with little room: a read for each handler that ends would cost more than the handlers. */
export const PACE_MS = 20;

/**
 * Nothing is read from a queue while so much of it is done and not written: what waits here for longer than the visibility
 * timeout is read and done again, and dead after a few times, though nothing is wrong with it. Usual are two or three.
 */
const UNWRITTEN_BATCHES = 8;

const IDLE_MIN_MS = 25;
const IDLE_MAX_MS = 1000;

/** What to read from a queue. `isWorthwhile`: enough for a round trip of its own while the queue is full. */
export interface Wanted extends Ask {
  readonly isWorthwhile: boolean;
}

/** What to read now: for each queue an equal share of the free handlers, and what may wait for them. */
export function asksFor(loads: readonly Load[], { concurrency, batchSize }: Limits): Wanted[] {
  const running = loads.reduce((sum, load) => sum + load.running, 0);
  const share = (handlers: number) => Math.ceil(Math.max(0, handlers) / loads.length);
  return loads.flatMap((load) => {
    const ahead = readAhead(load, concurrency, batchSize);
    const isBehind = load.unwritten >= UNWRITTEN_BATCHES * batchSize + concurrency;
    const quantity = isBehind ? 0 : Math.min(batchSize, share(concurrency - running) + ahead - load.waiting);
    const isWorthwhile = quantity >= Math.min(batchSize, (share(concurrency) + ahead) / 2);
    return quantity > 0 ? [{ queue: load.queue, quantity, isWorthwhile }] : [];
  });
}

/** Two batches at most: one is read while the other one runs. */
function readAhead({ averageMs }: Load, concurrency: number, batchSize: number): number {
  if (averageMs === undefined) return 0;
  return Math.min(2 * batchSize, averageMs === 0 ? Infinity : Math.floor((READ_AHEAD_MS * concurrency) / averageMs));
}

/** How long until the next read after `emptyReads` in a row that found nothing, in ms. */
export function idleDelayMs(emptyReads: number): number {
  return Math.min(IDLE_MAX_MS, IDLE_MIN_MS * 2 ** Math.min(emptyReads, 10));
}

/**
 * Whose message begins next: the index of the first queue from `from` on, in turn, that has one and may; undefined when
 * none may. Of the handlers, one is kept free for each other queue that runs none, up to half of them all, so that a slow
 * queue does not stop the others.
 */
export function nextToRun(loads: readonly Load[], from: number, concurrency: number): number | undefined {
  // Once per message: makes nothing.
  let running = 0;
  let resting = 0;
  for (const load of loads) {
    running += load.running;
    if (load.running === 0) resting += 1;
  }
  if (running >= concurrency) return undefined;
  const isFree = running < concurrency - Math.min(resting, Math.floor(concurrency / 2));
  for (let step = 0; step < loads.length; step += 1) {
    const index = (from + step) % loads.length;
    const load = loads[index];
    if (load && load.waiting > 0 && (isFree || load.running === 0)) return index;
  }
  return undefined;
}
