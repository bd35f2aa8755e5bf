import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDeeperThan, isNestedDeeper, MAX_JSON_LEVELS, parseBoundedJson } from "./json.ts";

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

describe("parseBoundedJson", () => {
  it.each([
    { text: '{"a":[1]}', expected: { kind: "json", value: { a: [1] } } },
    { text: "null", expected: { kind: "json", value: null } },
    { text: nested(MAX_JSON_LEVELS), expected: { kind: "json", value: JSON.parse(nested(MAX_JSON_LEVELS)) } },
    { text: nested(MAX_JSON_LEVELS + 1), expected: { kind: "too-deep" } },
    { text: '{"a":'.repeat(80_000), expected: { kind: "too-deep" } },
    { text: `"${"x".repeat(1_000_000)}"`, expected: { kind: "too-large" } },
    { text: "", expected: { kind: "malformed" } },
    { text: "{a:1}", expected: { kind: "malformed" } },
  ])("reads $expected.kind", ({ text, expected }) => {
    expect(parseBoundedJson(text, 1_000_000)).toEqual(expected);
  });
});

describe("depth", () => {
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

  it("agrees with walking the value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(8), (value, levels) => {
        expect(isNestedDeeper(JSON.stringify(value), levels)).toBe(depthOf(value) > levels);
        expect(isDeeperThan(value, levels)).toBe(depthOf(value) > levels);
      }),
    );
  });

  it("takes no bracket within a text for nesting", () => {
    expect(isNestedDeeper(JSON.stringify({ a: '[[[{{{\\"[', b: ["]"] }), 2)).toBe(false);
  });

  it("reads any depth without recursion", () => {
    expect(isNestedDeeper("[".repeat(1_000_000), 999_999)).toBe(true);
    expect(isNestedDeeper(nested(1_000_000), 1_000_000)).toBe(false);
    expect(isDeeperThan(JSON.parse(nested(80_000)), 64)).toBe(true);
  });
});
