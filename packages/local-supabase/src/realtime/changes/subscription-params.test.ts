import { describe, expect, it } from "vitest";
import { parseSubscriptionParams } from "./subscription-params.ts";

const NOTES = { event: "*", schema: "public", table: "notes" };

function filtersOf(filter: string): unknown {
  const parsed = parseSubscriptionParams({ ...NOTES, filter });
  if (parsed.kind === "refused") return parsed.message;
  return parsed.params.filters.map(({ column, operator, value, isNegated }) => [column, operator, value, isNegated]);
}

describe("subscription parameters", () => {
  it.each([
    ["a=eq.1", [["a", "eq", "1", false]]],
    ["a=eq.1.5", [["a", "eq", "1.5", false]]],
    ["a=not.like.x%", [["a", "like", "x%", true]]],
    [
      "id=in.(1,2,3),b=gt.0",
      [
        ["id", "in", "{1,2,3}", false],
        ["b", "gt", "0", false],
      ],
    ],
    [
      'a=eq."x, (y",b=is.null',
      [
        ["a", "eq", "x, (y", false],
        ["b", "is", "null", false],
      ],
    ],
    ['a=eq."say \\"hi\\""', [["a", "eq", 'say "hi"', false]]],
    ['a=eq."half', [["a", "eq", '"half', false]]],
    ["   ", []],
  ])("read filters: %s", (filter, expected) => {
    expect(filtersOf(filter)).toEqual(expected);
  });

  it.each([
    ["garbage", 'Error parsing `filter` params: ["garbage"]'],
    ["undefined", 'Error parsing `filter` params: ["undefined"]'],
    ["a=1", 'Error parsing `filter` params: ["1"]'],
    ["a=foo.hey", 'Error parsing `filter` params: ["foo", "hey"]'],
    ["a=in.1", "Error parsing `filter` params: `in` filter value must be wrapped by parentheses"],
    ["a=eq.1,", "Error parsing `filter` params: filter must not contain empty segments (check for extra commas)"],
  ])("refuse filters in the server's words: %s", (filter, message) => {
    expect(filtersOf(filter)).toBe(message);
  });

  it.each([
    [{ schema: "s" }, { event: "*", schema: "s", table: "*" }],
    [
      { table: "t", event: "insert" },
      { event: "INSERT", schema: "public", table: "t" },
    ],
    [{ ...NOTES, event: "TRUNCATE" }, { event: "*" }],
    [{ ...NOTES, select: ["a", 7] }, { select: ["a"] }],
    [{ ...NOTES, select: [] }, { select: undefined }],
  ])("fill in what is left out: %j", (entry, expected) => {
    expect(parseSubscriptionParams(entry)).toMatchObject({ kind: "parsed", params: expected });
  });

  it.each([
    [{}, "No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{}"],
    [{ schema: 7 }, 'subscribe to: %{"schema" => 7}'],
    [{ schema: "s", filter: "a=eq.1" }, "No subscription params provided"],
    [{ ...NOTES, select: "a" }, "Error parsing `select` params: expected a list"],
    [{ schema: "s", select: ["a"] }, "Column selection is not supported for wildcard subscriptions."],
  ])("refuse what names no table, or columns of many: %j", (entry, message) => {
    const parsed = parseSubscriptionParams(entry);
    expect(parsed).toMatchObject({ kind: "refused", message: expect.stringContaining(message) });
  });
});
