import { describe, expect, test } from "vitest";
import { asBenchmark } from "./benchmark.ts";
import { createBenchCommand } from "./command-line.ts";

const known = ["idle", "matchmaker"];

function read(words: string[]): unknown {
  let asked: unknown;
  createBenchCommand(known, (names, flags) => {
    asked = { names, ...flags };
  }).parse(words, { from: "user" });
  return asked;
}

const wrong = (message: string) =>
  expect.objectContaining({ code: "CLI_USAGE", message: expect.stringContaining(message) });

describe("the arguments of bench", () => {
  test("without a name all benchmarks run, in full and readable", () => {
    expect(read([])).toEqual({ names: known, quick: false, json: false, save: false });
  });

  test("names choose, once each; flags may stand anywhere", () => {
    expect(read(["--quick", "matchmaker", "--json", "matchmaker"])).toEqual({
      names: ["matchmaker"],
      quick: true,
      json: true,
      save: false,
    });
  });

  test("a line is kept when asked for, but not one of a quick run", () => {
    expect(read(["matchmaker", "--save"])).toMatchObject({ save: true });
    expect(() => read(["matchmaker", "--save", "--quick"])).toThrow(
      wrong("'--save' cannot be used with option '--quick'"),
    );
  });

  test("an unknown name is refused and the known ones are named", () => {
    expect(() => read(["matchmaking"])).toThrow(wrong("Allowed choices are idle, matchmaker"));
    expect(() => read(["matchmaking"])).toThrow(wrong("'matchmaking'"));
  });

  test("an unknown option is refused instead of ignored", () => {
    expect(() => read(["--fast"])).toThrow(wrong("unknown option '--fast'; see: bun run bench --help"));
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
