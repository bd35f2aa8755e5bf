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
  HOUR_MS,
  invariant,
  MINUTE_MS,
  type Runtime,
  SECOND_MS,
  type Timer,
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
import { createDatabase, type Database } from "@shoal/store";
import type { Config } from "./config.ts";
import type { FleetConfig } from "./fleet-config.ts";
import type { JobsPort } from "./http/jobs.ts";
import type { PassesPort } from "./http/passes.ts";
import { jobHandlers } from "./jobs/handlers.ts";
import { logJobs } from "./jobs-log.ts";
import type { DrainReport } from "./service.types.ts";
import { untilReachable } from "./until-reachable.ts";

/** Handlers have connections of their own, so that busy ones hold up neither a renewal nor a match. */
const HANDLER_CONNECTIONS = 4;
const HANDLER_QUERY_LIMIT_MS = MINUTE_MS;
/** Housekeeping compacts tables, which takes as long as it takes. */
const PATIENT_LIMIT_MS = HOUR_MS;
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
}

/** All of this process that works on jobs and queues. */
export interface JobParts {
  readonly port: JobsPort & PassesPort;
  /** Serves `/api/inngest`; undefined where Inngest has no part. */
  readonly inngest: InngestLeg["handle"] | undefined;
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
  const { config, fleet, runtime, database, databaseUrl, metrics, replicaId } = options;
  const { batchSize, jobsConcurrency: concurrency, jobsLeaseMs: leaseMs } = config;
  const { clock, log } = runtime;
  const forHandlers = createDatabase({
    url: databaseUrl,
    runtime,
    maxConnections: HANDLER_CONNECTIONS,
    queryLimitMs: HANDLER_QUERY_LIMIT_MS,
  });
  const own = jobHandlers({
    config,
    database: forHandlers,
    openPatientDatabase: () =>
      createDatabase({ url: databaseUrl, runtime, maxConnections: 1, queryLimitMs: PATIENT_LIMIT_MS }),
    runtime,
    fleet: fleet.jobs,
  });
  const settings = {
    primary: config.primaryExecutor,
    fallback: config.inngestFallback,
    dualRun: config.dualRunMode,
  };
  const mode = executorMode(settings);
  invariant(!("problem" in mode), "parseConfig has refused modes that contradict themselves");

  const jobEvents = createEmitter<JobEvents>();
  const leg = mode.calls === null ? undefined : createLeg(options, settings, own.jobs, jobEvents);
  const worker = createJobWorker({
    ...{
      database,
      runtime,
      workerId: replicaId,
      handlers: own.jobs,
      events: jobEvents,
      concurrency,
      batchSize,
      leaseMs,
    },
    ...(leg && { onOutcome: leg.noteOutcome }),
  });
  const works = config.processJobs && mode.hasWorkers;
  const consumers = createQueueConsumers({ database, runtime, handlers: own.queues, concurrency, batchSize });
  const scheduler = createScheduler({
    ...{ database, runtime, schedules: own.schedules, timeZone: config.scheduleTimeZone, handlers: own.jobs },
  });
  const { executionQueue, alertQueue, metricsQueue, orderCloseQueue } = config;
  const queues = [...new Set([executionQueue, alertQueue, metricsQueue, orderCloseQueue, ...Object.keys(own.queues)])];
  const desk = createOperatorDesk({
    ...{ database, clock, handlers: own.jobs, queues, batchSize, scheduler },
    ...(works && { worker }),
    ...(config.processPgmq && { consumers }),
  });

