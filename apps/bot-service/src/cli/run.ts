import { createCommand, runCommand } from "@shoal/command-line";
import { VERSION } from "../version.ts";
import { backtestCommand } from "./backtest/backtest.ts";
import { consoleCommand } from "./console.ts";
import { doctorCommand } from "./doctor/doctor.ts";
import { envCommand } from "./env.ts";
import { runToExitCode } from "./exit-code.ts";
import { jobsCommand } from "./jobs/jobs.ts";
import { personCommand } from "./person.ts";
import { policiesCommand } from "./policies.ts";
import { secretsCommand } from "./secrets/secrets.ts";
import { startCommand } from "./start.ts";
import { statusCommand } from "./status/status.ts";
import { strategiesCommand } from "./strategies/strategies.ts";

const DESCRIPTION = `shoal ${VERSION}: many server-side participants over a few pooled Realtime sockets

The daemon is configured by environment variables; docs/configuration.md has the table. Without SUPABASE_URL it uses the embedded
backend: a real Postgres and a Realtime server on this machine, with data in .shoal/.`;

const EXIT_CODES =
  "\nThe daemon with simulated people and a live view: bun run demo\n\nExit codes: 0 ended as asked, 1 failed, 2 wrong usage or configuration.";

/** Runs one command line and returns the exit code. */
export async function runCli(args: string[]): Promise<number> {
  let exitCode = 0;
  const exit = (code: number) => {
    exitCode = code;
  };
  const shoal = createCommand("bun run shoal")
    .description(DESCRIPTION)
    .version(VERSION, "--version", "print the version")
    .addHelpText("after", EXIT_CODES);
  for (const command of [
    startCommand(exit),
    envCommand(),
    statusCommand(),
    consoleCommand(),
    jobsCommand(exit),
    personCommand(exit),
    policiesCommand(),
    backtestCommand(exit),
    strategiesCommand(exit),
    secretsCommand(exit),
    doctorCommand(exit),
  ]) {
    shoal.addCommand(command);
  }
  return runToExitCode("shoal", async () => {
    await runCommand(shoal, args);
    return exitCode;
  });
}
