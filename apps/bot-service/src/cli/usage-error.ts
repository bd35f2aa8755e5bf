import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { errorFields, FleetError } from "@shoal/kernel";

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
    throw new UsageError(argumentProblem(thrown), `bun run shoal ${command} --help`, thrown);
  }
}

/** What `parseArgs` found, in its first sentence: what follows is advice for other cases. */
export function argumentProblem(thrown: unknown): string {
  const { error_code: code, error_message: message } = errorFields(thrown);
  const option = /'(?:-\w, )?(--[\w-]+)/.exec(message)?.[1];
  if (message.includes("is ambiguous") && option !== undefined) {
    return `${option}: a value that begins with a dash is written ${option}=-…`;
  }
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return message.replace(/\. .*$/s, "");
  return message;
}
