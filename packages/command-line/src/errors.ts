import { FleetError } from "@shoal/kernel";

/** The command line is wrong; exit code 2. `help` is the command that says how it is right. */
export class UsageError extends FleetError {
  constructor(problem: string, help: string, cause?: unknown) {
    super("CLI_USAGE", `${problem}; see: ${help}`, { cause });
  }
}
