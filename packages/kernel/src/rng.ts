import { invariant } from "./invariant.ts";

/** The only source of chance. Real in `system-rng.ts`, seeded in testkit. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
}

/** Uniform real number in [min, max). */
export function uniform(rng: Rng, min: number, max: number): number {
  return min + rng.next() * (max - min);
}

/** Uniform integer in [min, max], both included. */
export function integer(rng: Rng, min: number, max: number): number {
  return Math.floor(uniform(rng, min, max + 1));
}

/** One item, each equally likely. `items` must not be empty. */
export function pick<T>(rng: Rng, items: readonly T[]): T {
  const item = items[integer(rng, 0, items.length - 1)];
  invariant(items.length > 0, "pick from an empty list");
  return item as T;
}
