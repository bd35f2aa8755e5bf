import { describe, expect, it } from "vitest";
import { checkPolicy, defaultMatchPolicy } from "./policy.ts";

describe("match policy", () => {
  it("defaults to a bot after 4 s, 8 s to confirm and three chances", () => {
    expect(checkPolicy({})).toEqual({ botAfterMs: 4_000, confirmMs: 8_000, maxUnconfirmed: 3 });
    expect(checkPolicy({ botAfterMs: 0 })).toEqual({ ...defaultMatchPolicy, botAfterMs: 0 });
  });

  it.each([
    ["botAfterMs", -1],
    ["botAfterMs", Number.NaN],
    ["botAfterMs", 2 ** 31],
    ["confirmMs", 0],
    ["confirmMs", 1.5],
    ["maxUnconfirmed", 0],
  ])("refuses %s of %d by name", (field, value) => {
    expect(() => checkPolicy({ [field]: value })).toThrowError(
      expect.objectContaining({ code: "MATCH_INVALID_POLICY", details: { field, received: value } }),
    );
  });
});
