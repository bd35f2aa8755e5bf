import { errorFields } from "@shoal/kernel";
import { VERSION } from "../version.ts";
import { demo } from "./demo/demo.ts";
import { doctor } from "./doctor/doctor.ts";
import { env } from "./env.ts";
import { exitCodeOf } from "./exit-code.ts";
import { jobs } from "./jobs/jobs.ts";
import { start } from "./start.ts";
import { status } from "./status/status.ts";
import { UsageError } from "./usage-error.ts";

const HELP = `shoal ${VERSION}: many server-side participants over a few pooled Realtime sockets

Usage: bun run shoal <command> [options]

Commands
  start   run the daemon (also: bun start)
  demo    run the daemon with simulated people and a live view (also: bun run demo)
  env     print the running daemon's addresses and keys as shell lines:
          eval "$(bun run --silent shoal env)"
  status  the live table of the running daemon: budgets, breaker, channels, bots, people, matches, jobs, errors
  jobs    list, show, retry, cancel, redrive and add jobs, do one pass, and see what was done to them
  doctor  examine keys, network, limits, Realtime and database of the project, with what to do
  help    this text

  --version, --help, and <command> --help

The daemon is configured by environment variables; README.md has the table. Without SUPABASE_URL it uses the embedded
backend: a real Postgres and a Realtime server on this machine, with data in .shoal/.

Exit codes: 0 ended as asked, 1 failed, 2 wrong usage or configuration.
`;

const commands: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  start,
  demo,
  env,
  status,
  jobs,
  doctor,
};

/** Runs one command line and answers with the exit code. */
export async function runCli(args: string[]): Promise<number> {
  const [name = "help", ...rest] = args;
  if (name === "--version" || name === "version") {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(HELP);
    return 0;
  }
  const command = commands[name];
  try {
    if (!command) throw new UsageError(`there is no command ${name}`, "bun run shoal help");
    return await command(rest);
  } catch (thrown) {
    return complain(thrown);
  }
}

function complain(thrown: unknown): number {
  const { error_code: code, error_message: message } = errorFields(thrown);
  process.stderr.write(`shoal: ${message} (${code})\n`);
  return exitCodeOf(thrown);
}
