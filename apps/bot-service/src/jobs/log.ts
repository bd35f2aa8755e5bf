import type { InngestEvents, JobEvents, QueueEvents, ScheduleEvents } from "@shoal/job-queue";
import {
  type Clock,
  type EventSource,
  type Log,
  type LogFields,
  MINUTE_MS,
  type Runtime,
  type Timer,
  type Unsubscribe,
} from "@shoal/kernel";

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

const LINES_PER_KIND = 5;
const KINDS = 20;
/** Collects the failures beyond those kinds. */
const OTHERS = "";

const MORE = "more attempts of this kind failed within a minute: `shoal jobs audit` lists those of jobs";

interface Kind {
  readonly fields: LogFields;
  count: number;
}

/**
 * Logs failed attempts that are tried again. An outage of what handlers need may cause thousands a second, so of each kind (same
 * type and code) the first five within a minute have a line, and the number of the others follows at the end of the minute.
 * Handlers make up codes freely, so failures beyond twenty kinds count as one more kind.
 */
function failedAttempts({ log, clock }: { readonly log: Log; readonly clock: Clock }) {
  const kinds = new Map<string, Kind>();
  let timer: Timer | undefined;

  const kindOf = (fields: LogFields): Kind => {
    const name = JSON.stringify(fields);
    const found = kinds.get(name) ?? kinds.get(OTHERS);
    if (found) return found;
    const isOneMore = kinds.size < KINDS;
    const kind = { fields: isOneMore ? fields : {}, count: 0 };
    kinds.set(isOneMore ? name : OTHERS, kind);
    return kind;
  };
  const endMinute = () => {
    timer?.cancel();
    timer = undefined;
    for (const { fields, count } of kinds.values()) {
      const moreCount = count - LINES_PER_KIND;
      if (moreCount > 0) log.warn({ ...fields, more_count: moreCount }, MORE);
    }
    kinds.clear();
  };
  return {
    failed(ofKind: LogFields, ofAttempt: LogFields, message: string) {
      timer ??= clock.after(MINUTE_MS, endMinute);
      const kind = kindOf(ofKind);
      kind.count += 1;
      if (kind.count <= LINES_PER_KIND) log.warn({ ...ofKind, ...ofAttempt }, message);
    },
    /** Logs the numbers not logged yet, and leaves no timer behind. */
    close: endMinute,
  };
}

type Failures = ReturnType<typeof failedAttempts>;

/** Logs one line when an outage begins and one when it is over; each failure has its line at debug, where it happens. */
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
    const message = "an attempt of a job failed: it is tried again; `shoal jobs show` has its error";
    failures.failed({ job_type: type, error_code: code }, fields, message);
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
      failures.failed({ queue, error_code: code }, fields, "an attempt of a message failed: it is tried again");
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
