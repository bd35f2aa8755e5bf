import type { Line } from "./line.ts";

const DIGIT_BITS = 11;
const DIGITS = 6;
const RADIX = 1 << DIGIT_BITS;

/** Places of a line, bucket by bucket, and those who are near each other close together within each. */
export interface LineOrder {
  readonly places: Uint32Array;
  /** By bucket: where it begins in `places`; one more at the end. */
  readonly starts: Uint32Array;
}

/**
 * Sorts by bucket, then by the number that must be close, then oldest first. Several such numbers are woven into one (a Z-order curve of their
 * ranks), so that who is near in all of them is mostly close by.
 */
export function orderLine({ tickets, near, buckets, bucketCount }: Line): LineOrder {
  const [first] = near;
  const places = !first
    ? firstPlaces(tickets.length)
    : sortedPlaces(near.length === 1 ? first.values : weave(near.map(({ values }) => values)));
  const starts = new Uint32Array(bucketCount + 1);
  for (const bucket of buckets) (starts[bucket + 1] as number) += 1;
  for (let bucket = 1; bucket <= bucketCount; bucket += 1) (starts[bucket] as number) += starts[bucket - 1] as number;
  return { places: scatter(places, starts.slice(), (place) => buckets[place] as number), starts };
}

/** Returns the order of some of them. */
export function orderOf(
  { buckets }: Line,
  { places, starts }: LineOrder,
  isIn: (ticket: number) => boolean,
): LineOrder {
  const kept = places.filter(isIn);
  const counts = new Uint32Array(starts.length);
  for (const place of kept) (counts[(buckets[place] as number) + 1] as number) += 1;
  for (let bucket = 1; bucket < counts.length; bucket += 1) (counts[bucket] as number) += counts[bucket - 1] as number;
  return { places: kept, starts: counts };
}

/** Sorts by numbers, NaN last, the same ones by place: by radix in six passes at most, four times as fast as by comparing. */
export function sortedPlaces(numbers: Float64Array): Uint32Array {
  const count = numbers.length;
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  readKeys(numbers, high, low);
  const counts = new Uint32Array(DIGITS * RADIX);
  for (let at = 0; at < count; at += 1) {
    for (let digit = 0; digit < DIGITS; digit += 1) {
      (counts[digit * RADIX + digitOf(high[at] as number, low[at] as number, digit)] as number) += 1;
    }
  }
  let places = firstPlaces(count);
  for (let digit = 0; digit < DIGITS; digit += 1) {
    const starts = counts.subarray(digit * RADIX, (digit + 1) * RADIX);
    const isSame = count === 0 || starts[digitOf(high[0] as number, low[0] as number, digit)] === count;
    if (isSame) continue;
    let sum = 0;
    for (let value = 0; value < RADIX; value += 1) {
      const here = starts[value] as number;
      starts[value] = sum;
      sum += here;
    }
    places = scatter(places, starts, (place) => digitOf(high[place] as number, low[place] as number, digit));
  }
  return places;
}

function firstPlaces(count: number): Uint32Array {
  const places = new Uint32Array(count);
  for (let at = 0; at < count; at += 1) places[at] = at;
  return places;
}

/** Moves each place to the next free one of its group. Keeps the order within a group. */
function scatter(places: Uint32Array, next: Uint32Array, groupOf: (place: number) => number): Uint32Array<ArrayBuffer> {
  const moved = new Uint32Array(places.length);
  for (let at = 0; at < places.length; at += 1) {
    const place = places[at] as number;
    const group = groupOf(place);
    const to = next[group] as number;
    next[group] = to + 1;
    moved[to] = place;
  }
  return moved;
}

/** Writes 64 bits that sort as the numbers do: a negative number's are turned over, another's get the highest one. */
function readKeys(numbers: Float64Array, high: Uint32Array, low: Uint32Array): void {
  const one = new Float64Array(1);
  const bits = new Uint32Array(one.buffer);
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] as number;
    // Adding 0 makes 0 of -0.
    one[0] = number + 0;
    const top = bits[1] as number;
    const isNegative = top >>> 31 === 1;
    high[at] = Number.isNaN(number) ? 0xffffffff : isNegative ? ~top : top | 0x80000000;
    low[at] = isNegative ? ~(bits[0] as number) : (bits[0] as number);
  }
}

function digitOf(high: number, low: number, digit: number): number {
  const shift = digit * DIGIT_BITS;
  if (shift >= 32) return (high >>> (shift - 32)) & (RADIX - 1);
  return shift + DIGIT_BITS <= 32
    ? (low >>> shift) & (RADIX - 1)
    : ((low >>> shift) | (high << (32 - shift))) & (RADIX - 1);
}

/** Weaves the bits of ranks into one number each. Ranks rather than values, because values may lie anywhere. */
function weave(columns: readonly Float64Array[]): Float64Array {
  const count = columns[0]?.length ?? 0;
  const bits = Math.min(16, Math.floor(52 / columns.length));
  const scale = 2 ** bits / Math.max(1, count);
  const woven = new Float64Array(count);
  columns.forEach((values, axis) => {
    const ranked = sortedPlaces(values);
    let last = Number.NaN;
    let spread = 0;
    for (let rank = 0; rank < count; rank += 1) {
      const place = ranked[rank] as number;
      if (values[place] !== last) spread = spreadBits(Math.floor(rank * scale), bits, columns.length);
      last = values[place] as number;
      (woven[place] as number) += spread * 2 ** axis;
    }
  });
  return woven;
}

function spreadBits(cell: number, bits: number, apart: number): number {
  let spread = 0;
  for (let bit = 0; bit < bits; bit += 1) if ((cell >> bit) & 1) spread += 2 ** (bit * apart);
  return spread;
}
