import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_READ_LENGTH } from "../src/fold.ts";
import { featuresOf, PLACES } from "../src/learned/features.ts";
import { hearDanger } from "../src/learned/hear.ts";
import { LINES_DIGEST } from "../src/learned/weights.ts";
import { digestOf, readLines } from "../training/lines.ts";
import { packed, QUESTIONS, train, worst } from "../training/train.ts";

describe("the weights", () => {
  test("are of the lines that stand beside them: run packages/safety/training/main.ts after a change", () => {
    expect(LINES_DIGEST).toBe(digestOf(readLines()));
  });

  test("come out the same from the same lines, and tell apart what they were trained on", () => {
    const examples = [
      ...["i am so sad", "i am very sad", "so sad today"].map((text) => ({ about: "self" as const, text })),
      ...["i am so glad", "we are very glad", "so glad today"].map((text) => ({ about: "none" as const, text })),
    ].map(({ about, text }) => ({ about, windows: featuresOf(text) }));
    const weights = train(examples, QUESTIONS.danger);
    expect(packed(train(examples, QUESTIONS.danger))).toEqual(packed(weights));
    for (const { about, windows } of examples) {
      expect(worst(windows, weights.places, weights.bias).score > 0).toBe(about === "self");
    }
  });

  test("hear nothing in an empty message", () => {
    for (const text of ["", " ", "...", "😂"]) expect(hearDanger(text), JSON.stringify(text)).toBeNull();
  });
});

describe("the features of a message", () => {
  test("are places of the table, each once in a window, and bounded however it is written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 6_000 }), (text) => {
        const windows = featuresOf(text);
        expect(windows.length).toBeLessThanOrEqual(MAX_READ_LENGTH);
        for (const window of windows) {
          expect(new Set(window).size).toBe(window.length);
          expect(window.every((place) => place >= 0 && place < PLACES)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("are those of each sentence besides those of all together", () => {
    const [all, first, second] = featuresOf("the bus was late. i lost my keys");
    expect(featuresOf("the bus was late")).toEqual([first]);
    expect(featuresOf("i lost my keys")).toEqual([second]);
    expect(all?.length).toBeGreaterThan(Math.max(first?.length ?? 0, second?.length ?? 0));
  });
});
