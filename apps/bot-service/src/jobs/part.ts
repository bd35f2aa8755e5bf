import {
  type AuditedJobAdminOptions,
  announceQueues,
  assessQueues,
  createAuditedJobAdmin,
  createInngestExecutor,
  createJobActs,
  createJobWorker,
  createQueueAdmin,
  createQueueConsumers,
  createScheduler,
  dualRunReport,
  ensureQueues,
  executorMode,
  installPgmq,
  type JobEvents,
  readWorkFigures,
  type WorkFigures,
} from "@shoal/job-queue";
import { createEmitter, invariant, type Runtime } from "@shoal/kernel";
import type { Health, Metrics } from "@shoal/monitor";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { watchFigures } from "../health/watched-figures.ts";
import { undone, watchWrites } from "../health/watched-writes.ts";
import { inngestRoutes } from "../http/inngest.ts";
import { jobActRoutes } from "../http/job-acts.ts";
import { jobRoutes } from "../http/jobs.ts";
import type { WorkSummary } from "../http/operation.ts";
import { passRoutes } from "../http/passes.ts";
import { queueRoutes } from "../http/queues.ts";
import type { HandedBack, Part } from "../part.ts";
import type { Pulse } from "../pulse/pulse.ts";
import type { Members } from "../replicas/members.ts";
import { isFirst } from "../replicas/seniority.ts";
import { allQueues, type DaemonJobs, jobHandlers } from "./handlers.ts";
import { logJobs } from "./log.ts";
import { observeQueueFigures } from "./observe/figures.ts";
import { observeInngest } from "./observe/inngest.ts";
import { observeJobs } from "./observe/jobs.ts";
import { observeQueues } from "./observe/queues.ts";
import { observeSchedules } from "./observe/schedules.ts";
import { preparedQueues } from "./prepared-queues.ts";

export interface JobsPartOptions {
  readonly config: Config;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  readonly database: Database;
  readonly backgroundDatabase: Database;
  readonly housekeepingDatabase: Database;
  readonly members: Pick<Members, "replicaId" | "live">;
  readonly pulse: Pick<Pulse, "watch" | "watchQueues" | "isBeating" | "unannounced">;
  readonly health: Pick<Health, "reportLoop">;
  readonly replicaId: string;
  /** Aborts when the daemon drains. */
  readonly signal: AbortSignal;
}

export type JobsPart = ReturnType<typeof createJobsPart>;

