import { describe, expect, it } from "vitest";
import { checkRules, defaultMatchRules, windowOf } from "./rules.ts";

const skill = { within: 25, widenPerSecond: 10, max: 325 };

describe("rules of matching", () => {
  it("hold nobody back by default", () => {
    expect(checkRules({})).toEqual({ equal: [], near: {}, avoid: "blocks", slaMs: null });
    expect(checkRules({ equal: ["language"], near: { skill }, slaMs: 30_000 })).toEqual({
      ...defaultMatchRules,
      equal: ["language"],
      near: { skill },
      slaMs: 30_000,
    });
  });

  it.each<readonly [field: string, rules: unknown]>([
    ["match", null],
    ["match", []],
    ["match", { sla_ms: 1_000 }],
    ["equal", { equal: "language" }],
    ["equal", { equal: ["a", "a"] }],
    ["equal", { equal: [""] }],
    ["equal", { equal: ["__proto__"] }],
    ["equal", { equal: ["9"] }],
    ["equal", { equal: ["x".repeat(41)] }],
    ["equal", { equal: [..."abcdefghi"] }],
    ["near", { near: [] }],
    ["near", { near: { a: skill, b: skill, c: skill, d: skill, e: skill } }],
    ["near", { near: JSON.parse('{"__proto__": {"within": 1, "widenPerSecond": 0, "max": 1}}') }],
    ["near.skill", { near: { skill }, equal: ["skill"] }],
    ["near.skill", { near: { skill: 25 } }],
    ["near.skill", { near: { skill: { ...skill, widen_per_second: 1 } } }],
    ["near.skill.within", { near: { skill: { ...skill, within: -1 } } }],
    ["near.skill.widenPerSecond", { near: { skill: { ...skill, widenPerSecond: Number.NaN } } }],
    ["near.skill.max", { near: { skill: { ...skill, max: Infinity } } }],
    ["near.skill.max", { near: { skill: { ...skill, max: 24 } } }],
    ["near.skill.max", { near: { skill: { within: 1, widenPerSecond: 1 } } }],
    ["avoid", { avoid: "people" }],
    ["slaMs", { slaMs: 999 }],
    ["slaMs", { slaMs: 1_000.5 }],
    ["slaMs", { slaMs: 2 ** 31 }],
    ["slaMs", { slaMs: "30s" }],
  ])("refuses by the name %s: %j", (field, rules) => {
    expect(() => checkRules(rules as object)).toThrowError(
      expect.objectContaining({ code: "MATCH_INVALID_RULES", details: expect.objectContaining({ field }) }),
    );
  });

  it.each([
    [0, 25],
    [-5_000, 25],
    [1_500, 40],
    [30_000, 325],
    [1e308, 325],
  ])("widens a window: after %d ms it is %d", (waitedMs, window) => {
    expect(windowOf(skill, waitedMs)).toBe(window);
  });
});
