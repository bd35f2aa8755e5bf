import type { EpochMs } from "@shoal/kernel";
import { Cron } from "croner";

/** A cron text in a time zone: when it ticks, in whole seconds. */
export interface Rhythm {
  /** The first tick later than `afterMs`; null: none will come. */
  nextAfter(afterMs: EpochMs): EpochMs | null;
  /** The last ticks from `fromMs` to `untilMs`, both included, oldest first, at most `limit`. `fromMs` is a tick. */
  between(fromMs: EpochMs, untilMs: EpochMs, limit: number): EpochMs[];
}

/**
 * Reads a cron text. On the day whose clock goes back, a tick at a fixed time comes once, the first time; on the day whose clock
 * skips it, at the end of the gap. One with a wildcard or step in hours, minutes or seconds ticks whenever the clock on the wall
 * shows such a time: each minute or half hour keeps its real interval, but a step of hours does not on these two days.
 *
 * @throws what croner says of a text or zone that it does not know
 * @source croner 11, fixedTimeRule
 */
export function readRhythm(cron: string, timeZone: string): Rhythm {
  // croner would take it for a date.
  if (cron.includes(":")) throw new RangeError("a cron text has no colon");
  const pattern = new Cron(cron, { timezone: timeZone, fixedTimeRule: "no-wildcard" });
  const nextAfter = (afterMs: EpochMs) => pattern.nextRun(new Date(afterMs))?.getTime() ?? null;
  return {
    nextAfter,
    between(fromMs, untilMs, limit) {
      // Mostly there is one, and looking back is slow.
      const second = nextAfter(fromMs);
      if (second === null || second > untilMs) return [fromMs];
      // The first one stands in the row, so it counts even if croner gives another one today: zones change their rules.
      const before = pattern.previousRuns(limit, new Date(untilMs + 1)).map((tick) => tick.getTime());
      return before.filter((tickMs) => tickMs >= fromMs).toReversed();
    },
  };
}
