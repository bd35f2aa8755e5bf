import { describe, expect, it } from "vitest";
import { rowWindow, sorted } from "./windowing.ts";

describe("a window on rows", () => {
  it("draws what is seen and a few around it, and keeps the height of all", () => {
    for (const scrollPx of [0, 1, 31, 32, 5000, 319_000, 320_000, 999_999]) {
      const { first, end, beforePx, afterPx } = rowWindow({ scrollPx, heightPx: 600 }, 10_000, 32);
      expect(beforePx + (end - first) * 32 + afterPx).toBe(320_000);
      expect(end - first).toBeLessThan(50);
      const top = Math.min(Math.floor(scrollPx / 32), 9_999);
      expect(first <= top && top < end).toBe(true);
    }
  });

  it("draws all of a short list, and nothing of none", () => {
    expect(rowWindow({ scrollPx: 0, heightPx: 600 }, 3, 32)).toEqual({ first: 0, end: 3, beforePx: 0, afterPx: 0 });
    expect(rowWindow({ scrollPx: 400, heightPx: 600 }, 0, 32)).toEqual({ first: 0, end: 0, beforePx: 0, afterPx: 0 });
  });
});

describe("sorted rows", () => {
  const rows = [{ n: "b10" }, { n: null }, { n: "B2" }, { n: "a" }];
  it("stand as people expect, those without a value last in both directions", () => {
    expect(sorted(rows, ({ n }) => n, false).map(({ n }) => n)).toEqual(["a", "B2", "b10", null]);
    expect(sorted(rows, ({ n }) => n, true).map(({ n }) => n)).toEqual(["b10", "B2", "a", null]);
  });

  it("keep the order of equals, and compare numbers as numbers", () => {
    const numbers = [
      { v: 10, id: 1 },
      { v: 9, id: 2 },
      { v: 10, id: 3 },
    ];
    expect(sorted(numbers, ({ v }) => v, true).map(({ id }) => id)).toEqual([1, 3, 2]);
  });
});
