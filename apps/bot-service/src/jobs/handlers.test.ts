import type { JobHandler, QueueHandler } from "@shoal/job-queue";
import type { Log, LogFields } from "@shoal/kernel";
import { silentLog } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../config.ts";
import type { FleetJobs } from "./fleet-jobs.ts";
import { jobHandlers } from "./handlers.ts";

const unused = (): never => {
  throw new Error("nobody asks the database while handlers are put together");
};
const database: Database = { query: unused, script: unused, transaction: unused, listen: unused, close: unused };
const handler: JobHandler & QueueHandler = { run: async () => {} };

function put(environment: Record<string, string>, fleet: FleetJobs = {}) {
  const lines: [level: string, fields: LogFields, message: string][] = [];
  const log: Log = {
    ...silentLog,
    info: (fields, message) => void lines.push(["info", fields, message]),
    warn: (fields, message) => void lines.push(["warn", fields, message]),
    child: () => log,
  };
  const { config } = parseConfig(environment);
  const made = jobHandlers({
    config,
    database,
    housekeepingDatabase: database,
    runtime: { ...testRuntime(), log },
    fleet,
  });
  return { ...made, lines, names: made.schedules.map(({ name }) => name).toSorted() };
}

const WEBHOOK = { ALERT_WEBHOOK_URLS: "https://hooks.example/a" };
const FEED = { CALENDAR_FEED_URL: "https://feed.example/" };

describe("jobHandlers", () => {
  it("has all of the daemon's own when they are configured", () => {
    const { jobs, queues, names, schedules, lines } = put({ ...WEBHOOK, ...FEED });
    expect(Object.keys(jobs)).toEqual(["calendar_sync", "risk_check", "housekeeping", "shoal_act"]);
    expect(Object.keys(queues)).toEqual(["alert_jobs", "execution_jobs", "metrics_jobs", "order_close_jobs"]);
    expect(names).toEqual(["calendar_sync", "housekeeping", "risk_check"]);
    expect(Object.fromEntries(schedules.map(({ name, cron }) => [name, cron]))).toEqual({
      calendar_sync: "*/30 * * * *",
      risk_check: "*/5 * * * *",
      housekeeping: "0 3 * * *",
    });
    expect(lines).toEqual([]);
  });

  it("has no calendar_sync without a feed, no alert handler without a webhook, and says each once", () => {
    const { jobs, queues, names, lines } = put({});
    expect(Object.keys(jobs)).toEqual(["risk_check", "housekeeping", "shoal_act"]);
    expect(Object.keys(queues)).toEqual(["execution_jobs", "metrics_jobs", "order_close_jobs"]);
    expect(names).toEqual(["housekeeping", "risk_check"]);
    expect(lines.map(([level, , message]) => [level, message.slice(0, 22)])).toEqual([
      ["info", "calendar_sync is not s"],
      ["info", "alerts are not posted "],
    ]);
  });

  it("goes by the configured names of queues", () => {
    const names = { ALERT_QUEUE: "a", METRICS_QUEUE: "m", ORDER_CLOSE_QUEUE: "o", EXECUTION_QUEUE: "e" };
    expect(Object.keys(put({ ...WEBHOOK, ...names }).queues)).toEqual(["a", "e", "m", "o"]);
  });

  it("lets the operator add and replace handlers: a calendar handler brings its schedule", () => {
    const fleet: FleetJobs = {
      handlers: { calendar_sync: handler, digest: handler },
      queues: { alert_jobs: handler, execution_jobs: handler },
    };
    const { jobs, queues, names, lines } = put(FEED, fleet);
    expect([jobs["calendar_sync"], jobs["digest"], queues["alert_jobs"], queues["execution_jobs"]]).toEqual([
      handler,
      handler,
      handler,
      handler,
    ]);
    expect(put({}, fleet).names).toEqual(["calendar_sync", "housekeeping", "risk_check"]);
    expect(names).toEqual(["calendar_sync", "housekeeping", "risk_check"]);
    expect(lines).toEqual([]);
  });

  it("lets the operator add, replace and take out schedules, and warns of one whose job nobody here handles", () => {
    const { schedules, lines } = put(
      { ...FEED, ...WEBHOOK },
      {
        handlers: { digest: handler },
        schedules: {
          digest: { cron: "0 8 * * *", missed: "skip", job: { type: "digest" } },
          lost: { cron: "0 9 * * *", missed: "skip", job: { type: "typo" } },
          risk_check: null,
          housekeeping: { cron: "0 5 * * *", missed: "once", job: { type: "housekeeping" } },
        },
      },
    );
    expect(Object.fromEntries(schedules.map(({ name, cron }) => [name, cron]))).toEqual({
      calendar_sync: "*/30 * * * *",
      housekeeping: "0 5 * * *",
      digest: "0 8 * * *",
      lost: "0 9 * * *",
    });
    expect(lines).toEqual([["warn", { schedule: "lost", type: "typo" }, expect.any(String)]]);
  });
});
