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
import { makeDirectory } from "./directory-lock.ts";
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

/** Makes the directory `path` and names the files in it. Renames a log larger than 5 MB to `.1`, in place of the last one. */
export function clusterFiles(path: string): ClusterFiles {
  const directory = makeDirectory(path);
  const log = join(directory, "postgres.log");
  if (existsSync(log) && statSync(log).size > MAX_LOG_BYTES) renameSync(log, `${log}.1`);
  return { directory, data: join(directory, "data"), log, password: join(directory, "password") };
}

/** Returns the superuser's password, made at first use. Only the user of this process can read its file. */
export function superuserPassword(file: string): string {
  if (!existsSync(file)) {
    // Written beside its place and renamed: a disk that is full now must not leave an empty password for ever.
    writeFileSync(`${file}.new`, randomBytes(24).toString("hex"), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, "utf8").trim();
}

/** Whether `initdb` has finished here. */
export function isInitialised(files: ClusterFiles): boolean {
  return existsSync(join(files.data, "PG_VERSION"));
}

/**
 * Makes the cluster beside its place and moves it there when it is complete, so that a start that is cut short leaves no
 * half-made cluster in that place.
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

/** Makes an empty directory beside the data for a new cluster. Never reuses one: an orphaned initdb may still write to it. */
export function stagingDirectory(files: ClusterFiles): string {
  return mkdtempSync(join(files.directory, STAGING_PREFIX));
}

/** Removes clusters left half made by first starts that were cut short. Only for use once there is a cluster: earlier, an orphan may still write. */
export function removeStagings(files: ClusterFiles): void {
  for (const name of readdirSync(files.directory)) {
    if (name.startsWith(STAGING_PREFIX)) rmSync(join(files.directory, name), { recursive: true, force: true });
  }
}

/** Returns the major version of the Postgres that made the data, such as `18`. */
export function dataVersion(files: ClusterFiles): string {
  return readFileSync(join(files.data, "PG_VERSION"), "utf8").trim();
}

/** Returns the last 5 lines of the server's log, which say why a start failed. */
export function logTail(files: ClusterFiles): string {
  if (!existsSync(files.log)) return "";
  return readFileSync(files.log, "utf8").trimEnd().split("\n").slice(-5).join("\n");
}
