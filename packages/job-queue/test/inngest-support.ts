import { createEmitter, createSystemRuntime, type Runtime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { emptyTables, until as untilHolds } from "@shoal/testkit";
import {
  createInngestExecutor,
  type InngestExecutor,
  type InngestExecutorOptions,
} from "../src/inngest/inngest-executor.ts";
import type { ExecutorSettings } from "../src/inngest/mode.ts";
import { createJobWorker } from "../src/jobs/job-worker.ts";
import type { JobEvents, JobHandlers } from "../src/types.ts";
import type { InngestStandIn } from "./inngest-stand-in.ts";

export const INNGEST: ExecutorSettings = { primary: "inngest", fallback: false, dualRun: false };
export const FALLBACK: ExecutorSettings = { primary: "supabase", fallback: true, dualRun: false };
export const DUAL_RUN: ExecutorSettings = { primary: "supabase", fallback: false, dualRun: true };

export interface Daemon {
  readonly executor: InngestExecutor;
  readonly runtime: Runtime;
  readonly jobEvents: ReturnType<typeof createEmitter<JobEvents>>;
  readonly servedAt: string;
  end(): Promise<void>;
}

/** An executor, served and registered at the stand-in, with a clock of its own: what it leaves behind can be counted. */
export async function startDaemon(
  database: Database<string>,
  inngest: InngestStandIn,
  mode: ExecutorSettings,
  handlers: JobHandlers,
  options: Partial<InngestExecutorOptions> = {},
): Promise<Daemon> {
  const runtime = options.runtime ?? createSystemRuntime();
  const jobEvents = createEmitter<JobEvents>();
  const executor = createInngestExecutor({
    database,
    handlers,
    workerId: `executor-${crypto.randomUUID()}`,
    mode,
    eventKey: inngest.eventKey,
    signingKey: inngest.signingKey,
    baseUrl: inngest.url,
    jobEvents,
    ...options,
    runtime,
  });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => executor.handle(request),
  });
  const servedAt = `http://127.0.0.1:${server.port}/api/inngest`;
  await inngest.sync(servedAt);
  executor.start();
  await until(() => countOf(database, "shoal.inngest_switch", "events_until > clock_timestamp()"));
  return {
    executor,
    runtime,
    jobEvents,
    servedAt,
    async end() {
      await executor.drain(5_000);
      await server.stop(true);
    },
  };
}

/** One pass of the daemon's workers over what is due. */
export async function workOnce(
  database: Database<string>,
  runtime: Runtime,
  handlers: JobHandlers,
  { workerId = "worker", limit = 25, executor }: { workerId?: string; limit?: number; executor?: InngestExecutor } = {},
): Promise<number> {
  const worker = createJobWorker({
    ...{ database, runtime, workerId, handlers },
    ...(executor && { onOutcome: executor.noteOutcome }),
  });
  const { claimed } = await worker.runPass({ batchSize: limit });
  await worker.drain(1_000);
  return claimed;
}

export interface Row {
  readonly status: string;
  readonly attempts: number;
  readonly workerId: string | null;
  readonly epoch: number;
}

export async function rowOf(database: Database<string>, id: string): Promise<Row | undefined> {
  const [row] = await database.query<Row>(
    'select status, attempts, worker_id as "workerId", epoch from shoal.jobs where id = $1::text::bigint',
    [id],
  );
  return row;
}

export async function countOf(database: Database<string>, table: string, where = "true"): Promise<number> {
  const [row] = await database.query<{ n: string }>(`select count(*) as n from ${table} where ${where}`);
  return Number(row?.n);
}

export async function forgetJobs(database: Database<string>): Promise<void> {
  await emptyTables(database, [
    "shoal.jobs",
    "shoal.job_outbox",
    "shoal.job_dual_runs",
    "shoal.job_audit",
    "shoal.job_count_changes",
  ]);
  await database.query("update shoal.inngest_switch set events_until = '-infinity'");
}

/** Asks the database until it says something else than 0. */
export async function until(ask: () => Promise<number>): Promise<void> {
  await untilHolds(async () => (await ask()) !== 0);
}
