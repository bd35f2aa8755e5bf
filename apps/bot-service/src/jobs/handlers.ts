import {
  ACT_JOB_TYPE,
  actHandler,
  type JobHandlers,
  type QueueHandler,
  type ScheduleDefinition,
} from "@shoal/job-queue";
import type { Log, Runtime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import { type Fetch, systemFetch } from "../outgoing/adapters/system-fetch.ts";
import { alertPoster } from "./alert.ts";
import { calendarSync } from "./calendar-sync.ts";
import { type FleetJobs, type FleetSchedule, schedulesOf } from "./fleet-jobs.ts";
import { housekeeping } from "./housekeeping.ts";
import { metricsWriter } from "./metrics.ts";
import { orderCloser } from "./order-close.ts";
import { riskCheck } from "./risk-check.ts";
import { strategyExecution } from "./strategy-execution.ts";

type QueueConfig = Pick<Config, "executionQueue" | "alertQueue" | "metricsQueue" | "orderCloseQueue">;

/** The part of the configuration that decides about jobs. */
type JobsConfig = QueueConfig &
  Pick<Config, "alertWebhookUrls" | "calendarFeedUrl" | "riskMaxLossPercent" | "jobsArchiveAfterDays">;

export interface JobHandlersOptions {
  readonly config: JobsConfig;
  /** Has all migrations by the time a handler runs. */
  readonly database: Database;
  /** Another one, whose queries may take many minutes. */
  readonly housekeepingDatabase: Database;
  readonly runtime: Runtime;
  /** What the fleet file says of jobs. */
  readonly fleet: FleetJobs;
  /** Default: the platform's. */
  readonly fetch?: Fetch;
}

/** The handlers and schedules of this daemon, its own and those of the fleet file. */
export interface DaemonJobs {
  /** By the type of the job. */
  readonly jobs: JobHandlers;
  /** By the name of the pgmq queue; messages of a queue without a handler are left alone. */
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
 * Lays the handlers and schedules of the fleet file over the daemon's own. Leaves out a schedule of the daemon's own whose job
 * has no handler, and logs that: `calendar_sync` needs CALENDAR_FEED_URL or a handler of the fleet file.
 */
export function jobHandlers(options: JobHandlersOptions): DaemonJobs {
  const { fleet, runtime } = options;
  const log = runtime.log.child({ part: "jobs" });
  const queues = { ...ownQueues(options), ...fleet.queues };
  const act: JobHandlers = { [ACT_JOB_TYPE]: actHandler(options) };
  // No fleet file takes its place: what operators ask for would be left undone.
  const jobs = { ...ownJobs(options, allQueues(options.config, queues)), ...fleet.handlers, ...act };
  if (!jobs["calendar_sync"]) {
    log.info({}, "calendar_sync is not scheduled: it needs CALENDAR_FEED_URL, or a handler in the fleet file");
  }
  if (!queues[options.config.alertQueue]) {
    log.info(
      {},
      "alerts are not posted and stay in the alert queue: set ALERT_WEBHOOK_URLS, or add a handler to the fleet file",
    );
  }
  const own = Object.entries(SCHEDULES).filter(([, { job }]) => jobs[job.type]);
  const schedules = schedulesOf({ ...Object.fromEntries(own), ...fleet.schedules });
  warnOfUnhandled(schedules, jobs, log);
  return { jobs, queues, schedules };
}

function ownJobs(
  { config, database, housekeepingDatabase, runtime, fetch = systemFetch }: JobHandlersOptions,
  queues: readonly string[],
): JobHandlers {
  const { calendarFeedUrl: url, alertQueue, riskMaxLossPercent: maxLossPercent } = config;
  return {
    ...(url !== null && { calendar_sync: calendarSync({ database, fetch, clock: runtime.clock, url }) }),
    risk_check: riskCheck({ database, alertQueue, maxLossPercent }),
    housekeeping: housekeeping({
      database: housekeepingDatabase,
      archiveAfterDays: config.jobsArchiveAfterDays,
      queues,
    }),
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
    [config.executionQueue]: strategyExecution(database),
    [config.metricsQueue]: metricsWriter(database),
    [config.orderCloseQueue]: orderCloser(database),
  };
}

/** The names of all pgmq queues of the configuration and of the fleet file, also of those that nothing handles here. */
export function allQueues(config: QueueConfig, handlers: Readonly<Record<string, unknown>>): string[] {
  const { executionQueue, alertQueue, metricsQueue, orderCloseQueue } = config;
  return [...new Set([executionQueue, alertQueue, metricsQueue, orderCloseQueue, ...Object.keys(handlers)])];
}

/** Only warns: another daemon on this database may have the handler. */
function warnOfUnhandled(schedules: readonly ScheduleDefinition[], jobs: JobHandlers, log: Log): void {
  for (const { name, job } of schedules) {
    if (!jobs[job.type])
      log.warn(
        { schedule: name, type: job.type },
        "this daemon has no handler for the job of a schedule: the job waits unless another daemon has one",
      );
  }
}
