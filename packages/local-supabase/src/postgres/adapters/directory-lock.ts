import { Database } from "bun:sqlite";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataDirectoryInUse } from "../errors.ts";

/** The right to work on a directory, until `release` or the end of the process. */
export interface DirectoryLock {
  /** Idempotent. */
  release(): void;
}

/**
 * Takes the lock of `directory`. The lock is the kernel's (a POSIX lock on `lock.db`, by way of SQLite): it ends with the
 * process that holds it however that ends, so there is nothing stale to judge by pid and start time, and no race in
 * taking over. It also holds between containers that share the directory.
 *
 * @throws LOCAL_DATA_DIR_IN_USE another process, or another part of this one, holds it; `details.pid` names it
 */
export function lockDirectory(directory: string): DirectoryLock {
  const holderFile = join(directory, "lock.pid");
  const lockFile = new Database(join(directory, "lock.db"), { create: true });
  try {
    lockFile.run("pragma busy_timeout = 0");
    lockFile.run("begin exclusive");
  } catch (thrown) {
    lockFile.close();
    if (thrown instanceof Error && "code" in thrown && thrown.code === "SQLITE_BUSY") {
      throw dataDirectoryInUse(directory, readHolder(holderFile));
    }
    throw thrown;
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return { release: () => lockFile.close() };
}

function readHolder(holderFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(holderFile, "utf8"), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    // The holder has the lock and has not yet written its name.
    return undefined;
  }
}
