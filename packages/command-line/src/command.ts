import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "./errors.ts";

/**
 * Makes a command that refuses unknown options and stray words with `CLI_USAGE`. It prints its help for `--help`, and if it
 * only has subcommands and none is given. `name` is what people type: all of it for a root, one word for a subcommand.
 */
export function createCommand(name: string): Command {
  const command = new Command(name);
  const { writeOut } = command.configureOutput();
  // Commander writes an error before it throws it; here the catcher writes it, so only help is written to stderr.
  command.configureOutput({ outputError: () => {}, ...(writeOut && { writeErr: writeOut }) });
  // Joins the lines of the source, because help is wrapped to the terminal.
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
 * @returns false if it only printed help or a version
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

/** Returns the command line that prints the help of `command`. */
export function helpOf(command: CommandUnknownOpts): string {
  const names: string[] = [];
  for (let each: CommandUnknownOpts | null = command; each; each = each.parent) names.unshift(each.name());
  return `${names.join(" ")} --help`;
}

const HELP_CODES = new Set(["commander.help", "commander.helpDisplayed", "commander.version"]);

function isHelp(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && HELP_CODES.has(String(thrown.code));
}
