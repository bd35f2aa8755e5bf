import type { Clock, EventSource } from "@shoal/kernel";
import { afterEach, expect } from "vitest";

/** Collects what must not be left at the end of a test. */
export interface LeakCheck {
  /** Allows no pending timer of this clock. Returns the clock. */
  clock<T extends Pick<Clock, "pendingTimers">>(clock: T): T;
  /** Allows no more listeners than there are now. Returns the source. */
  events<T extends Pick<EventSource<never>, "listenerCount">>(events: T): T;
  /** Requires any other count to be 0: sockets, slots, leases. */
  count(name: string, read: () => number | Promise<number>): void;
}

interface Watched {
  readonly name: string;
  readonly allowed: number;
  readonly read: () => number | Promise<number>;
}

/**
 * Fails each test of the file (or of the `describe` it is called in) that leaves something behind, naming it with its
 * number. Call it once, outside the tests, before any `afterEach` that cleans up: the last one registered runs first.
 */
export function leakCheck(): LeakCheck {
  const watched: Watched[] = [];
  afterEach(async () => {
    const left = await leftovers(watched.splice(0));
    expect(left, "left behind by this test").toEqual({});
  });
  return {
    clock(clock) {
      watched.push({ name: "timers", allowed: 0, read: () => clock.pendingTimers });
      return clock;
    },
    events(events) {
      watched.push({ name: "listeners", allowed: events.listenerCount, read: () => events.listenerCount });
      return events;
    },
    count(name, read) {
      watched.push({ name, allowed: 0, read });
    },
  };
}

async function leftovers(watched: readonly Watched[]): Promise<Record<string, number>> {
  const left: Record<string, number> = {};
  for (const { name, allowed, read } of watched) {
    const count = (await read()) - allowed;
    if (count > 0) left[name] = (left[name] ?? 0) + count;
  }
  return left;
}
