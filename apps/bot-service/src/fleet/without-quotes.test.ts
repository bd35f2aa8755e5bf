import { expect, it } from "vitest";
import { withoutQuotes } from "./without-quotes.ts";

it.each([
  ["LLM 500", ["hello there"], "LLM 500"],
  ["answer to: my secret is tea", ["my secret is tea"], "answer to: [message text]"],
  ['Unexpected token in "my secret is..."', ["so, my secret is tea"], 'Unexpected token in "[message text]..."'],
  ["cannot read 'hi': this fails", ["hi"], "cannot read '[message text]': this fails"],
  ["no model for pässé", ["pässé"], "no model for [message text]"],
  ["", ["hello there"], ""],
  ["one and two", ["one", "two", " "], "[message text] and [message text]"],
  ["x".repeat(600), [], `${"x".repeat(500)}…`],
])("logs %j after %j as %j", (message, texts, logged) => {
  expect(withoutQuotes(message, texts)).toBe(logged);
});
