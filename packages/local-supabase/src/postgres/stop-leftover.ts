import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Runtime } from "@shoal/kernel";
import type { ClusterFiles } from "./adapters/cluster-files.ts";
import { commandLine, isAlive } from "./adapters/process-table.ts";
import { readPostmasterFile } from "./adapters/server-process.ts";
import { dataDirectoryInUse } from "./errors.ts";
import { stopServer } from "./stop-server.ts";

/** What a `postmaster.pid` found at the start means. */
export type Leftover = "none" | "our-server" | "other-server" | "reused-pid";

/** Pure: judges the process that a `postmaster.pid` names. `args` is empty when it is gone. */
export function judgeLeftover(isProcessAlive: boolean, args: readonly string[], dataDirectory: string): Leftover {
  if (!isProcessAlive || args.length === 0) return "none";
  if (!/^postgres(\.exe)?$/.test(basename(args[0] ?? ""))) return "reused-pid";
  return args.includes(dataDirectory) ? "our-server" : "other-server";
}

/**
 * Stops the server that a killed process may have left on this directory. Called under the directory's lock, so whoever
 * started it is gone.
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
      // After a reboot the number may belong to anything, and Postgres would refuse to start because it is alive.
      rmSync(join(files.data, "postmaster.pid"), { force: true });
      return;
    case "other-server":
      throw dataDirectoryInUse(files.directory, file.pid);
    case "our-server":
      runtime.log.warn({ pid: file.pid }, "stopping the embedded postgres that a killed process left behind");
      if (!(await stopServer(runtime.clock, file.pid))) throw dataDirectoryInUse(files.directory, file.pid);
  }
}
