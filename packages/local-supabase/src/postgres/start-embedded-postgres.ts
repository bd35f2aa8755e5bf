import { rmSync } from "node:fs";
import { isFleetError, type Runtime, sleep, toError } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import {
  type ClusterFiles,
  clusterFiles,
  dataVersion,
  initialise,
  isInitialised,
  logTail,
  removeStagings,
  stagingDirectory,
  superuserPassword,
} from "./adapters/cluster-files.ts";
import { type DirectoryLock, lockDirectory } from "./adapters/directory-lock.ts";
import { freePort } from "./adapters/free-port.ts";
import { npmPostgresBinaries, type PostgresBinaries } from "./adapters/postgres-binaries.ts";
import { isAlive } from "./adapters/process-table.ts";
import { readPostmasterFile, type ServerProcess, spawnServer } from "./adapters/server-process.ts";
import { BOOTSTRAP_SQL } from "./bootstrap-sql.ts";
import { startFailed } from "./errors.ts";
import { chooseLaunchPlan, type LaunchPlan } from "./launch-plan.ts";
import { stopLeftover, stopServer } from "./stop-server.ts";
import { type Launched, supervise } from "./supervise.ts";

/** Where and how to run the server. */
export interface EmbeddedPostgresOptions {
  /** Holds all files of the server; made if missing. For one process at a time. */
  readonly dataDirectory: string;
  readonly runtime: Runtime;
  /** Default: the installation from the npm package. */
  readonly binaries?: PostgresBinaries;
  /** Server settings that replace ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server. */
export interface EmbeddedPostgres {
  /** Contains the superuser's password: a secret. */
  readonly url: string;
  readonly port: number;
  /** Of the postmaster; changes when it had to be started again. */
  readonly pid: number;
  /** Ends all sessions, shuts the server down and releases the directory. Idempotent. */
  stop(): Promise<void>;
}

const PORT_TRIES = 5;
const READY_LIMIT_MS = 60_000;
const POLL_MS = 10;

/**
 * Settings of the embedded server. fsync, synchronous_commit and full_page_writes keep their durable defaults: an
 * acknowledged write survives a crash.
 */
const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  wal_level: "logical",
  max_wal_senders: "10",
  max_replication_slots: "20",
  // A slot whose reader is gone must not fill the disk.
  max_slot_wal_keep_size: "512MB",
  min_wal_size: "32MB",
  max_wal_size: "256MB",
  shared_buffers: "64MB",
  max_connections: "200",
  timezone: "UTC",
  log_timezone: "UTC",
  jit: "off",
  // The log may name tables and constraints but never carry a row: no statement text, no DETAIL with values.
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
};

