import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "./errors.ts";

/**
 * A command that refuses unknown options and stray words with `CLI_USAGE`, and prints its help for `--help`, and where it only
 * has subcommands and none is given. `name` is what is typed: the whole of it for a root, one word for a subcommand.
 */
export function createCommand(name: string): Command {
  const command = new Command(name);
  const { writeOut } = command.configureOutput();
  // Commander writes an error itself before it throws it; whoever catches it writes it here. What is left for stderr is help.
  command.configureOutput({ outputError: () => {}, ...(writeOut && { writeErr: writeOut }) });
  // The source breaks its lines where it likes; help is wrapped to the terminal.
  command.configureHelp({ commandDescription: (shown) => shown.description().replace(/(?<=\S)\n(?=\S)/g, " ") });
  command.helpOption("-h, --help", "print this text");
  return command.exitOverride((error) => {
    if (isHelp(error)) throw error;
    throw new UsageError(
      error.message
        .replace(/^error: /, "")
        .replace(/\.?\n/, " ")
        .replace(/\.$/, ""),
      helpOf(command),
      error,
    );
  });
}

/**
 * Reads `args` and runs the command that they name.
 * @returns false when only help or a version was asked for, which is printed
 * @throws CLI_USAGE naming what is wrong and how to see the help
 */
export async function runCommand(command: CommandUnknownOpts, args: readonly string[]): Promise<boolean> {
  try {
    await command.parseAsync(args, { from: "user" });
    return true;
  } catch (thrown) {
    if (isHelp(thrown)) return false;
    throw thrown;
  }
}

/** The command that prints the help of `command`. */
export function helpOf(command: CommandUnknownOpts): string {
  const names: string[] = [];
  for (let each: CommandUnknownOpts | null = command; each; each = each.parent) names.unshift(each.name());
  return `${names.join(" ")} --help`;
}

const HELP_CODES = new Set(["commander.help", "commander.helpDisplayed", "commander.version"]);

function isHelp(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && HELP_CODES.has(String(thrown.code));
}
