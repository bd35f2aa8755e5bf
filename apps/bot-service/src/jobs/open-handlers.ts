import { HOUR_MS, MINUTE_MS, type Runtime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import type { FleetJobs } from "./fleet-jobs.ts";
import { type DaemonJobs, type JobsConfig, jobHandlers } from "./handlers.ts";

export interface OpenHandlersOptions {
  readonly config: JobsConfig;
  readonly fleet: FleetJobs;
  readonly runtime: Runtime;
  readonly databaseUrl: string;
}

/** What is done by jobs, with connections to do it over. */
export interface OpenedHandlers extends DaemonJobs {
  /** Closes the connections. Idempotent. */
  close(): Promise<void>;
}

const CONNECTIONS = 4;
const QUERY_LIMIT_MS = MINUTE_MS;
/** Housekeeping compacts tables, which takes as long as it takes. */
const PATIENT_LIMIT_MS = HOUR_MS;

/** `jobHandlers` with connections of their own, so that busy ones hold up neither a renewal nor a match. */
export function openHandlers(options: OpenHandlersOptions): OpenedHandlers {
  const { runtime, databaseUrl: url } = options;
  const connect = (maxConnections: number, queryLimitMs: number) =>
    createDatabase({ url, runtime, maxConnections, queryLimitMs });
  const database = connect(CONNECTIONS, QUERY_LIMIT_MS);
  const openPatientDatabase = () => connect(1, PATIENT_LIMIT_MS);
  return { ...jobHandlers({ ...options, database, openPatientDatabase }), close: () => database.close() };
}
