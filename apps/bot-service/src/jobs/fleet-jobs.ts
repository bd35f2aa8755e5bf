import {
  checkSchedules,
  type JobHandler,
  type JobHandlers,
  type QueueHandler,
  type ScheduleDefinition,
} from "@shoal/job-queue";
import { z } from "zod";

/** A schedule of a fleet file: its name is its key. */
export type FleetSchedule = Omit<ScheduleDefinition, "name">;

/** The jobs of a fleet file: each entry is added to the daemon's own, or replaces the one of that name. */
export interface FleetJobs {
  /** By the type of the jobs of `shoal.jobs`. The daemon has `calendar_sync`, `risk_check` and `housekeeping`, and `shoal_act`, which stays its own. */
  readonly handlers?: JobHandlers;
  /**
   * By the name of the pgmq queue, as the daemon is configured. The daemon has handlers for `execution_jobs`, `alert_jobs`,
   * `metrics_jobs` and `order_close_jobs`.
   */
  readonly queues?: Readonly<Record<string, QueueHandler>>;
  /** By name; `null` removes one of the daemon's own. The default time zone is `SCHEDULE_TIME_ZONE`. */
  readonly schedules?: Readonly<Record<string, FleetSchedule | null>>;
}

const isFunction = (value: unknown) => typeof value === "function";
const timeLimitMs = z.int().min(1).max(86_400_000).optional();
const method = z.custom(isFunction, "must be a function");

const jobType = z.string().regex(/^[a-z0-9_.:-]{1,128}$/, "must be 1 to 128 characters of a-z 0-9 _ . : -");
const queueName = z
  .string()
  .regex(/^(?!.*--)[a-z0-9_-]{1,43}$/, "must be the name of a pgmq queue: up to 43 of a-z 0-9 _ -");
const scheduleName = z.string().regex(/^[a-z0-9_.:-]{1,64}$/, "must be 1 to 64 characters of a-z 0-9 _ . : -");

const backoff = z.discriminatedUnion("jitter", [
  z.strictObject({
    jitter: z.literal("full"),
    baseMs: z.number().min(0),
    maxMs: z.number().min(0),
    factor: z.number().min(1),
  }),
  z.strictObject({
    jitter: z.literal("proportional"),
    baseMs: z.number().min(0),
    maxMs: z.number().min(0),
    factor: z.number().min(1),
    jitterRatio: z.number().min(0).max(1),
  }),
]);

// Loose, because a handler may be an object of a class with other fields.
const jobHandler = z.looseObject({
  run: method,
  check: method.optional(),
  timeLimitMs,
  backoff: backoff.optional(),
  maxAttempts: z.int().min(1).max(100).optional(),
}) satisfies z.ZodType<{ [Key in keyof JobHandler]?: unknown }>;
const queueHandler = z.looseObject({
  run: method,
  check: method.optional(),
  timeLimitMs,
  backoff: backoff.optional(),
}) satisfies z.ZodType<{ [Key in keyof QueueHandler]?: unknown }>;

const schedule = z.strictObject({
  cron: z.string(),
  timeZone: z.string().optional(),
  jitterMs: z.number().optional(),
  missed: z.string(),
  job: z.strictObject({
    type: jobType,
    payload: z.json().optional(),
    priority: z.int().min(-100).max(100).optional(),
    maxAttempts: z.int().min(1).max(100).optional(),
  }),
});

/** Finds mistakes that types cannot; `checkFleetSchedules` checks cron expressions, time zones and policies. */
export const fleetJobsSchema = z.strictObject({
  handlers: z.record(jobType, jobHandler).optional(),
  queues: z.record(queueName, queueHandler).optional(),
  schedules: z.record(scheduleName, schedule.nullable()).optional(),
});

/** @throws SCHEDULE_INVALID a schedule of the fleet file is wrong */
export function checkFleetSchedules(jobs: FleetJobs, timeZone: string): void {
  checkSchedules(schedulesOf(jobs.schedules ?? {}), timeZone);
}

/** Leaves out the schedules that are `null`. */
export function schedulesOf(named: Readonly<Record<string, FleetSchedule | null>>): ScheduleDefinition[] {
  return Object.entries(named).flatMap(([name, given]) => (given === null ? [] : [{ ...given, name }]));
}
