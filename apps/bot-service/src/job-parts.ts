import {
  assessQueues,
  createInngestLeg,
  createJobWorker,
  createOperatorDesk,
  createQueueConsumers,
  createScheduler,
  dualRunReport,
  ensureQueues,
  executorMode,
  type InngestLeg,
  installPgmq,
  type JobEvents,
  readWorkFigures,
  type WorkFigures,
} from "@shoal/job-queue";
import {
  createEmitter,
  errorFields,
  every,
  invariant,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  type Timer,
  type Unsubscribe,
} from "@shoal/kernel";
import {
  type DependencyReport,
  type Metrics,
  observeInngest,
  observeJobs,
  observeQueueFigures,
  observeQueues,
  observeSchedules,
} from "@shoal/monitor";
import type { Database } from "@shoal/store";
import type { Config } from "./config.ts";
import type { FleetConfig } from "./fleet-config.ts";
import type { JobsPort } from "./http/jobs.ts";
import type { WorkSummary } from "./http/operation.ts";
import type { PassesPort } from "./http/passes.ts";
import type { DaemonJobs } from "./jobs/handlers.ts";
import { openHandlers } from "./jobs/open-handlers.ts";
import { allQueues } from "./jobs/queue-names.ts";
import { logJobs } from "./jobs-log.ts";
import type { DrainReport } from "./service.types.ts";
import { untilReachable } from "./until-reachable.ts";

/** Metrics and health read what was found then: no scrape costs a query. */
const FIGURES_EVERY_MS = 15 * SECOND_MS;

export interface JobPartsOptions {
  readonly config: Config;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly metrics: Metrics;
  readonly replicaId: string;
  readonly reportLoop: ReportLoop;
}

/** All of this process that works on jobs and queues. */
export interface JobParts {
  readonly port: JobsPort & PassesPort;
  /** Serves `/api/inngest`; undefined where Inngest has no part. */
  readonly inngest: InngestLeg["handle"] | undefined;
  /** As of the last look, a quarter of a minute ago at most. */
  work(): WorkSummary | undefined;
  /** For `/readyz`: whether the queues can be worked on. */
  health(): DependencyReport;
  /** Once the schema is there. Idempotent. */
  start(signal: AbortSignal): void;
  /** Takes nothing new, lets what runs end, gives back what does not within `limitMs`. Idempotent. */
  drain(limitMs: number): Promise<DrainReport["handedBack"]>;
  /** Connections of the handlers, timers, listeners. Idempotent. */
  close(): Promise<void>;
}

/** Makes workers, consumers, schedules and Inngest's leg as the configuration says, and shows them. */
export function createJobParts(options: JobPartsOptions): JobParts {
  const { config, runtime, database, databaseUrl } = options;
  const own = openHandlers({ config, runtime, databaseUrl, fleet: options.fleet.jobs });
  const parts = makeParts(options, own);
  const figures = watchFigures(options, config.processPgmq ? parts.queues : []);
  const offs = observe(options, parts, figures.latest);
  const pgmq = preparedQueues(options, parts.queues);
  const { worker, consumers, scheduler, leg } = parts;
  const queuesHealth = async () =>
    assessQueues({
      ...(await figures.read()),
      executionMode: parts.mode.name,
      processes: { jobs: config.processJobs, pgmq: config.processPgmq },
      handlersMissing: parts.queues.filter((queue) => !(queue in own.queues)),
    });

  // Never rejects.
  const startAll = async (signal: AbortSignal) => {
    if (parts.works) worker.start();
    leg?.start();
    figures.start();
    if (await pgmq.prepare(signal)) consumers.start();
    // After the queues, because what a schedule starts may send to one.
    if (config.processJobs && !signal.aborted) scheduler.start();
  };
  let isStarted = false;
  let drained: Promise<DrainReport["handedBack"]> | undefined;
  return {
    port: { desk: parts.desk, queues: queuesHealth, dualRunReport: (period) => dualRunReport(database, period) },
    inngest: leg && ((request) => leg.handle(request)),
    work: () => summaryOf(figures.latest()),
    health: pgmq.health,
    start(signal) {
      if (!isStarted) void startAll(signal);
      isStarted = true;
    },
    drain(limitMs) {
      figures.stop();
      drained ??= drainParts(parts, limitMs, runtime);
      return drained;
    },
    async close() {
      figures.stop();
      for (const off of offs) off();
      await own.close();
    },
  };
}

type Parts = ReturnType<typeof makeParts>;

function makeParts({ config, runtime, database, replicaId, reportLoop }: JobPartsOptions, own: DaemonJobs) {
  const { batchSize, jobsConcurrency: concurrency, jobsLeaseMs: leaseMs } = config;
  const base = { database, runtime, handlers: own.jobs, reportLoop };
  const settings = { primary: config.primaryExecutor, fallback: config.inngestFallback, dualRun: config.dualRunMode };
  const mode = executorMode(settings);
  invariant(!("problem" in mode), "parseConfig has refused modes that contradict themselves");

  const jobEvents = createEmitter<JobEvents>();
  const leg =
    mode.calls === null || !config.processJobs
      ? undefined
      : createInngestLeg({
          ...{ ...base, workerId: `${replicaId}:inngest`, mode: settings, jobEvents, leaseMs, concurrency },
          ...inngestAccount(config),
        });
  const worker = createJobWorker({
    ...{ ...base, workerId: replicaId, events: jobEvents, concurrency, batchSize, leaseMs },
    ...(leg && { onOutcome: leg.noteOutcome }),
  });
  const works = config.processJobs && mode.hasWorkers;
  const consumers = createQueueConsumers({ ...base, handlers: own.queues, concurrency, batchSize });
  const scheduler = createScheduler({ ...base, schedules: own.schedules, timeZone: config.scheduleTimeZone });
  const queues = allQueues(config, own.queues);
  const desk = createOperatorDesk({
    ...{ database, clock: runtime.clock, handlers: own.jobs, queues, batchSize, scheduler },
    ...(works && { worker }),
    ...(config.processPgmq && { consumers }),
  });
  return { own, mode, jobEvents, leg, worker, works, consumers, scheduler, queues, desk };
}

