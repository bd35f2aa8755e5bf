import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createErrorPatterns, patternOf, shownReason } from "./error-patterns.ts";

const at = "2026-01-01T00:00:00.000Z";

describe("patternOf", () => {
  it.each([
    ["join refused", "join refused"],
    ["no answer after 10000 ms", "no answer after <n> ms"],
    ["topic room:3f2504e0-4f89-41d3-9a0c-0305e82c3301 is full", "topic room:<id> is full"],
    ["user u8f3kq0z gone", "user <id> gone"],
    ["ClientJoinRateLimitReached: too many joins", "ClientJoinRateLimitReached: too many joins"],
    ["socket closed with code 1006", "socket closed with code <n>"],
  ])("makes %j into %j", (reason, pattern) => {
    expect(patternOf(reason)).toBe(pattern);
  });
});

describe("shownReason", () => {
  it("is short and holds no secret", () => {
    expect(shownReason(`token=hunter22 ${"x".repeat(500)}`)).toBe(`token=[redacted] ${"x".repeat(183)}…`);
  });
});

describe("createErrorPatterns", () => {
  it("counts alike errors together, by class, most frequent first", () => {
    const errors = createErrorPatterns();
    errors.add({ at, connection: "c", errorClass: "server", reason: "boom" });
    for (const n of [1, 2, 3]) errors.add({ at, connection: `c${n}`, errorClass: "timeout", reason: `after ${n} ms` });
    const report = errors.report();
    expect(report.byClass).toEqual({ server: 1, timeout: 3 });
    expect(report.patterns).toEqual([
      { errorClass: "timeout", pattern: "after <n> ms", count: 3, lastAt: at },
      { errorClass: "server", pattern: "boom", count: 1, lastAt: at },
    ]);
    expect(report.recent.map(({ connection }) => connection)).toEqual(["c3", "c2", "c1", "c"]);
  });

  it("keeps a pattern that keeps coming while others come and go", () => {
    const errors = createErrorPatterns();
    for (let other = 0; other < 500; other += 1) {
      errors.add({ at, connection: "c", errorClass: "server", reason: `reason ${"x".repeat(other % 150)}` });
      errors.add({ at, connection: "c", errorClass: "rate", reason: "too many joins" });
    }
    expect(errors.report().patterns[0]).toMatchObject({ pattern: "too many joins", count: 500 });
  });

  it("stays bounded and loses no count by class, whatever comes", () => {
    const error = fc.record({ errorClass: fc.string(), reason: fc.string() });
    fc.assert(
      fc.property(fc.array(error, { minLength: 100, maxLength: 300 }), (many) => {
        const errors = createErrorPatterns();
        for (const { errorClass, reason } of many) errors.add({ at, connection: "c", errorClass, reason });
        const { byClass, patterns, recent } = errors.report();
        expect(Object.values(byClass).reduce((sum, count) => sum + count, 0)).toBe(many.length);
        expect(Object.keys(byClass).length).toBeLessThanOrEqual(33);
        expect(patterns.length).toBeLessThanOrEqual(64);
        expect(recent).toHaveLength(20);
      }),
    );
  });
});
