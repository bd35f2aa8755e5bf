import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { FleetError, toError } from "@shoal/kernel";

/** The command line is wrong; exit code 2. `help` is the command that says how it is right. */
export class UsageError extends FleetError {
  constructor(problem: string, help: string, cause?: unknown) {
    super("CLI_USAGE", `${problem}; see: ${help}`, { cause });
  }
}

/** Reads options, refusing unknown ones and stray words. `isHelp` when `--help` or `-h` was given. */
export function readOptions<const T extends ParseArgsOptionsConfig>(command: string, args: string[], options: T) {
  try {
    const { values } = parseArgs({
      args,
      strict: true,
      options: { ...options, help: { type: "boolean", short: "h" } },
    });
    return values;
  } catch (thrown) {
    throw new UsageError(toError(thrown).message, `bun run shoal ${command} --help`, thrown);
  }
}