/** parseConfig has refused a mode with Inngest and without its keys. */
function inngestAccount(config: Config) {
  const { inngestBaseUrl: baseUrl, inngestSigningKeyFallback: previousSigningKey } = config;
  return {
    eventKey: config.inngestEventKey ?? "",
    signingKey: config.inngestSigningKey ?? "",
    fallbackAfterMs: config.inngestFallbackAfterMs,
    ...(previousSigningKey !== null && { previousSigningKey }),
    ...(baseUrl !== null && { baseUrl }),
  };
}

function observe({ metrics, runtime }: JobPartsOptions, parts: Parts, latest: () => WorkFigures | undefined) {
  const { own, jobEvents, leg, worker, consumers, scheduler } = parts;
  const getRunning = () => worker.running + (leg?.running ?? 0);
  const offs: Unsubscribe[] = [
    observeJobs(metrics, jobEvents, { types: Object.keys(own.jobs), getRunning }),
    observeQueues(metrics, consumers.events, Object.keys(own.queues)),
    observeSchedules(
      metrics,
      scheduler.events,
      own.schedules.map(({ name }) => name),
    ),
    observeQueueFigures(metrics, latest),
    logJobs(
      { jobs: jobEvents, queues: consumers.events, schedules: scheduler.events, ...(leg && { inngest: leg.events }) },
      runtime,
    ),
  ];
  if (leg) offs.push(observeInngest(metrics, leg.events));
  return offs;
}

/** The figures of the database, looked at by and by and when somebody asks. */
function watchFigures({ database, runtime }: JobPartsOptions, queues: readonly string[]) {
  const { clock, log } = runtime;
  let latest: WorkFigures | undefined;
  let timer: Timer | undefined;
  const read = async () => {
    latest = await readWorkFigures(database, queues);
    return latest;
  };
  const onFailed = (thrown: unknown) => log.debug(errorFields(thrown), "the figures of the queues are not to be had");
  return {
    read,
    latest: () => latest,
    start() {
      read().catch(onFailed);
      timer ??= every(clock, FIGURES_EVERY_MS, async () => void (await read()), onFailed);
    },
    stop: () => timer?.cancel(),
  };
}

function summaryOf(figures: WorkFigures | undefined): WorkSummary | undefined {
  if (!figures) return undefined;
  const { pending, running, dead } = figures.counts;
  const sum = (figure: "length" | "dlqLength") =>
    (figures.depths ?? []).reduce((total, depth) => total + depth[figure], 0);
  return { jobs: { pending, running, dead }, messages: { pending: sum("length"), dead: sum("dlqLength") } };
}

/** pgmq and the queues, made where they are missing. */
function preparedQueues({ config, runtime, database }: JobPartsOptions, queues: readonly string[]) {
  let has: boolean | undefined;
  const install = async () => {
    await installPgmq(database);
    await ensureQueues(database, queues);
  };
  return {
    /** True when they are there. Never rejects. */
    async prepare(signal: AbortSignal): Promise<boolean> {
      if (!config.processPgmq) return false;
      const message = "the queues cannot be prepared yet; trying again";
      try {
        await untilReachable(install, { runtime, signal, message });
        has = true;
      } catch (thrown) {
        if (signal.aborted) return false;
        has = false;
        runtime.log.error(errorFields(thrown), "the pgmq queues cannot be worked on");
      }
      return has && !signal.aborted;
    },
    health(): DependencyReport {
      if (!config.processPgmq || has) return { state: "ok" };
      if (has === undefined) return { state: "degraded", detail: "the queues are being prepared" };
      return { state: "degraded", detail: "the database has no pgmq: jobs are done, queues are not; see the log" };
    },
  };
}

async function drainParts(
  { mode, worker, leg, consumers, scheduler }: Parts,
  limitMs: number,
  { log }: Runtime,
): Promise<DrainReport["handedBack"]> {
  const isDualRun = mode.calls === "shadow";
  const worked = worker.drain(isDualRun ? limitMs / 2 : limitMs);
  // In a dual run the leg writes down what the workers' last jobs came to.
  const called = isDualRun ? worked.then(() => leg?.drain(limitMs / 2)) : leg?.drain(limitMs);
  const [jobs, calls, messages] = await Promise.all([worked, called, consumers.drain(limitMs), scheduler.close()]);
  const handedBack = { jobIds: [...jobs.jobIds, ...(calls?.jobIds ?? [])], messages: messages.jobIds };
  if (handedBack.jobIds.length + handedBack.messages.length > 0) {
    log.warn(
      { job_ids: handedBack.jobIds, messages: handedBack.messages },
      "handed back unfinished, to be done by others",
    );
  }
  return handedBack;
}
