import {
  type AuditedJobAdmin,
  createAuditedJobAdmin,
  createJobWorker,
  createQueueConsumers,
  type JobWorker,
  type QueueConsumers,
} from "@shoal/job-queue";
import { createSystemRuntime, type Runtime, silentLog } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import { readEnvironmentFile } from "../../backend/environment-file.ts";
import { type Config, type Environment, parseConfig } from "../../config.ts";
import { type Connections, openConnections } from "../../database/connections.ts";
import { loadFleetConfig } from "../../fleet-config.ts";
import { allQueues, type DaemonJobs, jobHandlers } from "../../jobs/handlers.ts";
import type { JobsCommand } from "./command-line.ts";

/** The actor in the audit. */
export const ACTOR = "cli";

/** Commands that need the fleet file, because it adds types of jobs, and queues. */
const NEEDS_FLEET = new Set<JobsCommand["kind"]>(["enqueue", "run", "depths", "dead-letters", "redrive"]);
const NOTHING: DaemonJobs = { jobs: {}, queues: {}, schedules: [] };

/** The jobs that a command works with. Disposing closes the connections. */
export interface OpenedJobs extends AsyncDisposable {
  readonly admin: AuditedJobAdmin;
  /** Types of jobs that have a handler here; empty for commands that do not read the fleet file. */
  readonly types: readonly string[];
  /** Finds types of due jobs that have no handler here. */
  readonly unhandledTypes: () => Promise<string[]>;
  /** Set for `run` only. */
  readonly worker?: JobWorker;
  readonly consumers?: QueueConsumers;
}

/**
 * Opens the jobs of `DATABASE_URL`, or of the daemon running on `SHOAL_DIRECTORY`.
 * @throws CONFIG_INVALID, CONFIG_FLEET_FILE
 * @throws CLI_NOT_RUNNING neither is found
 */
export async function openJobs(
  env: Environment,
  isRunning: (pid: number) => boolean,
  kind: JobsCommand["kind"],
): Promise<OpenedJobs> {
  const { config } = parseConfig(env);
  const url = config.databaseUrl ?? readEnvironmentFile(config.directory, isRunning).DATABASE_URL;
  // Silent, because the results go to the terminal as the answer.
  const runtime = createSystemRuntime(silentLog);
  const connections = openConnections({ url, runtime, config });
  const { database } = connections;
  const own = NEEDS_FLEET.has(kind) ? await handlersOf(config, runtime, connections) : NOTHING;
  const workers = kind === "run" ? workersOf(config, runtime, database, own) : {};
  const queues = allQueues(config, own.queues);
  const admin = createAuditedJobAdmin({
    ...{ database, clock: runtime.clock, handlers: own.jobs, queues, batchSize: config.batchSize },
    ...workers,
  });
  const types = Object.keys(own.jobs);
  const unhandledTypes = async () => {
    const rows = await database.query<{ type: string }>(UNHANDLED_SQL, [types]);
    return rows.map(({ type }) => type);
  };
  return { admin, types, unhandledTypes, ...workers, [Symbol.asyncDispose]: () => connections.close() };
}

/** Reads as many jobs as the largest pass takes, in its order. */
const UNHANDLED_SQL = statement(
  "job_unhandled_types",
  `
select distinct due.type
from (
  select type from shoal.jobs
  where status = 'pending' and run_at <= clock_timestamp()
  order by priority desc, run_at, id
  limit 1000
) as due
where due.type <> all ($1::text[])
order by 1`,
);

async function handlersOf(
  config: Config,
  runtime: Runtime,
  { background, housekeeping }: Connections,
): Promise<DaemonJobs> {
  const fleet = await loadFleetConfig(config, {}, runtime.clock);
  return jobHandlers({ config, runtime, fleet: fleet.jobs, database: background, housekeepingDatabase: housekeeping });
}

function workersOf(config: Config, runtime: Runtime, database: Database, own: DaemonJobs) {
  const { batchSize, jobsConcurrency: concurrency, jobsLeaseMs: leaseMs } = config;
  const workerId = `cli:${runtime.ids.uuid()}`;
  return {
    worker: createJobWorker({ database, runtime, workerId, handlers: own.jobs, concurrency, batchSize, leaseMs }),
    consumers: createQueueConsumers({ database, runtime, handlers: own.queues, concurrency, batchSize }),
  };
}
