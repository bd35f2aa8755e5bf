import type { JobHandlers, QueueHandler, ScheduleDefinition } from "@shoal/job-queue";
import type { Log, Runtime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import { type Fetch, systemFetch } from "./adapters/system-fetch.ts";
import { alertPoster } from "./alert.ts";
import { calendarSync } from "./calendar-sync.ts";
import { type FleetJobs, type FleetSchedule, schedulesOf } from "./fleet-jobs.ts";
import { housekeeping } from "./housekeeping.ts";
import { metricsWriter } from "./metrics.ts";
import { orderCloser } from "./order-close.ts";
import { allQueues, type QueueConfig } from "./queue-names.ts";
import { riskCheck } from "./risk-check.ts";

/** What of the configuration decides about jobs. */
export type JobsConfig = QueueConfig &
  Pick<Config, "alertWebhookUrls" | "calendarFeedUrl" | "riskMaxLossPercent" | "jobsArchiveAfterDays">;

export interface JobHandlersOptions {
  readonly config: JobsConfig;
  /** With all migrations, by the time a handler runs. */
  readonly database: Database;
  /** Opens another pool on it whose queries may take many minutes: housekeeping closes it when it is done. */
  readonly openPatientDatabase: () => Database;
  readonly runtime: Runtime;
  /** What the fleet file says of jobs. */
  readonly fleet: FleetJobs;
  /** Default: the platform's. */
  readonly fetch?: Fetch;
}

/** All that this daemon does by jobs, its own and the operator's. */
export interface DaemonJobs {
  /** By type of job. */
  readonly jobs: JobHandlers;
  /** By name of the pgmq queue; one without a handler here is left alone. */
  readonly queues: Readonly<Record<string, QueueHandler>>;
  readonly schedules: readonly ScheduleDefinition[];
}

/** @source SPEC E, DB queue; 03:00 is that of SCHEDULE_TIME_ZONE */
const SCHEDULES: Readonly<Record<string, FleetSchedule>> = {
  calendar_sync: { cron: "*/30 * * * *", missed: "once", jitterMs: 30_000, job: { type: "calendar_sync" } },
  risk_check: { cron: "*/5 * * * *", missed: "once", job: { type: "risk_check", priority: 10 } },
  housekeeping: { cron: "0 3 * * *", missed: "once", job: { type: "housekeeping", priority: -10 } },
};

/**
 * The daemon's own handlers and schedules, with the operator's laid over them. A schedule of the daemon's own whose job has
 * no handler here is not made: `calendar_sync` needs CALENDAR_FEED_URL or a handler of the operator's. Says so in the log.
 */
export function jobHandlers(options: JobHandlersOptions): DaemonJobs {
  const { fleet, runtime } = options;
  const log = runtime.log.child({ part: "jobs" });
  const queues = { ...ownQueues(options), ...fleet.queues };
  const jobs = { ...ownJobs(options, allQueues(options.config, queues)), ...fleet.handlers };
  if (!jobs["calendar_sync"]) {
    log.info({}, "no CALENDAR_FEED_URL and no handler of calendar_sync: there is no such schedule");
  }
  if (!queues[options.config.alertQueue]) {
    log.info({}, "no ALERT_WEBHOOK_URLS and no handler of the alert queue: alerts stay in it");
  }
  const own = Object.entries(SCHEDULES).filter(([, { job }]) => jobs[job.type]);
  const schedules = schedulesOf({ ...Object.fromEntries(own), ...fleet.schedules });
  warnOfUnhandled(schedules, jobs, log);
  return { jobs, queues, schedules };
}

function ownJobs(
  { config, database, openPatientDatabase, runtime, fetch = systemFetch }: JobHandlersOptions,
  queues: readonly string[],
): JobHandlers {
  const { calendarFeedUrl: url, alertQueue, riskMaxLossPercent: maxLossPercent } = config;
  return {
    ...(url !== null && { calendar_sync: calendarSync({ database, fetch, clock: runtime.clock, url }) }),
    risk_check: riskCheck({ database, alertQueue, maxLossPercent }),
    housekeeping: housekeeping({ openPatientDatabase, archiveAfterDays: config.jobsArchiveAfterDays, queues }),
  };
}

function ownQueues({
  config,
  database,
  runtime,
  fetch = systemFetch,
}: JobHandlersOptions): Record<string, QueueHandler> {
  const urls = config.alertWebhookUrls;
  return {
    ...(urls.length > 0 && { [config.alertQueue]: alertPoster({ database, runtime, fetch, urls }) }),
    [config.metricsQueue]: metricsWriter(database),
    [config.orderCloseQueue]: orderCloser(database),
  };
}

/** Not an error: another daemon on this database may have it. */
function warnOfUnhandled(schedules: readonly ScheduleDefinition[], jobs: JobHandlers, log: Log): void {
  for (const { name, job } of schedules) {
    if (!jobs[job.type]) log.warn({ schedule: name, type: job.type }, "nothing here handles the job of this schedule");
  }
}
