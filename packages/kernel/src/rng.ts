import { invariant } from "./invariant.ts";

/** The only source of randomness. Real in `system-rng.ts`, seeded in testkit. */
export interface Rng {
  /** Returns a number uniform in [0, 1). */
  next(): number;
}

/** Returns a uniform real number from `min` up to `max`; `max` itself only if the sum is rounded to it. */
export function uniform(rng: Rng, min: number, max: number): number {
  return min + rng.next() * (max - min);
}

/** Returns a uniform integer in [min, max], both included. */
export function integer(rng: Rng, min: number, max: number): number {
  // Rounded down before it is added: far from 0 the sum of `min` and a fraction could be rounded up past `max`.
  return min + Math.floor(rng.next() * (max - min + 1));
}

/** Returns one item, each equally likely. `items` must not be empty. */
export function pick<T>(rng: Rng, items: readonly T[]): T {
  invariant(items.length > 0, "pick from an empty list");
  return items[integer(rng, 0, items.length - 1)] as T;
}
