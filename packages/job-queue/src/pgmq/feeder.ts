import { type Clock, withTimeout } from "@shoal/kernel";
import type { Tally } from "./held.ts";
import type { Line } from "./line.ts";
import type { Reader } from "./reader.ts";
import { asksFor, idleDelayMs, type Limits, type Load, nextToRun, PACE_MS } from "./reading.ts";
import type { Ask } from "./statements.ts";

export interface FeederOptions {
  readonly lines: readonly Line[];
  readonly reader: Reader;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Messages came. */
  readonly onRead: () => void;
}

/** Feeds the handlers of all queues: reads as much as they can take, and begins with what is next in turn. */
export interface Feeder {
  /** Reads; full queues again and again, without the pause that a timer would be. Returns the ms until the next read. */
  work(): Promise<number>;
  /** Reads this much, room or not. */
  read(asks: readonly Ask[], tallies?: ReadonlyMap<string, Tally>): Promise<ReadonlyMap<string, number>>;
  /** A handler ended, or a message was settled: begins what waits. */
  onRoom(): void;
  /** Forgets how long nothing came. */
  hurry(): void;
  /** Begins nothing more, and gives back what waits and what is still to come. */
  stop(): void;
}

export function createFeeder({ lines, reader, limits, clock, onRead }: FeederOptions): Feeder {
  const allLoads = loads(lines);
  let turn = 0;
  let emptyReads = 0;
  let isStopped = false;
  let isAboutToLook = false;
  /** While there is too little of it: resolved when there is enough for a worthwhile read. */
  let room: PromiseWithResolvers<void> | undefined;

  const asks = () => asksFor(loads(reader.present()), limits);

  const runWaiting = () => {
    for (;;) {
      const next = nextToRun(allLoads, turn, limits.concurrency);
      if (next === undefined) return;
      turn = (next + 1) % lines.length;
      lines[next]?.runNext();
    }
  };

  const lookForRoom = () => {
    isAboutToLook = false;
    if (room && asks().some(({ isWorthwhile }) => isWorthwhile)) room.resolve();
  };

  const releaseWaiting = () => {
    for (const line of lines) line.releaseWaiting();
  };

  /** What to read, once there is room. Of full queues only what is worthwhile, or what room there is after a moment. */
  const nextAsks = async (isFull: boolean): Promise<Ask[]> => {
    for (let hasWaited = !isFull; ; hasWaited = true) {
      const wanted = asks();
      const isEnough = wanted.some(({ isWorthwhile }) => isWorthwhile) || (hasWaited && wanted.length > 0);
      if (isEnough || isStopped || reader.present().length === 0) return wanted;
      room = Promise.withResolvers();
      await withTimeout(clock, PACE_MS, room.promise);
      room = undefined;
    }
  };

  const read: Feeder["read"] = async (wanted, tallies) => {
    const counts = await reader.read(wanted, tallies);
    if (isStopped) releaseWaiting();
    else runWaiting();
    onRead();
    return counts;
  };

  return {
    read,
    async work() {
      let isFull = false;
      do {
        const wanted = await nextAsks(isFull);
        if (isStopped) break;
        const counts = await read(wanted);
        isFull = wanted.some(({ queue, quantity }) => counts.get(queue) === quantity);
        emptyReads = counts.size > 0 ? 0 : emptyReads + 1;
      } while (isFull);
      return idleDelayMs(emptyReads);
    },
    onRoom() {
      if (isStopped) return;
      runWaiting();
      // Once for all that end together.
      if (!room || isAboutToLook) return;
      isAboutToLook = true;
      queueMicrotask(lookForRoom);
    },
    hurry() {
      emptyReads = 0;
    },
    stop() {
      isStopped = true;
      room?.resolve();
      releaseWaiting();
    },
  };
}

function loads(lines: readonly Line[]): Load[] {
  return lines.map((line) => line.load);
}
