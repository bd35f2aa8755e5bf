import { type EpochMs, HOUR_MS, isTimeZone, toError } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";
import { jobAsJson } from "../jobs/check-job.ts";
import type { JobHandlers } from "../types.ts";
import { type Rhythm, readRhythm } from "./rhythm.ts";
import type { MissedPolicy, ScheduleDefinition } from "./types.ts";

/** A definition with its defaults, and its cron text read. */
export interface CheckedSchedule extends Required<ScheduleDefinition> {
  readonly rhythm: Rhythm;
}

const POLICIES: readonly MissedPolicy[] = ["skip", "once", "all"];
const NAME = /^[a-z0-9_.:-]{1,64}$/;
const MAX_JITTER_MS = HOUR_MS;

/** Any moment will do: the question is whether a cron text ticks at all. */
const SOME_TIME: EpochMs = Date.UTC(2026, 0, 1);

/**
 * Definitions fit to be written down; with `handlers`, their numbers of attempts and checks of payloads apply.
 * @throws SCHEDULE_INVALID with the first problem; `details.schedule` names the definition, `details.field` its part
 */
export function checkSchedules(
  definitions: readonly ScheduleDefinition[],
  timeZone: string,
  handlers: JobHandlers = {},
): CheckedSchedule[] {
  const names = new Set<string>();
  return definitions.map((definition) => {
    const checked = checkSchedule(definition, timeZone, handlers);
    if (names.has(checked.name)) throw invalid(checked.name, "name", "that of one schedule only");
    names.add(checked.name);
    return checked;
  });
}

function checkSchedule(definition: ScheduleDefinition, schedulerZone: string, handlers: JobHandlers): CheckedSchedule {
  const { name, cron, timeZone = schedulerZone, jitterMs = 0, missed } = definition;
  if (!NAME.test(name)) throw invalid(name, "name", "1 to 64 characters of a-z 0-9 _ . : -");
  if (!POLICIES.includes(missed)) throw invalid(name, "missed", POLICIES.join(", "));
  if (!(Number.isInteger(jitterMs) && jitterMs >= 0 && jitterMs <= MAX_JITTER_MS)) {
    throw invalid(name, "jitterMs", `a whole number of ms from 0 to ${MAX_JITTER_MS}`);
  }
  const job = jobOrRefuse(name, definition.job, handlers);
  return { name, cron, timeZone, jitterMs, missed, job, rhythm: readOrRefuse(name, cron, timeZone) };
}

function jobOrRefuse(name: string, job: ScheduleDefinition["job"], handlers: JobHandlers): ScheduleDefinition["job"] {
  try {
    jobAsJson(job, handlers);
  } catch (thrown) {
    throw invalid(name, "job", `a job that can be added (${toError(thrown).message})`, thrown);
  }
  const own = Object.hasOwn(handlers, job.type) ? handlers[job.type]?.maxAttempts : undefined;
  return { ...(own !== undefined && { maxAttempts: own }), ...job };
}

function readOrRefuse(name: string, cron: string, timeZone: string): Rhythm {
  if (!isTimeZone(timeZone)) throw invalid(name, "timeZone", "an IANA time zone such as Europe/Berlin");
  const expected = "a cron text of five fields, or six with seconds first, that comes at some time";
  try {
    const rhythm = readRhythm(cron, timeZone);
    if (rhythm.nextAfter(SOME_TIME) !== null) return rhythm;
  } catch (thrown) {
    throw invalid(name, "cron", `${expected} (${toError(thrown).message})`, thrown);
  }
  throw invalid(name, "cron", expected);
}

function invalid(schedule: string, field: string, expected: string, cause?: unknown): JobQueueError {
  return new JobQueueError("SCHEDULE_INVALID", `The schedule ${schedule}: ${field} must be ${expected}.`, {
    details: { schedule, field },
    cause,
  });
}
