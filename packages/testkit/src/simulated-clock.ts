import { type Clock, type EpochMs, invariant } from "@shoal/kernel";

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that stands still until it is advanced. Timers fire in order of their due time, then of their start. */
export interface SimulatedClock extends Clock {
  /** Moves time forward by `ms`, firing what falls due on the way, with microtasks run in between. */
  advance(ms: number): Promise<void>;
  /** Moves time to the next due timer and fires all that is due then. False when nothing will ever be due. */
  advanceToNext(): Promise<boolean>;
  /** Jumps the wall clock (negative: backwards) without moving monotonic time or firing anything. */
  jumpWallClock(ms: number): void;
}

/** Starts at `startMs`, ms since the Unix epoch; by default 2026-01-01T00:00:00Z. */
export function createSimulatedClock(startMs: EpochMs = Date.UTC(2026, 0, 1)): SimulatedClock {
  let elapsedMs = 0;
  let offsetMs = startMs;
  let order = 0;
  const due = new Set<Due>();

  const earliest = (): Due | undefined => {
    let first: Due | undefined;
    for (const timer of due) {
      const isEarlier = !first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order);
      if (isEarlier) first = timer;
    }
    return first;
  };

  // A chain of promises between two timers may be long; each macrotask turn runs all pending microtasks.
  const settle = async () => {
    for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  const fireUpTo = async (limitMs: number): Promise<void> => {
    await settle();
    for (let next = earliest(); next && next.atMs <= limitMs; next = earliest()) {
      elapsedMs = Math.max(elapsedMs, next.atMs);
      due.delete(next);
      next.fire();
      await settle();
    }
  };

  return {
    now: () => offsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, fire) {
      invariant(!Number.isNaN(delayMs), "a delay is a number of ms");
      const timer: Due = { atMs: elapsedMs + Math.max(0, delayMs), order: order++, fire };
      due.add(timer);
      return { cancel: () => void due.delete(timer) };
    },
    get pendingTimers() {
      return due.size;
    },
    async advance(ms) {
      const targetMs = elapsedMs + ms;
      await fireUpTo(targetMs);
      elapsedMs = targetMs;
    },
    async advanceToNext() {
      await settle();
      const next = earliest();
      if (!next || next.atMs === Number.POSITIVE_INFINITY) return false;
      await fireUpTo(next.atMs);
      return true;
    },
    jumpWallClock(ms) {
      offsetMs += ms;
    },
  };
}
