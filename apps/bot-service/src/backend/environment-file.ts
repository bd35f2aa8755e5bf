import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorFields, FleetError } from "@shoal/kernel";
import { makePrivateDirectory } from "@shoal/local-supabase/directory";
import { z } from "zod";
import type { ServiceEnvironment } from "../service.types.ts";

const fileSchema = z.object({
  pid: z.number().int().positive(),
  environment: z.object({
    SUPABASE_URL: z.string(),
    SUPABASE_ANON_KEY: z.string().nullable(),
    SUPABASE_SERVICE_ROLE_KEY: z.string(),
    DATABASE_URL: z.string(),
    SHOAL_URL: z.string(),
    SHOAL_API_TOKEN: z.string(),
    SHOAL_EMBEDDED_BACKEND: z.string().optional(),
  }),
});

const OWN_NAME = "environment.json";
/** Of a further daemon on the same directory. */
const FURTHER_NAME = /^environment-\d+\.json$/;

/** The file of one daemon. */
export interface EnvironmentFile {
  /** Removes it, unless it is another daemon's by now. Idempotent. */
  remove(): Promise<void>;
}

/**
 * Writes the environment of the running daemon for `shoal env`. Only its user can read the file, because it holds keys. Where
 * another living daemon has its file in that directory, this one gets one of its own beside it.
 */
export async function writeEnvironmentFile(
  directory: string,
  pid: number,
  environment: ServiceEnvironment,
  isAlive: (pid: number) => boolean,
): Promise<EnvironmentFile> {
  makePrivateDirectory(directory);
  const files = environmentFiles(directory);
  const abandoned = files.filter((file) => file.pid === pid || !isAlive(file.pid));
  for (const { path } of abandoned) await rm(path, { force: true });
  const isTaken = files.some((file) => file.path === join(directory, OWN_NAME) && !abandoned.includes(file));
  const path = join(directory, isTaken ? `environment-${pid}.json` : OWN_NAME);
  const text = JSON.stringify({ pid, environment });
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return {
    async remove() {
      const found = await readFile(path, "utf8").catch(() => "");
      if (found === text) await rm(path, { force: true });
    },
  };
}

interface FoundFile extends z.infer<typeof fileSchema> {
  readonly path: string;
}

/** Returns the readable files of daemons on that directory, the one of the first daemon first. */
function environmentFiles(directory: string): FoundFile[] {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => FURTHER_NAME.test(name)) : [];
  return [OWN_NAME, ...names].flatMap((name) => {
    const path = join(directory, name);
    try {
      return [{ path, ...fileSchema.parse(JSON.parse(readFileSync(path, "utf8"))) }];
    } catch (thrown) {
      if (errorFields(thrown).error_code !== "EACCES") return [];
      const message = `the environment file of the daemon on ${directory} can be read by the daemon's own user only: run this as that user`;
      throw new FleetError("CLI_NOT_YOURS", message, { cause: thrown });
    }
  });
}

/**
 * Reads the environment of a daemon that runs on that directory.
 * @throws CLI_NOT_RUNNING no daemon runs there
 * @throws CLI_NOT_YOURS the file belongs to another user
 */
export function readEnvironmentFile(directory: string, isAlive: (pid: number) => boolean): ServiceEnvironment {
  const running = environmentFiles(directory).find(({ pid }) => isAlive(pid));
  if (running) return running.environment;
  throw new FleetError("CLI_NOT_RUNNING", `no daemon is running on ${directory}; start one with: bun start`);
}

/** Makes `export NAME='value'` lines for `eval` in a shell. Leaves out names without a value. */
export function shellLines(environment: ServiceEnvironment): string {
  return Object.entries(environment)
    .filter((entry): entry is [string, string] => typeof entry[1] === "string")
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");
}
