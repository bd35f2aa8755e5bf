import { describe, expect, test } from "vitest";
import { asBenchmark } from "./benchmark.ts";
import { parseCommand } from "./command-line.ts";

const known = ["idle-memory", "matchmaker"];

describe("the arguments of bench", () => {
  test("without a name all benchmarks run, in full and readable", () => {
    expect(parseCommand([], known)).toEqual({ kind: "run", names: known, quick: false, json: false, save: false });
  });

  test("names choose, once each; flags may stand anywhere", () => {
    expect(parseCommand(["--quick", "matchmaker", "--json", "matchmaker"], known)).toEqual({
      kind: "run",
      names: ["matchmaker"],
      quick: true,
      json: true,
      save: false,
    });
  });

  test("a line is kept when asked for, but not one of a quick run", () => {
    expect(parseCommand(["matchmaker", "--save"], known)).toMatchObject({ kind: "run", save: true });
    expect(parseCommand(["matchmaker", "--save", "--quick"], known)).toMatchObject({ kind: "mistake" });
  });

  test("an unknown name is refused and the known ones are named", () => {
    expect(parseCommand(["matchmaking"], known)).toEqual({
      kind: "mistake",
      message: "no benchmark is called matchmaking; there are: idle-memory, matchmaker",
    });
  });

  test("an unknown option is refused instead of ignored", () => {
    expect(parseCommand(["--fast"], known)).toEqual({ kind: "mistake", message: "unknown option --fast" });
  });

  test("help wins over everything", () => {
    expect(parseCommand(["nonsense", "--help"], known)).toEqual({ kind: "help" });
  });
});

describe("a benchmark file", () => {
  const run = async () => ({});

  test("is taken when it exports a name like its own, a summary and a run", () => {
    expect(asBenchmark("matchmaker.bench.ts", { name: "matchmaker", summary: "pairs", run })).toMatchObject({
      name: "matchmaker",
    });
  });

  test.each([
    ["no default export", undefined],
    ["another name", { name: "other", summary: "pairs", run }],
    ["no summary", { name: "matchmaker", run }],
    ["no run", { name: "matchmaker", summary: "pairs" }],
  ])("is refused with %s", (_, exported) => {
    expect(() => asBenchmark("matchmaker.bench.ts", exported)).toThrow(
      'matchmaker.bench.ts must export { name: "matchmaker"',
    );
  });
});
