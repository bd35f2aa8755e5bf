import { expect, it } from "vitest";
import { nameOfStatement, statement } from "./statement.ts";

it("puts the name before the text, where it is found again", () => {
  const text = statement("job_complete_and_claim", "\n  select 1");
  expect(text).toBe("/* job_complete_and_claim */ select 1");
  expect(nameOfStatement(text)).toBe("job_complete_and_claim");
});

it.each(["", "select 1", "/* Ann */ select 1", "select 1 /* ann */", "/* ann */"])("finds no name in '%s'", (text) => {
  expect(nameOfStatement(text)).toBeUndefined();
});

it.each(["", "Job", "1job", "a*/b", "job turn", "a".repeat(64)])("refuses the name '%s'", (name) => {
  expect(() => statement(name, "select 1")).toThrow(/small letters/);
});
