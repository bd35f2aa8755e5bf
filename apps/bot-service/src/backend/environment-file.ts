import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorFields, FleetError } from "@shoal/kernel";
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
  }),
});

const pathIn = (directory: string) => join(directory, "environment.json");

/** Writes the environment of the running daemon for `shoal env`. Only its user can read the file, because it holds keys. */
export async function writeEnvironmentFile(
  directory: string,
  pid: number,
  environment: ServiceEnvironment,
): Promise<void> {
  const path = pathIn(directory);
  await mkdir(directory, { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify({ pid, environment }), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function removeEnvironmentFile(directory: string): Promise<void> {
  await rm(pathIn(directory), { force: true });
}

/**
 * Reads the environment of the daemon that runs on that directory.
 * @throws CLI_NOT_RUNNING no daemon runs there
 * @throws CLI_NOT_YOURS the file belongs to another user
 */
export function readEnvironmentFile(directory: string, isAlive: (pid: number) => boolean): ServiceEnvironment {
  const notRunning = (cause?: unknown) =>
    new FleetError("CLI_NOT_RUNNING", `no daemon is running on ${directory}; start one with: bun start`, { cause });
  let file: z.infer<typeof fileSchema>;
  try {
    file = fileSchema.parse(JSON.parse(readFileSync(pathIn(directory), "utf8")));
  } catch (cause) {
    if (errorFields(cause).error_code !== "EACCES") throw notRunning(cause);
    const message = `the environment file of the daemon on ${directory} can be read by the daemon's own user only: run this as that user`;
    throw new FleetError("CLI_NOT_YOURS", message, { cause });
  }
  if (!isAlive(file.pid)) throw notRunning();
  return file.environment;
}

/** Makes `export NAME='value'` lines for `eval` in a shell. Leaves out names without a value. */
export function shellLines(environment: ServiceEnvironment): string {
  return Object.entries(environment)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");
}
