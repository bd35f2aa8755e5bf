import { expect, test } from "vitest";
import { findForbiddenText } from "./text-rules.ts";

// Put together at run time, so that this file passes the check it tests.
const forbidden = [
  ["TO", "DO"].join(""),
  ["FIX", "ME"].join(""),
  ["/ho", "me/ada/shoal"].join(""),
  ["/Us", "ers/ada/shoal"].join(""),
  ["/ro", "ot/.config"].join(""),
  ["biome-", "ignore lint: because"].join(""),
  ["@ts-", "ignore"].join(""),
  ["@ts-", "nocheck"].join(""),
  ["test.on", "ly("].join(""),
  ["describe.on", "ly("].join(""),
  `${"<".repeat(7)} HEAD`,
];

test.each(forbidden)("refuses %s and names its line", (text) => {
  const indented = text.startsWith("<") ? text : `  // ${text}`;
  expect(findForbiddenText(`first\n${indented}\nlast`)).toEqual([{ line: 2, rule: expect.any(String) }]);
});

test.each([
  "a todo list in prose",
  "GET /api/home/of/something",
  "https://example.com/work/things",
  "only(",
  "// @ts-expect-error is checked by the compiler itself",
])("leaves %s alone", (text) => {
  expect(findForbiddenText(text)).toEqual([]);
});
