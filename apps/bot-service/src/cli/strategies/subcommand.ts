import { createCommand } from "@shoal/command-line";

/** Makes a subcommand with `--json`; `help` is printed below its options: examples, exit codes. */
export function subcommand(name: string, description: string, help: string) {
  return createCommand(name).description(description).option("--json", "one line of JSON").addHelpText("after", help);
}
