import { describe, expect, it, vi } from "vitest";
import { createCommand, duration, helpOf, Option, runCommand, wholeNumber } from "./index.ts";

/** A command line with one subcommand, and what was read from it. */
function makeCommand() {
  const read = vi.fn();
  const list = createCommand("list")
    .description("lists\nthings")
    .argument("[place]")
    .option("--limit <count>", "at most so many", wholeNumber(-5, 10), 7)
    .option("--for <time>", "so long", duration(1))
    .addOption(new Option("--colour <colour>").choices(["red", "blue"]))
    .action((place, { limit, for: forMs, colour }) => read({ place, limit, forMs, colour }));
  const command = createCommand("bun run tool").version("1.2.3", "--version").addCommand(list);
  return {
    read,
    command,
    run: (words: string) =>
      runCommand(
        command,
        words.split(" ").filter((word) => word !== ""),
      ),
  };
}

async function printedBy(run: () => Promise<boolean>): Promise<{ text: string; isRun: boolean }> {
  const stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const isRun = await run();
    return { text: stdout.mock.calls.map(([chunk]) => chunk).join(""), isRun };
  } finally {
    stdout.mockRestore();
  }
}

describe("a command", () => {
  it.each([
    ["list", { limit: 7 }],
    ["list here --limit 10 --for 2m --colour red", { place: "here", limit: 10, forMs: 120_000, colour: "red" }],
    ["list --limit -5 --for=1ms", { limit: -5, forMs: 1 }],
  ])("reads: %s", async (words, expected) => {
    const { run, read } = makeCommand();
    expect(await run(words)).toBe(true);
    expect(read.mock.calls).toEqual([[expected]]);
  });

  it.each([
    [
      "list --limit 11",
      /^option '--limit <count>' argument '11' is invalid. Expected a whole number from -5 to 10; see: /,
    ],
    ["list --limit 1.5", /argument '1.5' is invalid/],
    ["list --limit", /^option '--limit <count>' argument missing; see: /],
    ["list --for 0s", /of 1 ms or more/],
    ["list --for 5", /such as 90s or 10m/],
    ["list --colour green", /Allowed choices are red, blue/],
    ["list --lmit 1", /^unknown option '--lmit' \(Did you mean --limit\?\); see: bun run tool list --help$/],
    ["list here there", /^too many arguments for 'list'. Expected 1 argument but got 2: here, there; see: /],
    ["lst", /^unknown command 'lst' \(Did you mean list\?\); see: bun run tool --help$/],
  ])("refuses, naming what is wrong and how to see the help: %s", async (words, message) => {
    const { run, read } = makeCommand();
    await expect(run(words)).rejects.toMatchObject({ code: "CLI_USAGE", message: expect.stringMatching(message) });
    expect(read).not.toHaveBeenCalled();
  });

  it.each([
    ["", "Usage: bun run tool [options] [command]"],
    ["-h", "Usage: bun run tool [options] [command]"],
    ["list --help", "lists things"],
    ["list here there --help", "Usage: bun run tool list"],
    ["help list", "Usage: bun run tool list"],
    ["--version", "1.2.3"],
  ])("prints to stdout, and runs nothing: %s", async (words, text) => {
    const { run, read } = makeCommand();
    expect(await printedBy(() => run(words))).toEqual({ text: expect.stringContaining(text), isRun: false });
    expect(read).not.toHaveBeenCalled();
  });

  it("fails as its action fails", async () => {
    const failing = createCommand("tool").action(() => Promise.reject(new RangeError("too far")));
    await expect(runCommand(failing, [])).rejects.toThrow(RangeError);
  });

  it("knows the command that prints its help", () => {
    expect(makeCommand().command.commands.map(helpOf)).toEqual(["bun run tool list --help"]);
  });
});
