import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** The most that the rule engine may have, with its personas, phrases and tables: all of this package but its tests. */
const MAX_LINES = 2000;
const MAX_LINE_LENGTH = 160;

const names = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
const files = names
  .filter((name) => /\.[a-z]+$/.test(name) && !/\.test(?:-support)?\.ts$/.test(name))
  .map((name) => ({
    name,
    lines: readFileSync(join(import.meta.dirname, name), "utf8")
      .trimEnd()
      .split("\n"),
  }));

test("the rule engine has no more lines than it needs, whatever belongs to it", () => {
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(["reply.ts", "personas.ts", "phrases.ts"]));
  expect(files.flatMap(({ lines }) => lines).length).toBeLessThanOrEqual(MAX_LINES);
});

test("its lines are not made longer instead", () => {
  const long = files.flatMap(({ name, lines }) =>
    lines.filter((line) => line.length > MAX_LINE_LENGTH).map(() => name),
  );
  expect(long).toEqual([]);
});
