import { readEnvironmentFile, shellLines } from "../backend/environment-file.ts";
import { parseConfig, processEnvironment } from "../config.ts";
import { isAlive } from "./is-alive.ts";
import { readOptions } from "./usage-error.ts";

const HELP = `Usage: bun run shoal env

Prints SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY, DATABASE_URL, SHOAL_URL and SHOAL_API_TOKEN of the
daemon running on SHOAL_DIRECTORY (.shoal) as shell lines, so that any other program can join in:

  eval "$(bun run --silent shoal env)"

Exit code 1 when no daemon is running there.
`;

/** `shoal env`. */
export async function env(args: string[]): Promise<number> {
  if (readOptions("env", args, {}).help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { config } = parseConfig(processEnvironment());
  process.stdout.write(shellLines(readEnvironmentFile(config.directory, isAlive)));
  return 0;
}
