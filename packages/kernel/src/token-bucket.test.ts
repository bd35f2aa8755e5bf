import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refill, type TokenBucket, take, tokenBucket } from "./token-bucket.ts";

const sizes = fc.record({
  capacity: fc.integer({ min: 1, max: 1000 }),
  refillPerSecond: fc.double({ min: 0.1, max: 1000, noNaN: true }),
});
const steps = fc.array(fc.record({ waitMs: fc.nat(5000), count: fc.integer({ min: 1, max: 20 }) }), { maxLength: 100 });

describe("a token bucket", () => {
  test("starts full and lets the whole capacity go at once, then not one more", () => {
    const emptied = take(tokenBucket(5, 1, 1000), 1000, 5);
    expect(emptied).toMatchObject({ taken: true, bucket: { tokens: 0 } });
    expect(take(emptied.bucket, 1000)).toMatchObject({ taken: false, waitMs: 1000 });
  });

  test("never hands out more than its capacity plus what time has refilled", () => {
    fc.assert(
      fc.property(sizes, steps, ({ capacity, refillPerSecond }, history) => {
        let bucket = tokenBucket(capacity, refillPerSecond, 0);
        let nowMs = 0;
        let taken = 0;
        for (const { waitMs, count } of history) {
          nowMs += waitMs;
          const outcome = take(bucket, nowMs, count);
          bucket = outcome.bucket;
          if (outcome.taken) taken += count;
          expect(bucket.tokens).toBeGreaterThanOrEqual(0);
          expect(bucket.tokens).toBeLessThanOrEqual(capacity);
        }
        expect(taken).toBeLessThanOrEqual(capacity + (nowMs / 1000) * refillPerSecond + 1e-6);
      }),
    );
  });

  test("tells a wait after which the same take succeeds", () => {
    fc.assert(
      fc.property(sizes, steps, fc.integer({ min: 1, max: 1000 }), ({ capacity, refillPerSecond }, history, count) => {
        fc.pre(count <= capacity);
        let bucket: TokenBucket = tokenBucket(capacity, refillPerSecond, 0);
        let nowMs = 0;
        for (const step of history) {
          nowMs += step.waitMs;
          bucket = take(bucket, nowMs, step.count).bucket;
        }
        const refused = take(bucket, nowMs, count);
        if (refused.taken) return;
        expect(take(refused.bucket, nowMs + refused.waitMs, count).taken).toBe(true);
      }),
    );
  });

  test("tells a wait that is long enough where the division rounds down", () => {
    const empty = take(tokenBucket(8, 999.9999999999999, 0), 0, 8).bucket;
    const refused = take(empty, 0, 1);
    expect(refused).toMatchObject({ taken: false, waitMs: 2 });
    expect(take(refused.bucket, 2, 1).taken).toBe(true);
  });

  test("takes nothing on a refusal", () => {
    const half = take(tokenBucket(4, 1, 0), 0, 2).bucket;
    const refused = take(half, 0, 3);
    expect(refused).toMatchObject({ taken: false, bucket: { tokens: 2 } });
    expect(take(refused.bucket, 0, 2).taken).toBe(true);
  });

  test("says that a take above its capacity, or without refill, will never succeed", () => {
    expect(take(tokenBucket(2, 1, 0), 0, 3)).toMatchObject({ taken: false, waitMs: Number.POSITIVE_INFINITY });
    const dry = take(tokenBucket(2, 0, 0), 0, 2).bucket;
    expect(take(dry, 1e9, 1)).toMatchObject({ taken: false, waitMs: Number.POSITIVE_INFINITY });
  });

  test("refills nothing when the clock is set back, and goes on refilling from there", () => {
    const empty = take(tokenBucket(10, 1, 3_600_000), 3_600_000, 10).bucket;
    const setBack = refill(empty, 0);
    expect(setBack.tokens).toBe(0);
    expect(refill(setBack, 2000).tokens).toBeCloseTo(2);
  });

  test("leaves the value it was made from as it was", () => {
    const bucket = Object.freeze(tokenBucket(3, 1, 0));
    take(bucket, 0, 2);
    expect(bucket.tokens).toBe(3);
  });
});
