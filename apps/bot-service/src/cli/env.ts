import { type Command, createCommand } from "@shoal/command-line";
import { isAlive } from "../backend/adapters/is-alive.ts";
import { readEnvironmentFile, shellLines } from "../backend/environment-file.ts";
import { parseConfig, processEnvironment } from "../config.ts";

const DESCRIPTION = `Prints SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY, DATABASE_URL, SHOAL_URL and SHOAL_API_TOKEN of the
daemon running on SHOAL_DIRECTORY (.shoal) as shell lines, so that any other program can join in:

  eval "$(bun run --silent shoal env)"

Exit code 1 when no daemon is running there.`;

/** Makes `shoal env`. */
export function envCommand(): Command {
  return createCommand("env")
    .summary("print the running daemon's addresses and keys as shell lines")
    .description(DESCRIPTION)
    .action(() => {
      const { config } = parseConfig(processEnvironment());
      process.stdout.write(shellLines(readEnvironmentFile(config.directory, isAlive)));
    });
}
