/**
 * The last `length` values, oldest first, in one piece of memory: every value is written twice, `length` apart.
 *
 * Indicators with a finite memory are computed anew from their window for each candle, in its order. It costs `length` additions
 * where a running sum costs two, and buys that a value depends on its window alone: the same bits wherever the series began, and no
 * rounding that stays behind.
 */
export interface Window {
  /** Takes the next value; returns whether the window is full. */
  push(value: number): boolean;
  readonly length: number;
  /** Values from `start` to `start + length`. */
  readonly values: Float64Array;
  readonly start: number;
}

export function createWindow(length: number): Window {
  const values = new Float64Array(2 * length);
  let count = 0;
  let start = 0;
  return {
    push(value) {
      values[start] = value;
      values[start + length] = value;
      start = start + 1 === length ? 0 : start + 1;
      if (count < length) count += 1;
      return count === length;
    },
    length,
    values,
    get start() {
      return start;
    },
  };
}

/** Sum of a full window, oldest first. */
export function windowSum({ values, start, length }: Window): number {
  let sum = 0;
  for (let at = start; at < start + length; at += 1) sum += values[at] as number;
  return sum;
}

/** Largest value of a full window. */
export function windowMax({ values, start, length }: Window): number {
  let max = values[start] as number;
  for (let at = start + 1; at < start + length; at += 1) if ((values[at] as number) > max) max = values[at] as number;
  return max;
}

/** Smallest value of a full window. */
export function windowMin({ values, start, length }: Window): number {
  let min = values[start] as number;
  for (let at = start + 1; at < start + length; at += 1) if ((values[at] as number) < min) min = values[at] as number;
  return min;
}
