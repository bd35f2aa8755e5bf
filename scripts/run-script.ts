import { type AnyCommand, runCommand, UsageError } from "@shoal/command-line";

/** Reads the arguments of this process and runs `command`. Exit code 2, with a line on stderr, if they are wrong. */
export async function runScript(command: AnyCommand): Promise<void> {
  try {
    await runCommand(command, process.argv.slice(2));
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    process.exitCode = 2;
  }
}
