import { checkSchedules } from "@shoal/job-queue";
import { DAY_MS, type EpochMs, isFleetError, SECOND_MS } from "@shoal/kernel";
import { invalid } from "./errors.ts";
import type { Timing } from "./strategy-desk.types.ts";

/** Of intervals, in ms. @source shoal.strategies, interval_ms */
const SHORTEST_INTERVAL_MS = SECOND_MS;
const LONGEST_INTERVAL_MS = 31 * DAY_MS;
const CRON_MAX_LENGTH = 256;
const ZONE_MAX_LENGTH = 64;

/**
 * Returns the first tick of cron after `afterMs`, as ISO text; null for an interval, whose grid the database knows.
 * @throws STRATEGY_SCHEDULE_INVALID for what is no schedule, or none that ticks any more
 */
export function firstTick(timing: Timing, afterMs: EpochMs): string | null {
  if (timing.kind === "interval") {
    const { intervalMs } = timing;
    const isInterval =
      Number.isInteger(intervalMs) && intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_INTERVAL_MS;
    if (isInterval) return null;
    const [least, most] = [SHORTEST_INTERVAL_MS / SECOND_MS, LONGEST_INTERVAL_MS / SECOND_MS];
    throw refused("executionInterval", `must be from ${least} to ${most} seconds, in whole milliseconds`);
  }
  const { cron, zone } = timing;
  if (cron.length > CRON_MAX_LENGTH) throw refused("cron", `must be at most ${CRON_MAX_LENGTH} characters long`);
  if (zone.length > ZONE_MAX_LENGTH) throw refused("zone", `must be at most ${ZONE_MAX_LENGTH} characters long`);
  const nextMs = rhythmOf(cron, zone).nextAfter(afterMs);
  if (nextMs === null) throw refused("cron", "must tick once more: its last tick has passed");
  return new Date(nextMs).toISOString();
}

function rhythmOf(cron: string, zone: string) {
  try {
    const schedule = { name: "strategy", cron, timeZone: zone, missed: "once", job: { type: "strategy" } } as const;
    const [checked] = checkSchedules([schedule], zone);
    if (checked) return checked.rhythm;
  } catch (thrown) {
    if (!isFleetError(thrown, "SCHEDULE_INVALID")) throw thrown;
    if (thrown.details["field"] === "timeZone") {
      throw refused("zone", "must be an IANA time zone such as Europe/Berlin");
    }
  }
  throw refused("cron", "must be a cron text of five fields, or six with seconds first, that comes at some time");
}

const refused = (field: string, words: string) => invalid(field, words, "STRATEGY_SCHEDULE_INVALID");
