export interface Flags {
  readonly quick: boolean;
  readonly json: boolean;
  /** Keep the line in bench/results/. */
  readonly save: boolean;
}

/** What `bun run bench …` was asked for. */
export type Command =
  | { readonly kind: "help" }
  | ({ readonly kind: "run"; readonly names: readonly string[] } & Flags)
  | { readonly kind: "mistake"; readonly message: string };

const FLAGS = ["--quick", "--json", "--save"];

/** Reads the arguments; `known` are the benchmarks there are. No name means all of them, in that order. */
export function parseCommand(args: readonly string[], known: readonly string[]): Command {
  if (args.includes("--help") || args.includes("-h")) return { kind: "help" };
  const flags = args.filter((argument) => argument.startsWith("-"));
  const names = args.filter((argument) => !argument.startsWith("-"));
  const unknownFlag = flags.find((flag) => !FLAGS.includes(flag));
  if (flags.includes("--save") && flags.includes("--quick")) {
    return { kind: "mistake", message: "--quick gives no number to keep: leave --save away" };
  }
  if (unknownFlag) return { kind: "mistake", message: `unknown option ${unknownFlag}` };
  const unknownName = names.find((name) => !known.includes(name));
  if (unknownName !== undefined) {
    return {
      kind: "mistake",
      message: `no benchmark is called ${unknownName}; there are: ${known.join(", ") || "none"}`,
    };
  }
  return {
    kind: "run",
    names: names.length > 0 ? [...new Set(names)] : known,
    quick: flags.includes("--quick"),
    json: flags.includes("--json"),
    save: flags.includes("--save"),
  };
}
