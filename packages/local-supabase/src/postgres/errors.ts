import { FleetError } from "@shoal/kernel";

/**
 * What the embedded Postgres reports. Codes: `LOCAL_DATA_DIR_IN_USE`, `LOCAL_DATA_DIR_UNUSABLE`,
 * `LOCAL_POSTGRES_START_FAILED`, `LOCAL_POSTGRES_MISSING`.
 */
export class LocalPostgresError extends FleetError {}

/** For a directory that another live process works on. */
export function dataDirectoryInUse(dataDirectory: string, pid: number | undefined): LocalPostgresError {
  const holder = pid === undefined ? "another process" : `process ${pid}`;
  return new LocalPostgresError(
    "LOCAL_DATA_DIR_IN_USE",
    `${dataDirectory} is in use by ${holder}. Stop that process, or choose another directory for this one.`,
    { details: { dataDirectory, pid } },
  );
}

/** For a directory that cannot be made or written to. */
export function dataDirectoryUnusable(directory: string, cause: Error): LocalPostgresError {
  return new LocalPostgresError(
    "LOCAL_DATA_DIR_UNUSABLE",
    `${directory} cannot be used: ${cause.message}. Choose a directory that this user may make and write to.`,
    { details: { directory }, cause },
  );
}

/** For a server that did not come up; `advice` says what to do about it. */
export function startFailed(what: string, advice: string, options: { details?: object; cause?: unknown } = {}) {
  return new LocalPostgresError(
    "LOCAL_POSTGRES_START_FAILED",
    `The embedded Postgres did not start: ${what}. ${advice}`,
    {
      details: { ...options.details },
      cause: options.cause,
    },
  );
}
