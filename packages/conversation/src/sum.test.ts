import fc from "fast-check";
import { expect, test } from "vitest";
import { sumIn } from "./sum.ts";

test.each([
  ["2+2", "2 + 2 is 4"],
  ["hey, what's 3 x 4?", "3 × 4 is 12"],
  ["How much is 7 times 8", "7 × 8 is 56"],
  ["0.1 + 0.2 = ?", "0.1 + 0.2 is 0.3"],
  ["-3 minus -4?", "-3 - -4 is 1"],
  ["what is 1 / 3", "1 / 3 is about 0.333"],
  ["999999 * 999999", "999999 × 999999 is 999998000001"],
])("%j is worked out", (message, sum) => {
  expect(sumIn(message)).toBe(sum);
});

test.each([
  "24/7",
  "9-5",
  "2026-11-22",
  "2+2+2",
  "1e9 + 1",
  "2 +",
  "+",
  "what is love",
  "1 + 1 process.exit()",
  "1234567 + 1",
])("%j is no sum", (message) => {
  expect(sumIn(message)).toBeNull();
});

test("no message makes anything but a sum or nothing of it", () => {
  const piece = fc.constantFrom("1", "22", ".", " ", "+", "-", "*", "/", "x", "?", "=", "what is ", "plus", "0");
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      (message) => {
        const sum = sumIn(message);
        if (sum !== null) expect(sum).toMatch(/^-?[\d.]+ [-+×/] -?[\d.]+ (?:is (?:about )?-?[\d.]+|has no answer)$/);
      },
    ),
  );
});
