import { type Clock, type EpochMs, type Log, SECOND_MS } from "@shoal/kernel";

/** Clocks that are kept by NTP differ by less. */
const TOLERATED_MS = SECOND_MS;

const OFF =
  "the clock of this machine is not that of the database: strategies see the time of the database, so that all daemons agree; exchanges refuse requests of a clock that is off, set it by NTP";

/**
 * A clock that says what the database's would. A daemon whose own is ahead would take a candle that is not over for a finished one, and put what it
 * settles into the future of all others.
 */
export interface DatabaseClock extends Clock {
  /** Takes the database's time from an answer that has just come. `sentAtMs`: when it was asked, on the monotonic clock. */
  heard(nowMs: EpochMs, sentAtMs: number): void;
}

/** As `clock`, until the first answer, and while both differ by less than a second. */
export function createDatabaseClock(clock: Clock, log: Pick<Log, "warn">): DatabaseClock {
  let offMs = 0;
  return {
    ...clock,
    get pendingTimers() {
      return clock.pendingTimers;
    },
    now: () => clock.now() - offMs,
    heard(nowMs, sentAtMs) {
      const receivedMs = clock.now();
      const leastMs = receivedMs - (clock.monotonicMs() - sentAtMs) - nowMs;
      // The database said it at some moment in between: what that alone explains is no difference.
      const foundMs = leastMs > 0 ? leastMs : Math.min(0, receivedMs - nowMs);
      const wasOff = offMs !== 0;
      offMs = Math.abs(foundMs) < TOLERATED_MS ? 0 : Math.round(foundMs);
      if (offMs !== 0 && !wasOff) log.warn({ ahead_ms: offMs }, OFF);
    },
  };
}