  let figures: WorkFigures | undefined;
  let figuresTimer: Timer | undefined;
  let hasPgmq: boolean | undefined;
  const readFigures = async () => {
    figures = await readWorkFigures(database, config.processPgmq ? queues : []);
    return figures;
  };
  const onFiguresFailed = (thrown: unknown) =>
    log.debug(errorFields(thrown), "the figures of the queues are not to be had");
  const offs = [
    observeJobs(metrics, jobEvents, {
      types: Object.keys(own.jobs),
      getRunning: () => worker.running + (leg?.running ?? 0),
    }),
    observeQueues(metrics, consumers.events, Object.keys(own.queues)),
    observeSchedules(
      metrics,
      scheduler.events,
      own.schedules.map(({ name }) => name),
    ),
    ...(leg ? [observeInngest(metrics, leg.events)] : []),
    observeQueueFigures(metrics, () => figures),
    logJobs(
      { jobs: jobEvents, queues: consumers.events, schedules: scheduler.events, ...(leg && { inngest: leg.events }) },
      log,
    ),
  ];
  const queuesHealth = async () =>
    assessQueues({
      ...(await readFigures()),
      executionMode: mode.name,
      processes: { jobs: config.processJobs, pgmq: config.processPgmq },
      handlersMissing: queues.filter((queue) => !(queue in own.queues)),
    });

  const startConsumers = async (signal: AbortSignal) => {
    if (!config.processPgmq) return;
    const prepare = async () => {
      await installPgmq(database);
      await ensureQueues(database, queues);
    };
    try {
      await untilReachable(prepare, { runtime, signal, message: "the queues cannot be prepared yet; trying again" });
      hasPgmq = true;
      if (!signal.aborted) consumers.start();
    } catch (thrown) {
      if (signal.aborted) return;
      hasPgmq = false;
      log.error(errorFields(thrown), "the pgmq queues cannot be worked on");
    }
  };

  let isStarted = false;
  let drained: Promise<DrainReport["handedBack"]> | undefined;
  const drain = async (limitMs: number): Promise<DrainReport["handedBack"]> => {
    figuresTimer?.cancel();
    const [jobs, called, messages] = await Promise.all([
      worker.drain(limitMs),
      leg?.drain(limitMs) ?? { jobIds: [] },
      consumers.drain(limitMs),
      scheduler.close(),
    ]);
    const handedBack = { jobIds: [...jobs.jobIds, ...called.jobIds], messages: messages.jobIds };
    if (handedBack.jobIds.length + handedBack.messages.length > 0) {
      log.warn(
        { job_ids: handedBack.jobIds, messages: handedBack.messages },
        "handed back unfinished, to be done by others",
      );
    }
    return handedBack;
  };

  return {
    port: { desk, queues: queuesHealth, dualRunReport: (period) => dualRunReport(database, period) },
    inngest: leg && ((request) => leg.handle(request)),
    health() {
      if (!config.processPgmq || hasPgmq) return { state: "ok" };
      if (hasPgmq === undefined) return { state: "degraded", detail: "the queues are being prepared" };
      return { state: "degraded", detail: "the database has no pgmq: jobs are done, queues are not; see the log" };
    },
    start(signal) {
      if (isStarted) return;
      isStarted = true;
      if (works) worker.start();
      leg?.start();
      // What a schedule starts may send to a queue.
      void startConsumers(signal).then(() => {
        if (config.processJobs && !signal.aborted) scheduler.start();
      });
      readFigures().catch(onFiguresFailed);
      figuresTimer = every(clock, FIGURES_EVERY_MS, async () => void (await readFigures()), onFiguresFailed);
    },
    drain: (limitMs) => (drained ??= drain(limitMs)),
    async close() {
      figuresTimer?.cancel();
      for (const off of offs) off();
      await forHandlers.close();
    },
  };
}

function createLeg(
  { config, runtime, database, replicaId }: JobPartsOptions,
  mode: Parameters<typeof createInngestLeg>[0]["mode"],
  handlers: Parameters<typeof createInngestLeg>[0]["handlers"],
  jobEvents: ReturnType<typeof createEmitter<JobEvents>>,
): InngestLeg {
  const { inngestBaseUrl: baseUrl, inngestFallbackAfterMs: fallbackAfterMs } = config;
  return createInngestLeg({
    ...{ database, runtime, handlers, mode, jobEvents, fallbackAfterMs },
    workerId: `${replicaId}:inngest`,
    leaseMs: config.jobsLeaseMs,
    concurrency: config.jobsConcurrency,
    // parseConfig has refused a mode with Inngest and without its keys.
    eventKey: config.inngestEventKey ?? "",
    signingKey: config.inngestSigningKey ?? "",
    ...(baseUrl !== null && { baseUrl }),
  });
}
