import { rmSync } from "node:fs";
import { isFleetError, type Runtime, sleep, toError } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { chooseLaunchPlan } from "./adapters/choose-launch-plan.ts";
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
import type { LaunchPlan } from "./launch-plan.ts";
import { SERVER_SETTINGS, settingFlags } from "./server-settings.ts";
import { stopLeftover } from "./stop-leftover.ts";
import { stopServer } from "./stop-server.ts";
import { type Launched, supervise } from "./supervise.ts";

/** Where and how to run the server. */
export interface EmbeddedPostgresOptions {
  /** Everything of the server lives below it; made if missing. One process at a time. */
  readonly dataDirectory: string;
  readonly runtime: Runtime;
  /** Another installation than the npm package's. */
  readonly binaries?: PostgresBinaries;
  /** Server settings that win over ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server. */
export interface EmbeddedPostgres {
  /** With the superuser's password: a secret. */
  readonly url: string;
  readonly port: number;
  /** Of the postmaster; another one after it had to be started again. */
  readonly pid: number;
  /** Shuts the server down, ending its sessions, and gives the directory free. Idempotent. */
  stop(): Promise<void>;
}

const PORT_TRIES = 5;
const READY_LIMIT_MS = 60_000;
const POLL_MS = 10;

/**
 * Starts a real Postgres on a free loopback port, with the roles and the publication of a Supabase project. Works as an
 * ordinary user and as root. The server ends with this process, however that ends; if it ends before, it is started again
 * on the same port.
 *
 * @throws LOCAL_DATA_DIR_IN_USE another process works on the directory; `details.pid` names it
 * @throws LOCAL_DATA_DIR_UNUSABLE the directory cannot be made or written to
 * @throws LOCAL_POSTGRES_MISSING no binaries for this platform
 * @throws LOCAL_POSTGRES_START_FAILED it did not come up; the message says what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const files = clusterFiles(options.dataDirectory);
  const lock = lockDirectory(files.directory);
  try {
    return await startLocked(options, files, lock);
  } catch (thrown) {
    lock.release();
    if (isFleetError(thrown)) throw thrown;
    // A full disk, a file of another user's: what the system says is what there is to know.
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
  runtime.log.info({ port: first.port, pid: first.pid }, "embedded postgres ready");
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
      // Somebody else took the port in between.
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
  const flags = settingFlags({ ...SERVER_SETTINGS, ...options.settings });
  const process = spawnServer(plan, [binaries.postgres, "-D", files.data, "-p", String(port), ...flags], files.log);
  const pid = await waitUntilReady(options.runtime, files, process, port);
  if (pid === undefined) throw endedAtOnce(files);
  return { process, pid, port };
}

function endedAtOnce(files: ClusterFiles): Error {
  const tail = logTail(files);
  const details = { log_tail: tail, is_port_taken: /could not bind/.test(tail) };
  if (/incompatible with server/.test(tail)) {
    const advice = `Move ${files.directory} away to begin anew, or use the version of Shoal that made it.`;
    return startFailed(`its data were made by Postgres ${dataVersion(files)}`, advice, { details });
  }
  return startFailed("the server ended again at once", `Its log ${files.log} says why.`, { details });
}

/** The pid once it accepts connections; undefined if it ends before. */
async function waitUntilReady(
  runtime: Runtime,
  files: ClusterFiles,
  server: ServerProcess,
  port: number,
): Promise<number | undefined> {
  const deadline = runtime.clock.monotonicMs() + READY_LIMIT_MS;
  while (!server.hasExited()) {
    const file = readPostmasterFile(files.data);
    // The file of a server that was killed lies there until ours has overwritten it.
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
