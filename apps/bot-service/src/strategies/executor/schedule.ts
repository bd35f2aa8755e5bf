import { type Rhythm, readRhythm } from "@shoal/job-queue";
import { type Backoff, createBoundedMemory, MINUTE_MS, proportionalJitter, SECOND_MS } from "@shoal/kernel";

/** After runs that failed in a row: 5, 10, 20 s, up to 15 minutes. */
export const FAILURE_BACKOFF: Backoff = proportionalJitter(5 * SECOND_MS, 15 * MINUTE_MS);
/** After ticks in a row that could not be run, through no fault of the strategy. */
export const UNABLE_BACKOFF: Backoff = proportionalJitter(2 * SECOND_MS, MINUTE_MS);

/** Counting goes tick by tick, each 0.1 ms: more than these are counted as these. */
const MAX_MISSED = 100;

/** Reading a cron text takes twenty times as long as asking it. */
const rhythms = createBoundedMemory<Rhythm>(1_000);

export interface CronTimes {
  /** Null: it does not tick any more. */
  readonly nextAtMs: number | null;
  /** Ticks between the planned one and now, up to 100. */
  readonly missedCount: number;
}

/**
 * Returns the tick of a cron text that follows the one that was planned: after now, and not before `notBeforeMs`. Ticks that have passed meanwhile are
 * missed; those that are waited over are not.
 */
export function cronTimes(
  { cron, zone }: { readonly cron: string; readonly zone: string },
  { plannedAtMs, nowMs, notBeforeMs }: { plannedAtMs: number; nowMs: number; notBeforeMs: number | null },
): CronTimes {
  const rhythm = rhythmOf(cron, zone);
  let missedCount = 0;
  let next = rhythm.nextAfter(plannedAtMs);
  while (next !== null && next <= nowMs && missedCount < MAX_MISSED) {
    missedCount += 1;
    next = rhythm.nextAfter(next);
  }
  // A tick has whole seconds: the one at `notBeforeMs` itself is the next one, too.
  const afterMs = Math.max(plannedAtMs, nowMs, (notBeforeMs ?? 0) - 1);
  return { nextAtMs: rhythm.nextAfter(afterMs), missedCount };
}

function rhythmOf(cron: string, zone: string): Rhythm {
  const key = `${zone}\n${cron}`;
  const known = rhythms.get(key);
  if (known !== undefined) return known;
  const rhythm = readRhythm(cron, zone);
  rhythms.set(key, rhythm, 1);
  return rhythm;
}