/** Works on jobs and queues in this process: workers, consumers, schedules and Inngest, as configured. */
export function createJobsPart(options: JobsPartOptions) {
  const { config, runtime, database, pulse, backgroundDatabase, housekeepingDatabase } = options;
  const fleet = options.fleet.jobs;
  const own = jobHandlers({ config, runtime, fleet, database: backgroundDatabase, housekeepingDatabase });
  const workers = makeWorkers(options, own);
  const counted = config.processPgmq ? workers.queues : [];
  const figures = watchFigures({ runtime, of: "the queues", read: () => readWorkFigures(database, counted) });
  const pgmq = preparedQueues({
    isWanted: config.processPgmq,
    runtime,
    async install() {
      await installPgmq(database);
      await ensureQueues(database, workers.queues);
      await announceQueues(database, Object.keys(own.queues));
    },
    unannounced: () => pulse.unannounced,
  });
  const { admin, worker, consumers, scheduler, inngestExecutor } = workers;
  const readHealth = async () =>
    assessQueues({
      ...(await figures.read()),
      executionMode: workers.mode.name,
      processes: { jobs: config.processJobs, pgmq: config.processPgmq },
      handlersMissing: workers.queues.filter((queue) => !Object.hasOwn(own.queues, queue)),
    });
  const port = { admin, queues: readHealth, dualRunReport: (period: Period) => dualRunReport(database, period) };

  /** Never rejects. */
  const startAll = async (signal: AbortSignal) => {
    if (workers.works) worker.start();
    inngestExecutor?.start();
    watchJobs(pulse, workers);
    figures.start();
    await pgmq.prepare(signal, () => {
      consumers.start();
      pulse.watchQueues(Object.keys(own.queues), consumers.dueIn);
    });
    // Starts after the queues exist, because a scheduled job may send to one.
    if (!config.processJobs || signal.aborted) return;
    scheduler.start();
    pulse.watch("schedules", scheduler.dueIn);
  };
  return {
    readHealth,
    events: { jobs: workers.jobEvents, queues: workers.consumers.events, schedules: workers.scheduler.events },
    /** Undefined until they were first read; then at most a minute old. */
    figures: figures.latest,
    /** Jobs and messages when they were last counted, at most 15 s ago. */
    work: () => summaryOf(figures.latest()),
    name: "jobs",
    needsSchema: true,
    observe: (metrics) => observe(metrics, runtime, workers, figures.latest),
    health: { dependency: "queues", isRequired: false, read: pgmq.health },
    // Passes come first: otherwise "process" would be taken for the id of a job.
    routes: () => [
      ...passRoutes(port),
      ...jobRoutes(port),
      ...jobActRoutes({ ...admin.acts, start: admin.startAct, stop: admin.stopAct }),
      ...queueRoutes({
        queues: { ...admin.messages, act: admin.actOnLetters },
        hasHandler: (queue) => config.processPgmq && Object.hasOwn(own.queues, queue),
      }),
      ...(inngestExecutor ? inngestRoutes((call) => inngestExecutor.handle(call)) : []),
    ],
    start: (signal) => void startAll(signal),
    drain(limitMs) {
      figures.stop();
      return drainWorkers(workers, limitMs, runtime);
    },
    async close() {
      figures.stop();
    },
  } satisfies Part & Record<string, unknown>;
}

function watchJobs(pulse: Pick<Pulse, "watch">, { worker, works, inngestExecutor }: Workers): void {
  if (works) pulse.watch("jobs", worker.dueIn);
  if (works) pulse.watch("held_jobs", worker.heldFor);
  else if (inngestExecutor) pulse.watch("held_jobs", inngestExecutor.heldFor);
  if (inngestExecutor) pulse.watch("outbox", inngestExecutor.dueIn);
}

interface Period {
  readonly sinceHours: number;
}

type Workers = ReturnType<typeof makeWorkers>;

function makeWorkers(options: JobsPartOptions, own: DaemonJobs) {
  const { config, runtime, signal, database, members, pulse, replicaId, health } = options;
  const { batchSize, jobsConcurrency: concurrency, jobsLeaseMs: leaseMs } = config;
  const isWatched = () => pulse.isBeating;
  const base = { database, runtime, handlers: own.jobs, reportLoop: health.reportLoop, isWatched };
  const settings = { primary: config.primaryExecutor, fallback: config.inngestFallback, dualRun: config.dualRunMode };
  const mode = executorMode(settings);
  invariant(!("problem" in mode), "parseConfig has refused modes that contradict themselves");

  const jobEvents = createEmitter<JobEvents>();
  const inngestExecutor =
    mode.calls === null || !config.processJobs
      ? undefined
      : createInngestExecutor({
          ...{ ...base, workerId: `${replicaId}:inngest`, mode: settings, jobEvents, leaseMs, concurrency },
          ...inngestAccount(config),
        });
  const worker = createJobWorker({
    ...{ ...base, workerId: replicaId, events: jobEvents, concurrency, batchSize, leaseMs },
    ...(inngestExecutor && { onOutcome: inngestExecutor.noteOutcome }),
  });
  const works = config.processJobs && mode.hasWorkers;
  const consumers = createQueueConsumers({
    ...{ ...base, handlers: own.queues, concurrency, batchSize },
    isWatched: () => isWatched() && pulse.unannounced.length === 0,
  });
  const scheduler = createScheduler({
    ...{ ...base, schedules: own.schedules, timeZone: config.scheduleTimeZone },
    isLeftToOthers: () => !isFirst(members, "fleet"),
  });
  const queues = allQueues(config, own.queues);
  const operated = { clock: runtime.clock, handlers: own.jobs, queues, batchSize };
  const processes = { scheduler, ...(works && { worker }), ...(config.processPgmq && { consumers }) };
  const admin = watchWrites({
    ...{ runtime, signal, report: health.reportLoop("http-jobs") },
    port: operatorsPort({ ...operated, ...processes, database }),
    // Passes are those of loops that report by themselves.
    writes: ["enqueue", "retry", "cancel", "redrive", "redriveQueue", "startAct", "stopAct", "actOnLetters"],
    trial: operatorsPort({ ...operated, database: undone(database) }),
  });
  return { own, mode, jobEvents, inngestExecutor, worker, works, consumers, scheduler, queues, admin };
}

