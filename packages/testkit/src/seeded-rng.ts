import type { Ids, Rng } from "@shoal/kernel";

/** Mulberry32: small, fast, repeatable. @source https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
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

/** UUID-shaped ids that count up from 1, so that a failure reads the same every time. */
export function countedIds(): Ids {
  let count = 0;
  return {
    uuid() {
      count += 1;
      return `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
    },
  };
}
