import {
  createJobWorker,
  createOperatorDesk,
  createQueueConsumers,
  type JobWorker,
  type OperatorDesk,
  type QueueConsumers,
} from "@shoal/job-queue";
import { createSystemRuntime, type Runtime, SECOND_MS, silentLog } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { type Config, type Environment, parseConfig } from "../../config.ts";
import { readEnvironmentFile } from "../../environment-file.ts";
import { loadFleetConfig } from "../../fleet-config.ts";
import { type DaemonJobs, jobHandlers } from "../../jobs/handlers.ts";
import { allQueues } from "../../jobs/queue-names.ts";
import type { JobsCommand } from "./command-line.ts";

/** Who did it, in the audit. */
export const ACTOR = "cli";

const QUERY_LIMIT_MS = 30 * SECOND_MS;
/** Housekeeping compacts tables, which takes as long as it takes. */
const PATIENT_LIMIT_MS = 3600 * SECOND_MS;
const NOTHING: DaemonJobs = { jobs: {}, queues: {}, schedules: [] };

/** What a command works with. Disposing closes the connections. */
export interface OpenedJobs extends AsyncDisposable {
  readonly desk: OperatorDesk;
  /** Of jobs, that are handled here; known for a run and to add a job. */
  readonly types: readonly string[];
  /** Types of jobs that are due and that nobody handles here. */
  readonly unhandledTypes: () => Promise<string[]>;
  /** For a run only. */
  readonly worker?: JobWorker;
  readonly consumers?: QueueConsumers;
}

/**
 * The jobs of `DATABASE_URL`, or of the daemon running on `SHOAL_DIRECTORY`.
 * @throws CONFIG_INVALID, CONFIG_FLEET_FILE
 * @throws CLI_NOT_RUNNING neither is there
 */
export async function openJobs(
  env: Environment,
  isRunning: (pid: number) => boolean,
  kind: JobsCommand["kind"],
): Promise<OpenedJobs> {
  const { config } = parseConfig(env);
  const url = config.databaseUrl ?? readEnvironmentFile(config.directory, isRunning).DATABASE_URL;
  // What it says goes to the terminal as the answer, not as a log.
  const runtime = createSystemRuntime(silentLog);
  const database = createDatabase({ url, runtime, queryLimitMs: QUERY_LIMIT_MS });
  const needsHandlers = kind === "enqueue" || kind === "run";
  // Handlers have a pool of their own, so that busy ones do not hold up the renewal of their leases.
  const forHandlers = createDatabase({ url, runtime, queryLimitMs: QUERY_LIMIT_MS });
  const own = needsHandlers ? await handlersOf(config, runtime, forHandlers, url) : NOTHING;
  const workers = kind === "run" ? workersOf(config, runtime, database, own) : {};
  const queues = allQueues(config, own.queues);
  const desk = createOperatorDesk({
    ...{ database, clock: runtime.clock, handlers: own.jobs, queues, batchSize: config.batchSize },
    ...workers,
  });
  const close = async () => void (await Promise.all([database.close(), forHandlers.close()]));
  const types = Object.keys(own.jobs);
  const unhandledTypes = async () => {
    const rows = await database.query<{ type: string }>(UNHANDLED_SQL, [types]);
    return rows.map(({ type }) => type);
  };
  return { desk, types, unhandledTypes, ...workers, [Symbol.asyncDispose]: close };
}

/** Of as many as the largest pass takes, in its order. */
const UNHANDLED_SQL = `
select distinct due.type
from (
  select type from shoal.jobs
  where status = 'pending' and run_at <= clock_timestamp()
  order by priority desc, run_at, id
  limit 1000
) as due
where due.type <> all ($1::text[])
order by 1`;

async function handlersOf(config: Config, runtime: Runtime, database: Database, url: string): Promise<DaemonJobs> {
  const fleet = await loadFleetConfig(config, () => {});
  return jobHandlers({
    config,
    database,
    openPatientDatabase: () => createDatabase({ url, runtime, maxConnections: 1, queryLimitMs: PATIENT_LIMIT_MS }),
    runtime,
    fleet: fleet.jobs,
  });
}

function workersOf(config: Config, runtime: Runtime, database: Database, own: DaemonJobs) {
  const { batchSize, jobsConcurrency: concurrency, jobsLeaseMs: leaseMs } = config;
  const workerId = `cli:${runtime.ids.uuid()}`;
  return {
    worker: createJobWorker({ database, runtime, workerId, handlers: own.jobs, concurrency, batchSize, leaseMs }),
    consumers: createQueueConsumers({ database, runtime, handlers: own.queues, concurrency, batchSize }),
  };
}
