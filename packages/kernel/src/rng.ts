import { invariant } from "./invariant.ts";

/** The only source of chance. Real in `system-rng.ts`, seeded in testkit. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
}

/** Uniform real number from `min` up to `max`; `max` itself only where the sum is rounded to it. */
export function uniform(rng: Rng, min: number, max: number): number {
  return min + rng.next() * (max - min);
}

/** Uniform integer in [min, max], both included. */
export function integer(rng: Rng, min: number, max: number): number {
  // Whole before it is added: far from 0 the sum of `min` and a fraction could be rounded up past `max`.
  return min + Math.floor(rng.next() * (max - min + 1));
}

/** One item, each equally likely. `items` must not be empty. */
export function pick<T>(rng: Rng, items: readonly T[]): T {
  invariant(items.length > 0, "pick from an empty list");
  return items[integer(rng, 0, items.length - 1)] as T;
}
