import type { ConfigRow } from "@shoal/bot-service/bodies";
import { expect, it } from "vitest";
import { envLines, fits, plainWords } from "./env-lines.ts";

const row = (variable: string, value: string | null, is_secret = false): ConfigRow => ({
  ...{ variable, value, is_secret, default: "", source: "environment", is_changed: true, expected: "a text" },
  description: `What ${variable} does.`,
});

it("writes variables so that a shell and an env file read the same, and no secret", () => {
  const lines = envLines([
    row("PORT", "8080"),
    row("URL", "http://127.0.0.1:5432/x?y=1"),
    row("WORDS", "two words; $HOME `id`"),
    row("QUOTE", "it's"),
    row("EMPTY", ""),
    row("TOKEN", "[secret]", true),
    row("UNSET", null),
    row("UNSET_SECRET", null, true),
  ]);
  expect(lines.split("\n")).toEqual([
    "PORT=8080",
    "URL='http://127.0.0.1:5432/x?y=1'",
    "WORDS='two words; $HOME `id`'",
    String.raw`QUOTE='it'\''s'`,
    "EMPTY=",
    "# TOKEN is set, and is a secret",
    "",
  ]);
});

it.each([
  ["", true],
  ["http_port", true],
  ["8080", true],
  ["does port", true],
  ["socket", false],
])("finds a variable by '%s': %s", (search, expected) => {
  expect(fits(row("HTTP_PORT", "8080"), search)).toBe(expected);
});

it("takes links and marks of code out of a description, and nothing else", () => {
  expect(plainWords("Key of `x` ([how](security.md#keys)); 1 < 2 [sic]")).toBe("Key of x (how); 1 < 2 [sic]");
});
