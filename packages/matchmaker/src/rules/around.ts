import { distanceOf, type Line } from "./line.ts";
import type { LineOrder } from "./line-order.ts";

/** Writes those near enough to a ticket into `found`, itself aside. Looks at about `limit` at most. Returns their number. */
export type Around = (ticket: number, found: Uint32Array, limit: number) => number;

/**
 * Looks at all between the two ends of a ticket's window, in the order of the one number that must be close, then at those without a number: no tree
 * knows a shorter way, because almost all it comes by are near enough. Begins with some far apart, whose partners lead farthest.
 */
export function aroundInOrder({ near, buckets }: Line, { places, starts }: LineOrder): Around {
  const values = near[0]?.values ?? new Float64Array(places.length).fill(Number.NaN);
  const windows = near[0]?.windows ?? new Float64Array(places.length);
  return (ticket, found, limit) => {
    const start = starts[buckets[ticket] as number] as number;
    const end = starts[(buckets[ticket] as number) + 1] as number;
    const valueAt = (at: number) => values[places[at] as number] as number;
    const middle = firstAt(start, end, (at) => Number.isNaN(valueAt(at)));
    const value = values[ticket] as number;
    const window = windows[ticket] as number;
    const from = Number.isNaN(value) ? start : firstAt(start, middle, (at) => value - valueAt(at) <= window);
    const to = Number.isNaN(value) ? end : firstAt(from, middle, (at) => valueAt(at) - value > window);
    let looks = 0;
    let count = 0;
    const look = (at: number) => {
      const other = places[at] as number;
      looks += 1;
      if (other !== ticket && distanceOf(near, ticket, other) < Infinity) found[count++] = other;
    };
    const half = 2 ** Math.floor(Math.log2(Math.max(1, to - from)));
    // Counts with the bits turned over: 0, half, a quarter, three quarters …
    for (let at = 0, step = half; step > 0 && looks < limit; at |= step) {
      if (from + at < to) look(from + at);
      for (step = half; (at & step) !== 0; step >>= 1) at ^= step;
    }
    for (let at = Math.max(to, middle); at < end && looks < limit; at += 1) look(at);
    return count;
  };
}

/** Returns the first place at which something holds that holds from there on. */
function firstAt(from: number, to: number, holds: (at: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const at = (low + high) >>> 1;
    if (holds(at)) high = at;
    else low = at + 1;
  }
  return low;
}
