import type { InngestEvents, JobEvents, QueueEvents, ScheduleEvents } from "@shoal/job-queue";
import type { EventSource, Log, Runtime, Unsubscribe } from "@shoal/kernel";
import { failedAttempts } from "./failed-attempts.ts";

/** The events that are logged. A source that this daemon does not have is left out. */
export interface LoggedWork {
  readonly jobs?: EventSource<JobEvents>;
  readonly queues?: EventSource<QueueEvents>;
  readonly schedules?: EventSource<ScheduleEvents>;
  readonly inngest?: EventSource<InngestEvents>;
}

/**
 * Logs what an operator may have to act upon: what died, which attempts failed (some of many), what was taken from a dead worker,
 * and outages, once when they begin and once when they are over. Never a line for an ordinary job.
 */
export function logJobs(
  { jobs, queues, schedules, inngest }: LoggedWork,
  runtime: Pick<Runtime, "clock" | "log">,
): Unsubscribe {
  const { log } = runtime;
  const failures = failedAttempts(runtime);
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

type Failures = ReturnType<typeof failedAttempts>;

/**
 * Logs one line when an outage begins and one when it is over, however many failures it has. Each failure has a line of its own
 * at the level debug.
 */
function outage(log: Log, failing: string, over: string) {
  let isOn = false;
  return {
    failed(code: string) {
      if (!isOn) log.warn({ error_code: code }, failing);
      isOn = true;
    },
    worked() {
      if (isOn) log.info({}, over);
      isOn = false;
    },
  };
}

const DIED = "a job died: `shoal jobs show` has its last error, `shoal jobs retry` runs it again";

type FailedAttempt = Pick<JobEvents["job:failed"], "jobId" | "type" | "attempt" | "code" | "retryInMs">;

function jobLines(events: EventSource<JobEvents>, log: Log, failures: Failures): Unsubscribe[] {
  const failed = ({ jobId, type, attempt, code, retryInMs }: FailedAttempt) => {
    const fields = { job_id: jobId, attempt, retry_in_ms: Math.round(retryInMs) };
    const message = "an attempt at a job failed: it is tried again; `shoal jobs show` has its error";
    failures.failed({ job_type: type, error_code: code }, fields, message);
  };
  return [
    events.on("job:failed", failed),
    events.on("job:dead", ({ jobId, type, attempt, code }) => {
      log.error({ job_id: jobId, job_type: type, attempt, error_code: code }, DIED);
    }),
    events.on("jobs:rescued", ({ count, jobs }) => {
      const workers = [...new Set(jobs.map(({ workerId }) => workerId))];
      log.warn({ count, worker_ids: workers }, "a worker went without a word: its jobs were taken back");
      for (const { jobId, type, attempt, isDead } of jobs) {
        if (isDead) log.error({ job_id: jobId, job_type: type, attempt, error_code: "JOB_WORKER_LOST" }, DIED);
        else failed({ jobId, type, attempt, code: "JOB_WORKER_LOST", retryInMs: 0 });
      }
    }),
  ];
}

function queueLines(events: EventSource<QueueEvents>, log: Log, failures: Failures): Unsubscribe[] {
  const outages = new Map<string, ReturnType<typeof outage>>();
  const begin = (queue: string) => {
    const failing = "a queue cannot be worked on: it is tried again; LOG_LEVEL=debug has every failure";
    const found = outage(log.child({ queue }), failing, "a queue is worked on again");
    outages.set(queue, found);
    return found;
  };
  return [
    events.on("message:failed", ({ queue, messageId, readCount, code, retryInMs }) => {
      const fields = { message_id: messageId, read_count: readCount, retry_in_ms: Math.round(retryInMs) };
      failures.failed({ queue, error_code: code }, fields, "an attempt at a message failed: it is tried again");
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
      if (code.startsWith("QUEUE_")) (outages.get(queue) ?? begin(queue)).failed(code);
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
  const server = outage(log, "Inngest takes no events: they stay in the outbox", "Inngest takes events again");
  return [events.on("inngest:failed", ({ code }) => server.failed(code)), events.on("inngest:sent", server.worked)];
}
