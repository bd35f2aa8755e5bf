import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createSystemRuntime, invariant, sleep } from "@shoal/kernel";
import { TETHER, throwawayRoot } from "@shoal/testkit";
import { onTestFinished } from "vitest";
import type { PostgresBinaries } from "../src/postgres/adapters/postgres-binaries.ts";
import { commandLine, isAlive } from "../src/postgres/adapters/process-table.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/postgres/start-embedded-postgres.ts";

/** Makes a directory for one test. Default mode: 0755, as in an ordinary checkout. */
export function temporaryDirectory(mode = 0o755, root = tmpdir()): { path: string } & Disposable {
  const path = mkdtempSync(join(root, "shoal-local-"));
  chmodSync(path, mode);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs `work` with a server on that directory, which is stopped also when `work` fails. */
export async function withServer<T>(
  dataDirectory: string,
  work: (server: EmbeddedPostgres) => T | Promise<T>,
  binaries?: PostgresBinaries,
): Promise<T> {
  const runtime = createSystemRuntime();
  const server = await startEmbeddedPostgres({ dataDirectory, runtime, ...(binaries && { binaries }) });
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

let initialised: Promise<{ path: string } & Disposable> | undefined;

/** Makes a temporary directory with a cluster in it, as a first start leaves it. `initdb` is slow, so it runs once. */
export async function initialisedDirectory(): Promise<{ path: string } & Disposable> {
  const directory = temporaryDirectory(0o755, throwawayRoot());
  await copyInitialised(directory.path);
  return directory;
}

/** Makes the same for a whole project, whose cluster is in the folder `postgres`. */
export async function initialisedProject(): Promise<{ path: string } & Disposable> {
  const directory = temporaryDirectory(0o755, throwawayRoot());
  await copyInitialised(join(directory.path, "postgres"));
  return directory;
}

async function copyInitialised(target: string): Promise<void> {
  initialised ??= initialise();
  const template = await initialised;
  mkdirSync(target, { recursive: true });
  const { status, stderr } = spawnSync("cp", ["-a", `${template.path}/.`, target], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** For `afterAll` of a file that used `initialisedDirectory`. */
export async function removeInitialised(): Promise<void> {
  (await initialised)?.[Symbol.dispose]();
  initialised = undefined;
}

async function initialise(): Promise<{ path: string } & Disposable> {
  const directory = temporaryDirectory(0o755, throwawayRoot());
  await withServer(directory.path, () => {});
  return directory;
}

/** What the daemon reports when it is up, or why it did not start. */
export interface DaemonReport {
  readonly url?: string;
  readonly pid?: number;
  readonly port?: number;
  readonly error_code?: string;
  readonly error_message?: string;
  readonly details?: { readonly pid?: number };
}

export interface Daemon extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly report: DaemonReport;
  /** Resolves with all it printed after the report, once it has ended. */
  readonly ended: Promise<string[]>;
}

/** Runs `postgres-daemon.ts` in a process group of its own, as a terminal does. */
export async function startDaemon(dataDirectory: string): Promise<Daemon> {
  const program = join(import.meta.dirname, "postgres-daemon.ts");
  const child = spawn(process.execPath, ["--preload", TETHER, program, dataDirectory], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  // A test that runs out of time disposes of nothing.
  onTestFinished(() => void child.kill("SIGKILL"));
  invariant(child.stdout, "its standard output is a pipe");
  const lines: string[] = [];
  const first = Promise.withResolvers<string>();
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => {
    lines.push(line);
    first.resolve(line);
  });
  output.on("close", () => first.reject(new Error("the daemon ended without a word")));
  const ended = new Promise<string[]>((resolve) => child.once("close", () => resolve(lines.slice(1))));
  const report: DaemonReport = JSON.parse(await first.promise);
  return {
    child,
    report,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
      if (report.pid !== undefined) await gone(report.pid);
    },
  };
}

/**
 * Kills a server that a test makes an orphan or that ignores signals, when the test ends in any way: it passes, fails, runs
 * out of time, or its process is killed. Does nothing when the server has ended by then.
 */
export function killAtEnd(pid: number): void {
  const script = 'read -r _; kill -KILL "$1"';
  const guard = spawn("sh", ["-c", script, "sh", String(pid)], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  onTestFinished(async () => {
    const ended = once(guard, "close");
    guard.stdin.end();
    await ended;
  });
}

/** Resolves when no process of that id runs any more. */
export async function gone(pid: number): Promise<void> {
  const { clock } = createSystemRuntime();
  while (isAlive(pid) && commandLine(pid).length > 0) await sleep(clock, 10);
}
