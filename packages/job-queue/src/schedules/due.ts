import { type EpochMs, MINUTE_MS } from "@shoal/kernel";
import type { Rhythm } from "./rhythm.ts";
import type { MissedPolicy } from "./types.ts";

/** What to do for a schedule that is due. */
export interface Verdict {
  /** Ticks to enqueue a job for, oldest first. */
  readonly fire: readonly EpochMs[];
  /** Ticks that nothing is enqueued for; of those long gone only the last 100 are counted. */
  readonly missedCount: number;
  /** The last tick that came. */
  readonly lastTickMs: EpochMs;
  /** The one to come; null: none will. */
  readonly nextTickMs: EpochMs | null;
}

/** More than this of one schedule is never made up for at once. */
export const MADE_UP_FOR_AT_MOST = 100;

/** A tick that no scheduler saw for so long, without its jitter, was missed: one that is called each minute looks twice in that time. */
const LATE_AFTER_MS = 2 * MINUTE_MS;

export interface DueSchedule {
  readonly missed: MissedPolicy;
  readonly jitterMs: number;
  /** The tick that has come. */
  readonly nextTickMs: EpochMs;
}

/** Judges a schedule that is due at `nowMs`, by the clock of the database. */
export function judge(rhythm: Rhythm, schedule: DueSchedule, nowMs: EpochMs): Verdict {
  const ticks = rhythm.between(schedule.nextTickMs, nowMs, MADE_UP_FOR_AT_MOST);
  const lastTickMs = ticks.at(-1) ?? schedule.nextTickMs;
  const isLate = nowMs - lastTickMs > LATE_AFTER_MS + schedule.jitterMs;
  const fire = { skip: isLate ? [] : [lastTickMs], once: [lastTickMs], all: ticks }[schedule.missed];
  return { fire, missedCount: ticks.length - fire.length, lastTickMs, nextTickMs: rhythm.nextAfter(nowMs) };
}
