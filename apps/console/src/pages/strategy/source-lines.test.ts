import { expect, it } from "vitest";
import { linesOf, offsetOf, shownLine, treacherousLines } from "./source-lines.ts";

it("counts lines as the check does", () => {
  expect(linesOf("a\r\nb\nc\rd\u2028e")).toEqual(["a", "b", "c", "d", "e"]);
});

it("writes out what hides, and knows the lines", () => {
  expect(shownLine("\tif (\u202eevil\u0000)")).toBe("  if (\\u{202e}evil\\u{0})");
  expect(treacherousLines("ok\n\tok\nno \u202e\nok ü 😀")).toEqual([3]);
});

it("finds a place in the text", () => {
  const source = "ab\r\ncde\nf";
  expect([offsetOf(source, 1, 1), offsetOf(source, 2, 3), offsetOf(source, 3, 1), offsetOf(source, 9, 9)]).toEqual([
    0, 6, 8, 9,
  ]);
});
