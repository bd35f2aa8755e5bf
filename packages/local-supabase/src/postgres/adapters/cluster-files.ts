import { randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { startFailed } from "../errors.ts";
import { dataOwner, type LaunchPlan } from "../launch-plan.ts";
import { makeDirectory } from "./make-directory.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import { runToEnd } from "./server-process.ts";

/** The files of one embedded server. */
export interface ClusterFiles {
  readonly directory: string;
  /** What Postgres calls PGDATA. */
  readonly data: string;
  readonly log: string;
  readonly password: string;
}

const MAX_LOG_BYTES = 5 * 1024 * 1024;

/** Names the files below `path` and makes that directory. A log grown past 5 MB is set aside, one generation kept. */
export function clusterFiles(path: string): ClusterFiles {
  const directory = makeDirectory(path);
  const log = join(directory, "postgres.log");
  if (existsSync(log) && statSync(log).size > MAX_LOG_BYTES) renameSync(log, `${log}.1`);
  return { directory, data: join(directory, "data"), log, password: join(directory, "password") };
}

/** The superuser's password, made at first use and readable by us alone. */
export function superuserPassword(file: string): string {
  if (!existsSync(file)) {
    // Whole or not at all: a disk that is full now must not leave an empty password for ever.
    writeFileSync(`${file}.new`, randomBytes(24).toString("hex"), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, "utf8").trim();
}

/** Whether `initdb` has run to its end here. */
export function isInitialised(files: ClusterFiles): boolean {
  return existsSync(join(files.data, "PG_VERSION"));
}

/**
 * Makes the cluster beside its place and moves it there when it is whole, so that a start cut short leaves nothing half
 * made behind.
 *
 * @throws LOCAL_POSTGRES_START_FAILED `initdb` failed
 */
export function initialise(files: ClusterFiles, staging: string, binaries: PostgresBinaries, plan: LaunchPlan): void {
  const passwordFile = join(staging, "password");
  const target = join(staging, "data");
  const owner = dataOwner(plan);
  mkdirSync(target, { mode: 0o700 });
  writeFileSync(passwordFile, superuserPassword(files.password), { mode: 0o600 });
  if (owner) for (const path of [target, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const { ok, output } = runToEnd(plan, [
    binaries.initdb,
    `--pgdata=${target}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    ...binaries.initdbFlags,
  ]);
  if (!ok) {
    const why = output.split("\n").find((line) => /error|fatal/i.test(line)) ?? output.split("\n").at(-1);
    throw startFailed(
      `initdb failed ${why ? `(${why.trim()})` : "without a word"}`,
      `It wrote to ${files.directory}.`,
      {
        details: { output },
      },
    );
  }
  renameSync(target, files.data);
}

const STAGING_PREFIX = "initdb-";

/** An empty directory beside the data, for a cluster in the making; its own, because an orphaned initdb may still write to the last one. */
export function stagingDirectory(files: ClusterFiles): string {
  return mkdtempSync(join(files.directory, STAGING_PREFIX));
}

/** Removes what first starts that were cut short left half made. Only once there is a cluster: before, an orphan may still write. */
export function removeStagings(files: ClusterFiles): void {
  for (const name of readdirSync(files.directory)) {
    if (name.startsWith(STAGING_PREFIX)) rmSync(join(files.directory, name), { recursive: true, force: true });
  }
}

/** Major version of the program that made the data, such as `18`. */
export function dataVersion(files: ClusterFiles): string {
  return readFileSync(join(files.data, "PG_VERSION"), "utf8").trim();
}

/** The end of the server's own log: it says why a start failed. */
export function logTail(files: ClusterFiles): string {
  if (!existsSync(files.log)) return "";
  return readFileSync(files.log, "utf8").trimEnd().split("\n").slice(-5).join("\n");
}
