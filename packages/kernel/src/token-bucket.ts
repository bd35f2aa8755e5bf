import type { EpochMs } from "./clock.ts";

/** A token bucket as a value: `tokens` were there at `atMs`; it refills continuously up to `capacity`. */
export interface TokenBucket {
  readonly capacity: number;
  readonly refillPerSecond: number;
  readonly tokens: number;
  readonly atMs: EpochMs;
}

/** Makes a full bucket. `capacity` is the largest burst, `refillPerSecond` the sustained rate. */
export function tokenBucket(capacity: number, refillPerSecond: number, nowMs: EpochMs): TokenBucket {
  return { capacity, refillPerSecond, tokens: capacity, atMs: nowMs };
}

/**
 * Returns the bucket as of `nowMs`. A clock that was set back refills nothing for the jump and counts on from there: waiting
 * until it catches up would freeze the bucket for as long as the jump was.
 */
export function refill(bucket: TokenBucket, nowMs: EpochMs): TokenBucket {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(bucket.capacity, bucket.tokens + (elapsedMs / 1000) * bucket.refillPerSecond);
  return { ...bucket, tokens, atMs: nowMs };
}

/**
 * Takes `count` tokens, or returns how long to wait and takes none. `waitMs` is Infinity if the bucket can never hold that
 * many.
 */
export function take(
  bucket: TokenBucket,
  nowMs: EpochMs,
  count = 1,
): { taken: true; bucket: TokenBucket } | { taken: false; bucket: TokenBucket; waitMs: number } {
  const fresh = refill(bucket, nowMs);
  if (fresh.tokens >= count) return { taken: true, bucket: { ...fresh, tokens: fresh.tokens - count } };
  if (count > fresh.capacity || fresh.refillPerSecond <= 0) {
    return { taken: false, bucket: fresh, waitMs: Number.POSITIVE_INFINITY };
  }
  const waitMs = Math.ceil(((count - fresh.tokens) / fresh.refillPerSecond) * 1000);
  // The division may round down to a whole millisecond after which the product is a hair short of `count`.
  const isShort = refill(fresh, nowMs + waitMs).tokens < count;
  return { taken: false, bucket: fresh, waitMs: isShort ? waitMs + 1 : waitMs };
}
