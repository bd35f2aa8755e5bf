import { distanceOf, type Line, mayMeetAnew } from "./line.ts";
import type { LineOrder } from "./line-order.ts";

/** Who has no partner. */
export const ALONE = -1;
/** Nobody was found, and not everybody was looked at. */
export const UNSURE = -2;
/** How many one person looks at, and more while fewer than so many for each in line were looked at in all; the rest is left to the tree. */
const LOOKS = 24;
const LOOKS_PER_TICKET = 8;

/**
 * Everybody of a bucket who has no partner yet, linked by the order of one number. Who is closest stands beside, so most people find somebody
 * by one look.
 *
 * ```
 *  head ⇄ 3 ⇄ 7 ⇄ 7 ⇄ 12 ⇄ middle ⇄ (no number) ⇄ (no number) ⇄ tail
 * ```
 */
export class Neighbours {
  /** Number of people looked at: what the work is, whatever the machine. */
  stepCount = 0;
  readonly #line: Line;
  readonly #count: number;
  /** Of the number that must be close; all NaN where there is none. */
  readonly #values: Float64Array;
  readonly #windows: Float64Array;
  /** By ticket, and after them three of each bucket: head, middle, tail. */
  readonly #before: Uint32Array;
  readonly #after: Uint32Array;

  constructor(line: Line, { places, starts }: LineOrder) {
    this.#line = line;
    this.#count = line.tickets.length;
    this.#values = line.near[0]?.values ?? new Float64Array(this.#count).fill(Number.NaN);
    this.#windows = line.near[0]?.windows ?? new Float64Array(this.#count);
    this.#before = new Uint32Array(this.#count + 3 * line.bucketCount);
    this.#after = new Uint32Array(this.#count + 3 * line.bucketCount);
    for (let bucket = 0; bucket < line.bucketCount; bucket += 1) {
      const head = this.#count + 3 * bucket;
      const end = starts[bucket + 1] as number;
      let at = starts[bucket] as number;
      let last = head;
      for (; at < end && !Number.isNaN(this.#values[places[at] as number]); at += 1) {
        last = this.#link(last, places[at] as number);
      }
      last = this.#link(last, head + 1);
      for (; at < end; at += 1) last = this.#link(last, places[at] as number);
      this.#link(last, head + 2);
    }
  }

  remove(ticket: number): void {
    this.#link(this.#before[ticket] as number, this.#after[ticket] as number);
  }

  /**
   * Returns the closest one who may meet this ticket but for a repeat; those without a number are farthest, the oldest of them first. ALONE: nobody
   * who is linked may.
   */
  closest(ticket: number): number {
    const untilCount = Math.max(this.stepCount + LOOKS, LOOKS_PER_TICKET * this.#count);
    const middle = this.#count + 3 * (this.#line.buckets[ticket] as number) + 1;
    const value = this.#values[ticket] as number;
    if (Number.isNaN(value)) {
      const other = this.#first(ticket, this.#after[middle] as number, untilCount, this.#after);
      return other === ALONE ? this.#first(ticket, this.#before[middle] as number, untilCount, this.#before) : other;
    }
    const window = this.#windows[ticket] as number;
    let left = this.#before[ticket] as number;
    let right = this.#after[ticket] as number;
    let toLeft = this.#distance(left, value, window);
    let toRight = this.#distance(right, value, window);
    while (toLeft < Infinity || toRight < Infinity) {
      if (this.stepCount >= untilCount) return UNSURE;
      const isLeft = toLeft < toRight || (toLeft === toRight && left < right);
      const other = isLeft ? left : right;
      if (this.#isFit(ticket, other)) return other;
      if (isLeft) {
        left = this.#before[left] as number;
        toLeft = this.#distance(left, value, window);
      } else {
        right = this.#after[right] as number;
        toRight = this.#distance(right, value, window);
      }
    }
    return this.#first(ticket, this.#after[middle] as number, untilCount, this.#after);
  }

  /** Returns the first one who fits, from a link on to the end. */
  #first(ticket: number, from: number, untilCount: number, links: Uint32Array): number {
    for (let at = from; at < this.#count; at = links[at] as number) {
      if (at === ticket) continue;
      if (this.stepCount >= untilCount) return UNSURE;
      if (this.#isFit(ticket, at)) return at;
    }
    return ALONE;
  }

  #isFit(ticket: number, other: number): boolean {
    this.stepCount += 1;
    return distanceOf(this.#line.near, ticket, other) < Infinity && mayMeetAnew(this.#line, ticket, other);
  }

  /** Infinity: the end, or beyond what is accepted. */
  #distance(other: number, value: number, window: number): number {
    if (other >= this.#count) return Infinity;
    const distance = Math.abs((this.#values[other] as number) - value);
    return distance <= window ? distance : Infinity;
  }

  #link(one: number, two: number): number {
    this.#after[one] = two;
    this.#before[two] = one;
    return two;
  }
}
