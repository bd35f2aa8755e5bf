import type { Rng } from "./rng.ts";

/**
 * A retry schedule as a value. The ceiling of try n (1-based) is `min(maxMs, baseMs * factor^(n-1))`.
 *
 * - `full` jitter: uniform in [0, ceiling). Spreads a herd best.
 *   @source https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * - `proportional` jitter: uniform in ceiling * (1 ± jitterRatio), never above maxMs. Keeps a known floor.
 */
export type Backoff =
  | { readonly jitter: "full"; readonly baseMs: number; readonly maxMs: number; readonly factor: number }
  | {
      readonly jitter: "proportional";
      readonly baseMs: number;
      readonly maxMs: number;
      readonly factor: number;
      /** 0 to 1. */
      readonly jitterRatio: number;
    };

/** Returns the wait in ms after `attempt` failures (1 or more). Always finite, from 0 to maxMs. */
export function backoffDelayMs(backoff: Backoff, attempt: number, rng: Rng): number {
  // The power may overflow to Infinity, which maxMs bounds; 0 * Infinity would be NaN, so a base of 0 is kept apart.
  const grownMs = backoff.baseMs === 0 ? 0 : backoff.baseMs * backoff.factor ** Math.max(0, attempt - 1);
  const ceilingMs = Math.min(backoff.maxMs, grownMs);
  if (backoff.jitter === "full") return rng.next() * ceilingMs;
  const spread = (rng.next() * 2 - 1) * backoff.jitterRatio;
  return Math.min(backoff.maxMs, Math.max(0, ceilingMs * (1 + spread)));
}

/** Makes an exponential schedule with full jitter. */
export function fullJitter(baseMs: number, maxMs: number, factor = 2): Backoff {
  return { jitter: "full", baseMs, maxMs, factor };
}

/** Makes an exponential schedule with proportional jitter, 30 % by default. @source SPEC A, backoff row */
export function proportionalJitter(baseMs: number, maxMs: number, jitterRatio = 0.3, factor = 2): Backoff {
  return { jitter: "proportional", baseMs, maxMs, factor, jitterRatio };
}
