import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, type Runtime, silentLog } from "@shoal/kernel";
import type { EmbeddedPostgres } from "@shoal/local-supabase/postgres";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { type Backend, type FaultProxy, faultProxy, ownPostgres, spawnProgram, until } from "@shoal/testkit";
import type { TestContext } from "vitest";
import { ensureQueues, installPgmq } from "../../src/index.ts";
import type { HistoryEvent } from "./history.ts";
import { QUEUE, readJobRecord, startRecord } from "./record.ts";
import type { Orders, ReportLine } from "./worker-process.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../../supabase/migrations");
const PROGRAM = join(import.meta.dirname, "worker-process.ts");
const PASSWORD = "of-no-value";
/** The processes of these tests are killed, the machine is not: what was committed is there without syncing. */
const SETTINGS = { fsync: "off", full_page_writes: "off" };

/** Short terms, so that a crash is noticed within the time of a test. */
export const LEASE_MS = 1000;
export const VISIBILITY_SECONDS = 3;
/** Faults burn reads: only what fails each time may come this far. */
export const MAX_READS = 12;

/** One worker process. */
export interface Worker {
  /** The role it is connected as: `writer` in the record. */
  readonly role: string;
  readonly pid: number;
  readonly proxy: FaultProxy;
  /** Resolves with its exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): void;
  /** What it has said so far. */
  reports(): ReportLine[];
}

/** A server of its own with our tables, on record from the first job, and the processes that work on it. */
export interface Fleet extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly database: Database<string>;
  readonly server: EmbeddedPostgres;
  readonly workers: readonly Worker[];
  hire(orders?: Partial<Orders>): Promise<Worker>;
  /** Waits until `isSo`, however long that takes; a database that is away is asked again. */
  until(isSo: () => Promise<boolean>): Promise<void>;
  /** All that the database and the workers have to say of the jobs. */
  history(): Promise<HistoryEvent[]>;
}

/** Starts a fleet whose processes end with the test of `context`, also when that runs out of time. */
export async function startFleet(backend: Backend, context: TestContext): Promise<Fleet> {
  const cleanUp = new AsyncDisposableStack();
  const runtime = createSystemRuntime();
  const server = cleanUp.use(await ownPostgres({ backend, settings: SETTINGS }));
  const directory = mkdtempSync(join(tmpdir(), "shoal-chaos-"));
  cleanUp.defer(() => rmSync(directory, { recursive: true, force: true }));
  const database = createDatabase<string>({ url: server.url, runtime, maxConnections: 6 });
  cleanUp.defer(() => database.close());
  await migrate({ database, directory: MIGRATIONS, log: silentLog });
  await installPgmq(database);
  await ensureQueues(database, [QUEUE]);
  await startRecord(database);

  const workers: Worker[] = [];
  return {
    runtime,
    database,
    server,
    workers,
    until: (isSo) => until(() => isSo().catch(() => false)),
    async hire(orders = {}) {
      const role = `worker_${workers.length + 1}`;
      await database.script(`create role ${role} superuser login password '${PASSWORD}'`);
      const proxy = cleanUp.use(await faultProxy(server.port));
      await proxy.open();
      const worker = spawnWorker(role, proxy, context, {
        url: `postgres://${role}:${PASSWORD}@127.0.0.1:${proxy.port}/postgres`,
        workerId: `replica-of-${role}`,
        reportFile: join(directory, role),
        leaseMs: LEASE_MS,
        concurrency: 10,
        skewMs: 0,
        graceMs: 10_000,
        visibilitySeconds: VISIBILITY_SECONDS,
        maxReads: MAX_READS,
        ...orders,
      });
      workers.push(worker);
      cleanUp.defer(async () => {
        worker.kill("SIGKILL");
        await worker.exited;
      });
      return worker;
    },
    async history() {
      const reports = workers.flatMap((worker) => worker.reports().map((line) => asEvents(line, worker.role)));
      return [...(await readJobRecord(database)), ...reports.flat()];
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function spawnWorker(role: string, proxy: FaultProxy, context: TestContext, orders: Orders): Worker {
  const child = spawnProgram([PROGRAM, JSON.stringify(orders)], {
    env: process.env,
    stdout: "inherit",
    stderr: "inherit",
    onTestFinished: context.onTestFinished,
  });
  return {
    role,
    pid: child.pid,
    proxy,
    exited: child.exited.then(() => child.exitCode),
    kill: (signal) => child.kill(signal),
    reports: () => readLines(orders.reportFile),
  };
}

/** A killed process may have left its last line half written. */
function readLines(file: string): ReportLine[] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole.split("\n").flatMap((line): ReportLine[] => (line === "" ? [] : [JSON.parse(line)]));
}

function asEvents(line: ReportLine, writer: string): HistoryEvent[] {
  if (line.what !== "drained") return [{ kind: "reported", jobId: line.jobId, writer, what: line.what }];
  return line.jobIds.map((jobId): HistoryEvent => ({ kind: "reported", jobId, writer, what: "released" }));
}
