import type { InngestEvents, JobEvents, QueueEvents, ScheduleEvents } from "@shoal/job-queue";
import { type EventSource, type Log, logOutage, type Outage, type Runtime, type Unsubscribe } from "@shoal/kernel";
import { createLimitedLines, type LimitedLines } from "../limited-lines.ts";

/** The sources of the events that are logged; a daemon may lack some. */
export interface LoggedWork {
  readonly jobs?: EventSource<JobEvents>;
  readonly queues?: EventSource<QueueEvents>;
  readonly schedules?: EventSource<ScheduleEvents>;
  readonly inngest?: EventSource<InngestEvents>;
}

/**
 * Logs what an operator may have to act upon: dead jobs and messages, failed attempts (some of many), jobs taken back from a dead
 * worker, and outages, once when they begin and once when they are over. A job that succeeds has no line.
 */
export function logJobs(
  { jobs, queues, schedules, inngest }: LoggedWork,
  runtime: Pick<Runtime, "clock" | "log">,
): Unsubscribe {
  const { log } = runtime;
  const failures = createLimitedLines({ ...runtime, level: "warn", more: MORE });
  const offs = [
    ...(jobs ? jobLines(jobs, log, failures) : []),
    ...(queues ? queueLines(queues, log, failures) : []),
    ...(schedules ? scheduleLines(schedules, log) : []),
    ...(inngest ? inngestLines(inngest, log) : []),
  ];
  return () => {
    for (const off of offs) off();
    failures.close();
  };
}

const MORE = "more attempts of this kind failed within a minute: `shoal jobs audit` lists those of jobs";

const DIED = "a job died: `shoal jobs show` has its last error, `shoal jobs retry` runs it again";

type FailedAttempt = Pick<JobEvents["job:failed"], "jobId" | "type" | "attempt" | "code" | "retryInMs">;

function jobLines(events: EventSource<JobEvents>, log: Log, failures: LimitedLines): Unsubscribe[] {
  const failed = ({ jobId, type, attempt, code, retryInMs }: FailedAttempt) => {
    const fields = { job_id: jobId, attempt, retry_in_ms: Math.round(retryInMs) };
    const message = "an attempt of a job failed: it is tried again; `shoal jobs show` has its error";
    failures.add({ job_type: type, error_code: code }, fields, message);
  };
  return [
    events.on("job:failed", failed),
    events.on("job:dead", ({ jobId, type, attempt, code }) => {
      log.error({ job_id: jobId, job_type: type, attempt, error_code: code }, DIED);
    }),
    events.on("jobs:rescued", ({ count, jobs }) => {
      const workers = [...new Set(jobs.map(({ workerId }) => workerId))];
      log.warn(
        { count, worker_ids: workers },
        "a worker stopped renewing its leases: its jobs were taken back and run again elsewhere",
      );
      for (const { jobId, type, attempt, isDead } of jobs) {
        if (isDead) log.error({ job_id: jobId, job_type: type, attempt, error_code: "JOB_WORKER_LOST" }, DIED);
        else failed({ jobId, type, attempt, code: "JOB_WORKER_LOST", retryInMs: 0 });
      }
    }),
  ];
}

function queueLines(events: EventSource<QueueEvents>, log: Log, failures: LimitedLines): Unsubscribe[] {
  const outages = new Map<string, Outage>();
  const begin = (queue: string) => {
    const failing = "a queue cannot be worked on: it is tried again; LOG_LEVEL=debug has every failure";
    const over = "a queue is worked on again";
    const found = logOutage({ log: log.child({ queue }), level: "warn", failing, over });
    outages.set(queue, found);
    return found;
  };
  return [
    events.on("message:failed", ({ queue, messageId, readCount, code, retryInMs }) => {
      const fields = { message_id: messageId, read_count: readCount, retry_in_ms: Math.round(retryInMs) };
      failures.add({ queue, error_code: code }, fields, "an attempt of a message failed: it is tried again");
    }),
    events.on("message:dead", ({ queue, messageId, readCount, code }) => {
      const fields = { queue, message_id: messageId, read_count: readCount, error_code: code };
      log.error(
        fields,
        "a message died: `shoal jobs dead-letters` says why, `shoal jobs redrive --queue` puts it back",
      );
    }),
    events.on("queue:failed", ({ queue, code }) => {
      // Any other code is about the database, which the loops report for all queues at once.
      if (code.startsWith("QUEUE_")) (outages.get(queue) ?? begin(queue)).failed({ error_code: code });
    }),
    events.on("messages:read", ({ queue }) => outages.get(queue)?.worked()),
    events.on("message:archived", ({ queue }) => outages.get(queue)?.worked()),
  ];
}

function scheduleLines(events: EventSource<ScheduleEvents>, log: Log): Unsubscribe[] {
  return [
    events.on("schedule:missed", ({ name, count }) => {
      log.warn(
        { schedule: name, missed_count: count },
        "ticks of a schedule passed while no daemon was there: the job is started once",
      );
    }),
  ];
}

function inngestLines(events: EventSource<InngestEvents>, log: Log): Unsubscribe[] {
  const failing = "Inngest takes no events: they stay in the outbox";
  const server = logOutage({ log, level: "warn", failing, over: "Inngest takes events again" });
  return [
    events.on("inngest:failed", ({ code }) => server.failed({ error_code: code })),
    events.on("inngest:sent", server.worked),
  ];
}
