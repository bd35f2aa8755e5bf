import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { type Clock, type Runtime, sleep } from "@shoal/kernel";
import type { ClusterFiles } from "./adapters/cluster-files.ts";
import { commandLine, isAlive, signalProcess } from "./adapters/process-table.ts";
import { readPostmasterFile } from "./adapters/server-process.ts";
import { dataDirectoryInUse } from "./errors.ts";

/**
 * Signals to the postmaster and how long each may take: fast shutdown, immediate shutdown, kill.
 * @source https://www.postgresql.org/docs/current/server-shutdown.html
 */
const STEPS = [
  { signal: "SIGINT", limitMs: 15_000 },
  { signal: "SIGQUIT", limitMs: 5_000 },
  { signal: "SIGKILL", limitMs: 5_000 },
] as const;

const POLL_MS = 10;

/** Shuts a postmaster down and ends its sessions, signal by signal until it is gone. Resolves false if it survives SIGKILL. */
export async function stopServer(clock: Clock, pid: number): Promise<boolean> {
  for (const { signal, limitMs } of STEPS) {
    signalProcess(pid, signal);
    if (await waitUntilGone(clock, pid, limitMs)) return true;
  }
  return false;
}

async function waitUntilGone(clock: Clock, pid: number, limitMs: number): Promise<boolean> {
  const deadline = clock.monotonicMs() + limitMs;
  while (isRunning(pid)) {
    if (clock.monotonicMs() >= deadline) return false;
    await sleep(clock, POLL_MS);
  }
  return true;
}

/** A zombie counts as gone: it has no command line and holds nothing, and its parent may never reap it. */
function isRunning(pid: number): boolean {
  return isAlive(pid) && commandLine(pid).length > 0;
}

/** What a `postmaster.pid` found at the start means. */
export type Leftover = "none" | "our-server" | "other-server" | "reused-pid";

/** Judges the process that a `postmaster.pid` names. `args` is empty when it is gone. Pure. */
export function judgeLeftover(isProcessAlive: boolean, args: readonly string[], dataDirectory: string): Leftover {
  if (!isProcessAlive || args.length === 0) return "none";
  if (!/^postgres(\.exe)?$/.test(basename(args[0] ?? ""))) return "reused-pid";
  return args.includes(dataDirectory) ? "our-server" : "other-server";
}

/**
 * Stops the server that a killed process may have left on this directory. Must be called under the directory's lock: then
 * the process that started it is gone.
 *
 * @throws LOCAL_DATA_DIR_IN_USE a Postgres that is not known to be ours runs on it
 */
export async function stopLeftover(runtime: Runtime, files: ClusterFiles): Promise<void> {
  const file = readPostmasterFile(files.data);
  if (!file) return;
  switch (judgeLeftover(isAlive(file.pid), commandLine(file.pid), files.data)) {
    case "none":
      return;
    case "reused-pid":
      // After a reboot any process may have this pid, and Postgres refuses to start while one has.
      rmSync(join(files.data, "postmaster.pid"), { force: true });
      return;
    case "other-server":
      throw dataDirectoryInUse(files.directory, file.pid);
    case "our-server":
      runtime.log.warn({ pid: file.pid }, "stopping an embedded postgres that a killed process left running");
      if (!(await stopServer(runtime.clock, file.pid))) throw dataDirectoryInUse(files.directory, file.pid);
  }
}
