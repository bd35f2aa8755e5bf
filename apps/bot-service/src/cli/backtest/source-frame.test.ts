import { expect, it } from "vitest";
import { sourceFrame } from "./source-frame.ts";

const SOURCE = "one\n\tconst price = clos.last;\r\nthree";

it.each([
  [2, 16, ["  2 |  const price = clos.last;", "    |                ^"]],
  [1, 1, ["  1 | one", "    | ^"]],
  [3, 99, ["  3 | three", "    |      ^"]],
  [4, 1, []],
  [0, 1, []],
])("shows line %s with a mark below column %s", (line, column, expected) => {
  expect(sourceFrame(SOURCE, line, column)).toEqual(expected);
});

it("cuts a line that is too wide for a terminal, with its place in it", () => {
  const [line = "", mark = ""] = sourceFrame(`${"x".repeat(5000)}HERE${"y".repeat(5000)}`, 1, 5001);
  expect(line.length).toBeLessThan(130);
  expect(line.slice(mark.indexOf("^"))).toMatch(/^HEREy/);
});

it("shows a line that would control the terminal as text", () => {
  const [line = "", mark = ""] = sourceFrame("a\u001b[2Jb\u202ecX", 1, 9);
  expect(line).toBe("  1 | a\\u{1b}[2Jb\\u{202e}cX");
  expect(line[mark.indexOf("^")]).toBe("X");
});
