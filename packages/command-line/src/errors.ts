import { FleetError } from "@shoal/kernel";

/** The command line is wrong; exit code 2. `help` is the command line that prints the right usage. */
export class UsageError extends FleetError {
  constructor(problem: string, help: string, cause?: unknown) {
    super("CLI_USAGE", `${problem}; see: ${help}`, { cause });
  }
}
