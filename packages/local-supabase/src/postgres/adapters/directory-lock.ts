import { Database } from "bun:sqlite";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { toError } from "@shoal/kernel";
import { dataDirectoryInUse, dataDirectoryUnusable } from "../errors.ts";
import { makePrivateDirectory } from "./private-directory.ts";

/**
 * Makes the directory unless it exists, closes it to other users, and returns its absolute path.
 *
 * @throws LOCAL_DATA_DIR_UNUSABLE it cannot be made or written to
 */
export function makeDirectory(path: string): string {
  const directory = resolve(path);
  try {
    makePrivateDirectory(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw dataDirectoryUnusable(directory, toError(thrown));
  }
  return directory;
}

const OWN_ONLY = 0o600;

/** The right to work on a directory, until `release` or the end of the process. */
export interface DirectoryLock {
  /** Idempotent. */
  release(): void;
}

/**
 * Takes the lock of `directory`. The lock is the kernel's (a POSIX lock on `lock.db`, taken by SQLite): it ends with the
 * process that holds it, however that ends. So no lock is ever stale, no pid or start time has to be judged, and taking
 * over has no race. It also holds between containers that share the directory.
 *
 * @throws LOCAL_DATA_DIR_IN_USE another process, or another part of this one, holds it; `details.pid` names it
 */
export function lockDirectory(directory: string): DirectoryLock {
  const holderFile = join(directory, "lock.pid");
  const path = join(directory, "lock.db");
  // Closed to other users before SQLite opens it: whoever can read it can hold its lock. Never opened here where it exists,
  // because closing any descriptor of a file ends all POSIX locks that this process has on it.
  if (!existsSync(path)) closeSync(openSync(path, "a", OWN_ONLY));
  chmodSync(path, OWN_ONLY);
  const lockFile = new Database(path);
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
  writeFileSync(holderFile, `${process.pid}\n`, { mode: OWN_ONLY });
  return { release: () => lockFile.close() };
}

function readHolder(holderFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(holderFile, "utf8"), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    // The holder has taken the lock and not yet written its pid.
    return undefined;
  }
}
