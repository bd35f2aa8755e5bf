import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { usedMicros, worstMicros } from "./cost.ts";
import type { Prompt } from "./types.ts";

const promptOf = (...contents: readonly string[]): Prompt => ({
  messages: contents.map((content) => ({ role: "user", content })),
  secrets: [],
});
const PRICES = { input: 0.15, output: 0.6 };

describe("the worst cost of a reply", () => {
  test("counts each byte as a token, what templates add, and the longest answer", () => {
    expect(worstMicros(promptOf("abcd", "é"), 160, { input: 1, output: 2 })).toBe(4 + 2 + 2 * 16 + 64 + 2 * 160);
    expect(worstMicros(promptOf("abcd"), 160, { input: 0, output: 0 })).toBe(0);
  });

  test("is a whole number of micros, rounded up, and not by the hair of a product", () => {
    expect(worstMicros(promptOf("a".repeat(20)), 100, PRICES)).toBe(Math.ceil(100 * 0.15 + 60));
    expect(worstMicros(promptOf("a"), 0, PRICES)).toBe(13);
  });

  test("is never less than what any honest usage costs", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.nat({ max: 160 }), (text, outputTokens) => {
        const worst = worstMicros(promptOf(text), 160, PRICES);
        const inputTokens = 1 + new TextEncoder().encode(text).byteLength;
        expect(usedMicros({ inputTokens, outputTokens: outputTokens + 1 }, PRICES, worst)).toBeLessThanOrEqual(worst);
      }),
    );
  });
});

describe("what a reply cost", () => {
  test("is what the endpoint tells, also where that is more than was reserved", () => {
    expect(usedMicros({ inputTokens: 1000, outputTokens: 100 }, { input: 1, output: 2 }, 5000)).toBe(1200);
    expect(usedMicros({ inputTokens: 1000, outputTokens: 100 }, { input: 1, output: 2 }, 1000)).toBe(1200);
  });

  test("is ten times the worst at most, so that a wrong figure does not use up a month", () => {
    expect(usedMicros({ inputTokens: 1e15, outputTokens: 1 }, PRICES, 500)).toBe(5000);
  });

  test.each([undefined, 0, -5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "7" as unknown as number])(
    "is the worst where the endpoint says %s, which cannot be true",
    (count) => {
      expect(usedMicros({ inputTokens: count, outputTokens: 5 }, PRICES, 500)).toBe(500);
      expect(usedMicros({ inputTokens: 5, outputTokens: count }, PRICES, 500)).toBe(500);
    },
  );
});
