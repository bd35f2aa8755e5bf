import { isFleetError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { checkSecretName, readSecretValue } from "./secret-value.ts";

const fieldOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (!isFleetError(error, "STRATEGY_SECRET_INVALID")) throw error;
    expect(error.message).not.toContain("hush");
    return error.details["field"];
  }
  return "taken";
};

const PEM = `-----BEGIN PRIVATE KEY-----\r\n${"A".repeat(64)}\n-----END PRIVATE KEY-----\n`;

describe("a secret's value", () => {
  it.each([
    { apiKey: "k", secret: "s" },
    { apiKey: "k", secret: PEM, password: "p" },
    { apiKey: "k".repeat(512), secret: "s".repeat(4096), password: "p".repeat(512) },
  ])("is taken as it is", (value) => {
    expect(readSecretValue(value)).toEqual(value);
  });

  it.each<[string, unknown, string]>([
    ["nothing", null, "value"],
    ["text", "hush", "value"],
    ["a list", ["hush"], "value"],
    ["no key", { secret: "hush" }, "apiKey"],
    ["no secret", { apiKey: "hush" }, "secret"],
    ["a field too many", { apiKey: "k", secret: "hush", hush: 1 }, "value"],
    ["a field of the prototype", JSON.parse('{"apiKey":"k","secret":"hush","__proto__":{}}'), "value"],
    ["a number", { apiKey: 1, secret: "hush" }, "apiKey"],
    ["empty text", { apiKey: "k", secret: "" }, "secret"],
    ["null for the password", { apiKey: "k", secret: "hush", password: null }, "password"],
    ["a line end in a header", { apiKey: "hush\r\nx: y", secret: "s" }, "apiKey"],
    ["the character 0", { apiKey: "k", secret: "hush\0" }, "secret"],
    ["half of a surrogate pair", { apiKey: "k", secret: "s", password: "hush\ud800" }, "password"],
    ["a key too long", { apiKey: "k".repeat(513), secret: "hush" }, "apiKey"],
    ["a secret too long in bytes", { apiKey: "k", secret: "é".repeat(2049) }, "secret"],
  ])("is refused: %s", (_what, value, field) => {
    expect(fieldOf(() => readSecretValue(value))).toBe(field);
  });

  it.each([
    ["a", "taken"],
    ["my binance keys", "taken"],
    ["😀".repeat(2), "taken"],
    ["", "name"],
    [" a", "name"],
    ["x".repeat(129), "name"],
    ["😀".repeat(129), "name"],
    ["a\nb", "name"],
    ["a\0", "name"],
  ])("has a name such as %j or not: %s", (name, outcome) => {
    expect(fieldOf(() => checkSecretName(name))).toBe(outcome);
  });
});