/**
 * Starts a real Postgres on a free loopback port, with the roles and the publication of a Supabase project. Works as an
 * ordinary user and as root. The server ends with this process, however that ends; a server that ends earlier is started
 * again on the same port.
 *
 * @throws LOCAL_DATA_DIR_IN_USE another process works on the directory; `details.pid` names it
 * @throws LOCAL_DATA_DIR_UNUSABLE the directory cannot be made or written to
 * @throws LOCAL_POSTGRES_MISSING there are no binaries for this platform
 * @throws LOCAL_POSTGRES_START_FAILED the server did not come up; the message says what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const files = clusterFiles(options.dataDirectory);
  const lock = lockDirectory(files.directory);
  try {
    return await startLocked(options, files, lock);
  } catch (thrown) {
    lock.release();
    if (isFleetError(thrown)) throw thrown;
    // A full disk, say, or a file of another user: the message of the system says it all.
    const cause = toError(thrown);
    throw startFailed(cause.message, `Its directory is ${files.directory}.`, { cause });
  }
}

async function startLocked(
  options: EmbeddedPostgresOptions,
  files: ClusterFiles,
  lock: DirectoryLock,
): Promise<EmbeddedPostgres> {
  const { runtime } = options;
  const binaries = options.binaries ?? npmPostgresBinaries();
  await stopLeftover(runtime, files);
  const plan = prepareCluster(files, binaries);
  const first = await launchOnFreePort(options, files, binaries, plan);
  const server = supervise(runtime, first, () => launch(options, files, binaries, plan, first.port));
  const url = `postgres://postgres:${superuserPassword(files.password)}@127.0.0.1:${first.port}/postgres`;
  const stop = async () => {
    await server.stop();
    lock.release();
  };
  try {
    await bootstrap(url, runtime);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  runtime.log.info({ port: first.port, pid: first.pid }, "embedded postgres is ready");
  return {
    url,
    port: first.port,
    get pid() {
      return server.pid;
    },
    stop,
  };
}

function prepareCluster(files: ClusterFiles, binaries: PostgresBinaries): LaunchPlan {
  if (isInitialised(files)) {
    removeStagings(files);
    return chooseLaunchPlan(binaries.postgres, files.data);
  }
  const staging = stagingDirectory(files);
  try {
    const plan = chooseLaunchPlan(binaries.postgres, staging);
    initialise(files, staging, binaries, plan);
    return plan;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function launchOnFreePort(
  options: EmbeddedPostgresOptions,
  files: ClusterFiles,
  binaries: PostgresBinaries,
  plan: LaunchPlan,
): Promise<Launched> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(options, files, binaries, plan, await freePort());
    } catch (thrown) {
      // Another process may take the port before the server binds it.
      if (attempt === PORT_TRIES || !isFleetError(thrown) || thrown.details["is_port_taken"] !== true) throw thrown;
    }
  }
}

async function launch(
  options: EmbeddedPostgresOptions,
  files: ClusterFiles,
  binaries: PostgresBinaries,
  plan: LaunchPlan,
  port: number,
): Promise<Launched> {
  const settings = Object.entries({ ...SERVER_SETTINGS, ...options.settings });
  const flags = settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const process = spawnServer(plan, [binaries.postgres, "-D", files.data, "-p", String(port), ...flags], files.log);
  const pid = await waitUntilReady(options.runtime, files, process, port);
  if (pid === undefined) throw endedAtOnce(files);
  return { process, pid, port };
}

function endedAtOnce(files: ClusterFiles): Error {
  const tail = logTail(files);
  const details = { log_tail: tail, is_port_taken: /could not bind/.test(tail) };
  if (/incompatible with server/.test(tail)) {
    const advice = `Move ${files.directory} away to start with an empty database, or use the version of Shoal that made it.`;
    return startFailed(`its data was made by Postgres ${dataVersion(files)}`, advice, { details });
  }
  return startFailed("the server ended before it was ready", `Its log ${files.log} says why.`, { details });
}

/** Resolves with the pid once the server accepts connections; with undefined if it ends before. */
async function waitUntilReady(
  runtime: Runtime,
  files: ClusterFiles,
  server: ServerProcess,
  port: number,
): Promise<number | undefined> {
  const deadline = runtime.clock.monotonicMs() + READY_LIMIT_MS;
  while (!server.hasExited()) {
    const file = readPostmasterFile(files.data);
    // Until our server overwrites it, the file may be that of a server that was killed.
    if (file?.isReady && file.port === port && isAlive(file.pid)) return file.pid;
    if (runtime.clock.monotonicMs() > deadline) {
      if (file) await stopServer(runtime.clock, file.pid);
      throw startFailed("it was not ready within 60 s", `Its log ${files.log} says what it was doing.`);
    }
    await sleep(runtime.clock, POLL_MS);
  }
  return undefined;
}

async function bootstrap(url: string, runtime: Runtime): Promise<void> {
  const database = createDatabase({ url, runtime, maxConnections: 1 });
  try {
    await database.script(BOOTSTRAP_SQL);
  } finally {
    await database.close();
  }
}
