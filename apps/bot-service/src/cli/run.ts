import { createCommand, runCommand } from "@shoal/command-line";
import { errorFields } from "@shoal/kernel";
import { VERSION } from "../version.ts";
import { demoCommand } from "./demo/demo.ts";
import { doctorCommand } from "./doctor/doctor.ts";
import { envCommand } from "./env.ts";
import { exitCodeOf } from "./exit-code.ts";
import { jobsCommand } from "./jobs/jobs.ts";
import { startCommand } from "./start.ts";
import { statusCommand } from "./status/status.ts";

const DESCRIPTION = `shoal ${VERSION}: many server-side participants over a few pooled Realtime sockets

The daemon is configured by environment variables; README.md has the table. Without SUPABASE_URL it uses the embedded
backend: a real Postgres and a Realtime server on this machine, with data in .shoal/.`;

const EXIT_CODES = "\nExit codes: 0 ended as asked, 1 failed, 2 wrong usage or configuration.";

/** Runs one command line and answers with the exit code. */
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
    demoCommand(exit),
    envCommand(),
    statusCommand(),
    jobsCommand(exit),
    doctorCommand(exit),
  ]) {
    shoal.addCommand(command);
  }
  try {
    await runCommand(shoal, args);
    return exitCode;
  } catch (thrown) {
    return complain(thrown);
  }
}

function complain(thrown: unknown): number {
  const { error_code: code, error_message: message } = errorFields(thrown);
  process.stderr.write(`shoal: ${message} (${code})\n`);
  return exitCodeOf(thrown);
}
