import { distanceOf, type Line, type NearColumn } from "./line.ts";
import type { LineOrder } from "./line-order.ts";
import { ALONE } from "./neighbours.ts";

/** Bounds of a node by attribute: lowest and highest value, lowest and highest value that somebody there accepts. */
const LEAST = 0;
const MOST = 1;
const FROM = 2;
const TO = 3;
const BOUNDS = 4;
/** Tickets of a leaf: looking through so many costs no more than two steps down the tree. */
const LEAF = 8;
/** The oldest of nobody. */
const NOBODY = 0x7fffffff;
/** More than what rounding takes from a sum: what is searched may be a little too much, never too little. */
const ROUNDING = 2 ** -50;

/**
 * Finds who may meet whom, in each bucket by a binary tree over its order: a node knows the bounds of all beneath it, in values and in what they accept.
 *
 * ```
 *        [ 1..9, accepts 0..12 ]          one tree a bucket, leaves of 8 tickets in the order of `orderLine`,
 *        /                     \          the two nodes beneath n are 2n and 2n + 1
 *  [ 1..3, … ]             [ 7..9, … ]
 * ```
 *
 * So a search goes only where both sides may accept, and costs O(log n) with one number that must be close.
 */
export class NearTree {
  /** Number of nodes and tickets looked at: what the work is, whatever the machine. */
  stepCount = 0;
  readonly #line: Line;
  readonly #places: Uint32Array;
  readonly #starts: Uint32Array;
  /** By bucket: number of leaves, a power of two. */
  readonly #widths: Uint32Array;
  /** By bucket: where its nodes begin. */
  readonly #roots: Uint32Array;
  /** By ticket: where it is in the order, beginning at 1; 0: not here. */
  readonly #positions: Uint32Array;
  /** By node: the oldest beneath it. */
  readonly #oldest: Int32Array;
  readonly #bounds: Float64Array;
  /** By node: a bit for each attribute that somebody beneath it lacks. */
  readonly #lacks: Uint8Array;
  readonly #stack = new Int32Array(128);
  readonly #distances = new Float64Array(128);

  /** Takes in all whom the order lists. */
  constructor(line: Line, { places, starts }: LineOrder) {
    this.#line = line;
    this.#places = places;
    this.#starts = starts;
    this.#widths = new Uint32Array(line.bucketCount);
    this.#roots = new Uint32Array(line.bucketCount);
    this.#positions = new Uint32Array(line.tickets.length);
    let nodes = 0;
    for (let bucket = 0; bucket < line.bucketCount; bucket += 1) {
      const size = (starts[bucket + 1] as number) - (starts[bucket] as number);
      const width = size === 0 ? 0 : 2 ** Math.ceil(Math.log2(Math.ceil(size / LEAF)));
      this.#widths[bucket] = width;
      this.#roots[bucket] = nodes;
      nodes += 2 * width;
    }
    this.#oldest = new Int32Array(nodes);
    this.#bounds = new Float64Array(nodes * BOUNDS * line.near.length);
    this.#lacks = new Uint8Array(nodes);
    for (let at = 0; at < places.length; at += 1) this.#positions[places[at] as number] = at + 1;
    for (let bucket = 0; bucket < line.bucketCount; bucket += 1) {
      const width = this.#widths[bucket] as number;
      for (let node = 2 * width - 1; node >= 1; node -= 1) {
        if (node >= width) this.#readLeaf(bucket, node);
        else this.#join(this.#roots[bucket] as number, node);
      }
    }
  }

