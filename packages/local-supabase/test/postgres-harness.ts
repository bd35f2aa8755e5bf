import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createSystemRuntime, invariant, sleep } from "@shoal/kernel";
import { TETHER } from "@shoal/testkit";
import { onTestFinished } from "vitest";
import { commandLine, isAlive } from "../src/postgres/adapters/process-table.ts";
import { startEmbeddedPostgres } from "../src/postgres/index.ts";

/** A directory for one test. `mode` 0755 by default: what an ordinary checkout has. */
export function temporaryDirectory(mode = 0o755): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "shoal-local-"));
  chmodSync(path, mode);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

let initialised: Promise<{ path: string } & Disposable> | undefined;

/** Like `temporaryDirectory`, with a cluster in it as a first start leaves it: `initdb` is slow, so it runs once. */
export async function initialisedDirectory(): Promise<{ path: string } & Disposable> {
  const directory = temporaryDirectory();
  await copyInitialised(directory.path);
  return directory;
}

/** The same for a whole project, whose cluster lies in `postgres` below it. */
export async function initialisedProject(): Promise<{ path: string } & Disposable> {
  const directory = temporaryDirectory();
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
  const directory = temporaryDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory: directory.path, runtime: createSystemRuntime() });
  await server.stop();
  return directory;
}

/** What the daemon says when it is up, or why it is not. */
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

/** Runs `postgres-daemon.ts` in a process group of its own, as a terminal would. */
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

/** Resolves when no process of that id runs any more. */
export async function gone(pid: number): Promise<void> {
  const { clock } = createSystemRuntime();
  while (isAlive(pid) && commandLine(pid).length > 0) await sleep(clock, 10);
}
