import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOfJsonLevels, endOfJsonString } from "./json-scan.ts";

/** Short texts are walked, long ones jumped over: both, and what mixes them, with all that means something in JSON. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', "\\", "[", "]", "{", "}", "ś", "û", "\u{1d11e}"),
      fc.nat(200).map((length) => "x".repeat(length)),
    ),
  )
  .map((parts) => parts.join(""));
const leaf = fc.oneof(
  text,
  fc.constantFrom(0, true, null),
  fc.nat(100).map((length) => new Array(length).fill(0)),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  ),
}));
const tail = fc.constantFrom("", '"', "]}", ',"x":[{}]', '\\"');

describe("the end of a string", () => {
  it("is its closing quote, whatever stands in it and behind it", () => {
    fc.assert(
      fc.property(text, tail, (string, behind) => {
        const json = JSON.stringify(string);
        expect(endOfJsonString(json + behind, 0)).toBe(json.length - 1);
      }),
    );
  });

  it.each(['"', '"abc', '"abc\\', `"${"x".repeat(500)}`, `"${"x".repeat(500)}\\`])(
    "that never ends lies behind %s",
    (json) => {
      expect(endOfJsonString(json, 0)).toBeGreaterThanOrEqual(json.length);
    },
  );
});

describe("the end of levels", () => {
  it("is the end of an array or object, whatever stands in it and behind it", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), tail, (list, behind) => {
        const json = JSON.stringify(list);
        expect(endOfJsonLevels(`0,${json}${behind}`, 2, 1, Infinity)).toBe(json.length + 1);
      }),
    );
  });

  it("is where the nesting first rises too high", () => {
    const dull = "0,".repeat(300);
    expect(endOfJsonLevels(`[${dull}[${dull}{`, 0, -Infinity, 2)).toBe(2 * dull.length + 2);
    expect(endOfJsonLevels(`[${dull}"[[["]`, 0, -Infinity, 1)).toBe(dull.length + 7);
  });
});
