import { type AnyCommand, Argument, createCommand, Option } from "@shoal/command-line";

export interface Flags {
  readonly quick: boolean;
  readonly json: boolean;
  /** Keeps the line in bench/results/. */
  readonly save: boolean;
}

/** Makes `bun run bench`. Runs all of `known`, in that order, if the command line names none. */
export function createBenchCommand(
  known: readonly string[],
  run: (names: readonly string[], flags: Flags) => void | Promise<void>,
): AnyCommand {
  return createCommand("bun run bench")
    .description("Prints one JSON line on stdout per benchmark, and what people want to read on stderr.")
    .addArgument(new Argument("[names...]", "which; all of them if none is named").choices(known))
    .option("--quick", "a few seconds each: shows that it works, gives no number to quote")
    .option("--json", "nothing but the JSON lines")
    .addOption(
      new Option("--save", "keep each line, with the command and the commit, in bench/results/<name>.json").conflicts(
        "quick",
      ),
    )
    .addHelpText("after", "\nExit code 1 if one failed or missed a target, 2 for a wrong command line.")
    .action((names, { quick = false, json = false, save }) =>
      run(names.length > 0 ? [...new Set(names)] : known, { quick, json, save: save === true }),
    );
}
