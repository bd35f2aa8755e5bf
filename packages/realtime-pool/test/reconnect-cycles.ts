import { makePool } from "./make-pool.ts";

export interface ReconnectFigures {
  readonly cycles: number;
  readonly channels: number;
  /** After a warm-up, and at the end; both after a collection. */
  readonly heapBeforeBytes: number;
  readonly heapAfterBytes: number;
  /** 1 is flat. */
  readonly heapRatio: number;
  /** What is left over at the end, of all cycles together. */
  readonly pendingTimers: number;
  readonly addedListeners: number;
  readonly joined: number;
}

const TOPICS = ["room:1", "room:2", "user:1"];
/** Caches and compiled code have settled by then. */
const WARM_UP = 2000;
/** Long enough that every channel is called stable again, and a little off any round number of the pool's own. */
const CYCLE_MS = 61_007;

/** Loses every socket and brings every channel back, again and again, on a simulated clock: a minute of each takes 0.1 ms. */
export async function measureReconnects(cycles: number): Promise<ReconnectFigures> {
  const { pool, driver, clock } = makePool({ channelsPerSocket: 2 });
  const listeners = pool.events.listenerCount;
  const reconnect = async (count: number) => {
    for (let cycle = 0; cycle < count; cycle += 1) {
      const closeCode = cycle % 3 === 0 ? 1012 : 1006;
      for (const socket of driver.openSockets) socket.drop({ where: "close", text: "", closeCode });
      await clock.advance(CYCLE_MS);
      driver.forgetHistory();
    }
  };
  await Promise.all(TOPICS.map((topic) => pool.acquire(topic)));
  await reconnect(WARM_UP);
  const heapBeforeBytes = heapBytes();
  await reconnect(cycles);
  const heapAfterBytes = heapBytes();
  const figures = {
    cycles,
    channels: TOPICS.length,
    heapBeforeBytes,
    heapAfterBytes,
    heapRatio: heapAfterBytes / heapBeforeBytes,
    pendingTimers: clock.pendingTimers,
    addedListeners: pool.events.listenerCount - listeners,
    joined: pool.getStats().channels.joined,
  };
  await pool.close();
  return figures;
}

/** Where no collection can be asked for, the heap is what it is at that moment. */
function heapBytes(): number {
  const { Bun, gc } = globalThis as { Bun?: { gc(isSync: boolean): void }; gc?: () => void };
  Bun?.gc(true);
  gc?.();
  return process.memoryUsage().heapUsed;
}
