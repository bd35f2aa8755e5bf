import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSampleRing, percentile, summarize } from "./samples.ts";

describe("createSampleRing", () => {
  it("keeps exactly the last samples", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (samples, capacity) => {
        const ring = createSampleRing(capacity);
        for (const sample of samples) ring.add(sample);
        expect([...ring.values()].sort()).toEqual(samples.slice(-capacity).sort());
      }),
    );
  });

  it("ignores what is not a number", () => {
    const ring = createSampleRing(4);
    for (const sample of [1, Number.NaN, Number.POSITIVE_INFINITY, 2]) ring.add(sample);
    expect([...ring.values()]).toEqual([1, 2]);
  });
});

describe("summarize", () => {
  it("is all zero without samples", () => {
    expect(summarize(new Float64Array())).toEqual({ count: 0, mean: 0, p50: 0, p95: 0, p99: 0 });
  });

  it("takes percentiles by nearest rank over all parts together", () => {
    const samples = Array.from({ length: 200 }, (_, index) => index + 1);
    const parts = [Float64Array.from(samples.slice(0, 50)), Float64Array.from(samples.slice(50))];
    expect(summarize(...parts)).toEqual({ count: 200, mean: 100.5, p50: 100, p95: 190, p99: 198 });
  });

  it("orders its percentiles, and each is a sample", () => {
    const some = fc.array(
      fc.integer({ min: 0, max: 1e8 }).map((hundredths) => hundredths / 100),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(some, (samples) => {
        const { p50, p95, p99, mean } = summarize(Float64Array.from(samples));
        expect(samples).toEqual(expect.arrayContaining([p50, p95, p99]));
        expect(p50 <= p95 && p95 <= p99).toBe(true);
        expect(mean).toBeLessThanOrEqual(Math.max(...samples));
        expect(mean).toBeGreaterThanOrEqual(Math.min(...samples));
      }),
    );
  });
});

describe("percentile", () => {
  it.each([
    { sorted: [], ratio: 0.5, expected: Number.NaN },
    { sorted: [7], ratio: 0, expected: 7 },
    { sorted: [7], ratio: 1, expected: 7 },
    { sorted: [1, 2], ratio: 0.5, expected: 1 },
    { sorted: [1, 2], ratio: 0.51, expected: 2 },
    { sorted: [1, 2, 3, 4], ratio: 0.99, expected: 4 },
  ])("of $sorted at $ratio is $expected", ({ sorted, ratio, expected }) => {
    expect(percentile(sorted, ratio)).toBe(expected);
  });
});