  remove(ticket: number): void {
    const bucket = this.#line.buckets[ticket] as number;
    const root = this.#roots[bucket] as number;
    const position = (this.#positions[ticket] as number) - 1;
    this.#positions[ticket] = 0;
    let node = (this.#widths[bucket] as number) + Math.floor((position - (this.#starts[bucket] as number)) / LEAF);
    this.#readLeaf(bucket, node);
    for (node >>= 1; node >= 1 && this.#join(root, node); node >>= 1);
  }

  /** Returns the closest one who may sit with this ticket, of several the oldest, or ALONE. Who lacks a number is as far as can be. */
  closest(ticket: number, isAllowed: (one: number, two: number) => boolean): number {
    const bucket = this.#line.buckets[ticket] as number;
    const root = this.#roots[bucket] as number;
    const width = this.#widths[bucket] as number;
    let best = NOBODY;
    let bestDistance = Infinity;
    let height = width === 0 ? 0 : this.#push(0, ticket, root, 1);
    while (height > 0) {
      height -= 1;
      const node = this.#stack[height] as number;
      const distance = this.#distances[height] as number;
      if (distance > bestDistance || (distance === bestDistance && (this.#oldest[root + node] as number) > best))
        continue;
      if (node < width) {
        height = this.#pushBoth(height, ticket, root, node);
        continue;
      }
      const end = this.#endOf(bucket, node);
      for (let at = this.#startOf(bucket, node); at < end; at += 1) {
        const other = this.#places[at] as number;
        if (this.#positions[other] === 0 || other === ticket) continue;
        this.stepCount += 1;
        const apart = distanceOf(this.#line.near, ticket, other);
        if (apart > bestDistance || apart === Infinity || (apart === bestDistance && other > best)) continue;
        if (!isAllowed(ticket, other)) continue;
        best = other;
        bestDistance = apart;
      }
    }
    return best === NOBODY ? ALONE : best;
  }

  /** Writes those near enough to a ticket into `found`, itself aside. Returns their number, about `limit` at most. */
  around(ticket: number, found: Uint32Array, limit: number): number {
    const bucket = this.#line.buckets[ticket] as number;
    const root = this.#roots[bucket] as number;
    const width = this.#widths[bucket] as number;
    let count = 0;
    let height = width === 0 ? 0 : this.#push(0, ticket, root, 1);
    while (height > 0 && count < limit) {
      height -= 1;
      const node = this.#stack[height] as number;
      if (node < width) {
        height = this.#push(this.#push(height, ticket, root, 2 * node + 1), ticket, root, 2 * node);
        continue;
      }
      const end = this.#endOf(bucket, node);
      for (let at = this.#startOf(bucket, node); at < end; at += 1) {
        const other = this.#places[at] as number;
        if (other !== ticket && distanceOf(this.#line.near, ticket, other) < Infinity) found[count++] = other;
      }
    }
    this.stepCount += count;
    return count;
  }

  /** Puts both nodes beneath one on the stack, the closer one on top. */
  #pushBoth(height: number, ticket: number, root: number, node: number): number {
    const top = this.#push(this.#push(height, ticket, root, 2 * node + 1), ticket, root, 2 * node);
    const right = this.#distances[height] as number;
    const left = this.#distances[height + 1] as number;
    if (top < height + 2 || right >= left) return top;
    this.#stack[height] = 2 * node;
    this.#stack[height + 1] = 2 * node + 1;
    this.#distances[height] = left;
    this.#distances[height + 1] = right;
    return top;
  }

  #push(height: number, ticket: number, root: number, node: number): number {
    const distance = this.#distanceTo(ticket, root + node);
    if (distance === Infinity) return height;
    this.#stack[height] = node;
    this.#distances[height] = distance;
    return height + 1;
  }

  /** Returns how close anybody beneath a node can be, in parts of the widest windows; Infinity: nobody there may meet the ticket. */
  #distanceTo(ticket: number, node: number): number {
    this.stepCount += 1;
    if (this.#oldest[node] === NOBODY) return Infinity;
    const { near } = this.#line;
    const bounds = this.#bounds;
    let at = node * near.length * BOUNDS;
    let sum = 0;
    for (let axis = 0; axis < near.length; axis += 1, at += BOUNDS) {
      const column = near[axis] as NearColumn;
      const value = column.values[ticket] as number;
      const low = (bounds[at + LEAST] as number) - value;
      const high = value - (bounds[at + MOST] as number);
      const apart = Math.max(0, low, high);
      if (Number.isNaN(value)) sum += 1;
      else if (
        apart <= (column.windows[ticket] as number) &&
        (bounds[at + FROM] as number) <= value &&
        value <= (bounds[at + TO] as number)
      ) {
        sum += apart / column.scale;
      } else if (((this.#lacks[node] as number) >> axis) & 1) sum += 1;
      else return Infinity;
    }
    return sum;
  }

  #startOf(bucket: number, node: number): number {
    return (this.#starts[bucket] as number) + (node - (this.#widths[bucket] as number)) * LEAF;
  }

  #endOf(bucket: number, node: number): number {
    return Math.min(this.#startOf(bucket, node) + LEAF, this.#starts[bucket + 1] as number);
  }

  #readLeaf(bucket: number, node: number): void {
    const here = (this.#roots[bucket] as number) + node;
    const { near } = this.#line;
    const bounds = this.#bounds;
    const first = here * near.length * BOUNDS;
    for (let at = first; at < first + near.length * BOUNDS; at += 2) {
      bounds[at] = Infinity;
      bounds[at + 1] = -Infinity;
    }
    let lacks = 0;
    let oldest = NOBODY;
    const end = this.#endOf(bucket, node);
    for (let place = this.#startOf(bucket, node); place < end; place += 1) {
      const ticket = this.#places[place] as number;
      if (this.#positions[ticket] === 0) continue;
      if (ticket < oldest) oldest = ticket;
      for (let axis = 0, at = first; axis < near.length; axis += 1, at += BOUNDS) {
        const { values, windows } = near[axis] as NearColumn;
        const value = values[ticket] as number;
        const window = windows[ticket] as number;
        if (Number.isNaN(value)) {
          lacks |= 1 << axis;
          continue;
        }
        const accepted = window + (Math.abs(value) + window) * ROUNDING;
        if (value < (bounds[at + LEAST] as number)) bounds[at + LEAST] = value;
        if (value > (bounds[at + MOST] as number)) bounds[at + MOST] = value;
        if (value - accepted < (bounds[at + FROM] as number)) bounds[at + FROM] = value - accepted;
        if (value + accepted > (bounds[at + TO] as number)) bounds[at + TO] = value + accepted;
      }
    }
    this.#lacks[here] = lacks;
    this.#oldest[here] = oldest;
  }

  /** Makes a node of the two beneath it. Returns whether it has changed. */
  #join(root: number, node: number): boolean {
    const here = root + node;
    const left = root + 2 * node;
    const oldest = Math.min(this.#oldest[left] as number, this.#oldest[left + 1] as number);
    const lacks = (this.#lacks[left] as number) | (this.#lacks[left + 1] as number);
    let isChanged = oldest !== this.#oldest[here] || lacks !== this.#lacks[here];
    this.#oldest[here] = oldest;
    this.#lacks[here] = lacks;
    const step = this.#line.near.length * BOUNDS;
    const bounds = this.#bounds;
    for (let part = 0; part < step; part += 1) {
      const one = bounds[left * step + part] as number;
      const two = bounds[(left + 1) * step + part] as number;
      // Even parts are lower bounds, odd ones upper bounds.
      const bound = (part & 1) === 0 ? Math.min(one, two) : Math.max(one, two);
      if (bound !== bounds[here * step + part]) isChanged = true;
      bounds[here * step + part] = bound;
    }
    return isChanged;
  }
}
