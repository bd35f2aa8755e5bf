import { expect, it } from "vitest";
import { nameOfStatement, statement } from "./statement.ts";

it.each([
  ["select 1", "select /* story */ 1"],
  ["\nselect 1", "select /* story */ 1"],
  ["(\n  SELECT 1) union all (select 2)", "(\n  SELECT /* story */ 1) union all (select 2)"],
  ["rollback", "rollback /* story */"],
  ["-- of mine\nselect 1", "/* story */ -- of mine\nselect 1"],
])("puts the name into '%s', where it is found again", (text, named) => {
  expect(statement("story", text)).toBe(named);
  expect(nameOfStatement(named)).toBe("story");
});

it.each(["", "select 1", "select /* Ann */ 1", "select 1 /* ann */", "/* Ann */ select 1"])(
  "finds no name in '%s'",
  (text) => {
    expect(nameOfStatement(text)).toBeUndefined();
  },
);

it.each(["", "Job", "1job", "a*/b", "job turn", "a".repeat(64)])("refuses the name '%s'", (name) => {
  expect(() => statement(name, "select 1")).toThrow(/small letters/);
});
