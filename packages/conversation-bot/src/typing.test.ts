import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_TYPING, typingDelayMs } from "./typing.ts";

test("a typing delay stays between its bounds for any text and seed", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 280 }), fc.integer(), (text, seed) => {
      const delayMs = typingDelayMs(text, DEFAULT_TYPING, seededRng(seed));
      expect(delayMs).toBeGreaterThanOrEqual(DEFAULT_TYPING.minMs);
      expect(delayMs).toBeLessThanOrEqual(DEFAULT_TYPING.maxMs);
    }),
  );
});

test("a longer line takes proportionally longer, and two of one length differ within the variation", () => {
  const typing = { msPerCharacter: 10, minMs: 0, maxMs: 100_000, variation: 0.2 };
  const rng = seededRng(5);
  const delays = Array.from({ length: 500 }, () => typingDelayMs("x".repeat(100), typing, rng));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(800);
  expect(Math.max(...delays)).toBeLessThanOrEqual(1200);
  expect(new Set(delays).size).toBeGreaterThan(50);
  expect(typingDelayMs("x".repeat(200), { ...typing, variation: 0 }, rng)).toBe(2000);
});