/** What operators look at and change, as one object, so that one loop says whether its writes work. */
function operatorsPort(options: AuditedJobAdminOptions) {
  const acts = createJobActs(options);
  const messages = createQueueAdmin(options);
  return {
    ...createAuditedJobAdmin(options),
    ...{ acts, messages, startAct: acts.start, stopAct: acts.stop, actOnLetters: messages.act },
  };
}

/** The keys are there: parseConfig refuses a mode with Inngest that lacks them. */
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

function observe(
  metrics: Metrics,
  runtime: Runtime,
  { own, jobEvents, inngestExecutor, worker, consumers, scheduler }: Workers,
  latest: () => WorkFigures | undefined,
) {
  const getRunning = () => worker.running + (inngestExecutor?.running ?? 0);
  return [
    observeJobs(metrics, jobEvents, { types: Object.keys(own.jobs), getRunning }),
    observeQueues(metrics, consumers.events, Object.keys(own.queues)),
    observeSchedules(
      metrics,
      scheduler.events,
      own.schedules.map(({ name }) => name),
    ),
    observeQueueFigures(metrics, latest),
    observeInngest(metrics, inngestExecutor?.events),
    logJobs(
      {
        jobs: jobEvents,
        queues: consumers.events,
        schedules: scheduler.events,
        ...(inngestExecutor && { inngest: inngestExecutor.events }),
      },
      runtime,
    ),
  ];
}

function summaryOf(figures: WorkFigures | undefined): WorkSummary | undefined {
  if (!figures) return undefined;
  const { pending, running, dead } = figures.counts;
  const sum = (figure: "length" | "dlqLength") =>
    (figures.depths ?? []).reduce((total, depth) => total + depth[figure], 0);
  return { jobs: { pending, running, dead }, messages: { pending: sum("length"), dead: sum("dlqLength") } };
}

async function drainWorkers(
  { mode, worker, inngestExecutor, consumers, scheduler }: Workers,
  limitMs: number,
  { log }: Runtime,
): Promise<HandedBack> {
  const isDualRun = mode.calls === "shadow";
  const worked = worker.drain(isDualRun ? limitMs / 2 : limitMs);
  // In a dual run the executor writes the outcomes of the last jobs of the workers.
  const called = isDualRun ? worked.then(() => inngestExecutor?.drain(limitMs / 2)) : inngestExecutor?.drain(limitMs);
  const [jobs, calls, messages] = await Promise.all([worked, called, consumers.drain(limitMs), scheduler.close()]);
  const handedBack = { jobIds: [...jobs.jobIds, ...(calls?.jobIds ?? [])], messages: messages.jobIds };
  if (handedBack.jobIds.length + handedBack.messages.length > 0) {
    log.warn(
      { job_ids: handedBack.jobIds, messages: handedBack.messages },
      "handed back unfinished at the end of the drain: other daemons do these jobs and messages",
    );
  }
  return handedBack;
}
