import { expect, it } from "vitest";
import { readSettings } from "./settings.ts";

it.each([
  ["", {}],
  [" \n", {}],
  ['{"persona": "melody", "max_messages": 3}', { persona: "melody", max_messages: 3 }],
  ['{"a": "12345678901234567890", "b": 0.1, "c": 1e3}', { a: "12345678901234567890", b: 0.1, c: 1000 }],
])("reads %j as settings", (text, settings) => {
  expect(readSettings(text)).toEqual({ kind: "settings", settings });
});

it.each([
  ["{", /not JSON/],
  ["{a: 1}", /not JSON/],
  ["[]", /are an object/],
  ["null", /are an object/],
  ['"text"', /are an object/],
  ['{"a": 12345678901234567890}', /more digits/],
  ['{"a": [0.1000000000000000055511151231257827]}', /more digits/],
])("says what is wrong with %j", (text, why) => {
  expect(readSettings(text)).toEqual({ kind: "wrong", why: expect.stringMatching(why) });
});
