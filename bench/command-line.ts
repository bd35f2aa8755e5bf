/** What `bun run bench …` was asked for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "run"; readonly names: readonly string[]; readonly quick: boolean; readonly json: boolean }
  | { readonly kind: "mistake"; readonly message: string };

/** Reads the arguments; `known` are the benchmarks there are. No name means all of them, in that order. */
export function parseCommand(args: readonly string[], known: readonly string[]): Command {
  if (args.includes("--help") || args.includes("-h")) return { kind: "help" };
  const flags = args.filter((argument) => argument.startsWith("-"));
  const names = args.filter((argument) => !argument.startsWith("-"));
  const unknownFlag = flags.find((flag) => flag !== "--quick" && flag !== "--json");
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
  };
}
