import type { Rng } from "./rng.ts";

/** Repeatable randomness: one seed (a 32-bit whole number), one sequence. Mulberry32, not for secrets. @source https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function seededRng(seed: number): Rng {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}
