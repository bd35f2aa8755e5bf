import { createCandles, sliceCandles } from "@shoal/market";
import { expect, test } from "vitest";
import { candles } from "../../test/make-run.ts";
import { checkNewCandles } from "./checked-candles.ts";

/** A copy with memory of its own, with one close that is no number. */
function copy(badAt?: number) {
  const column = (values: Float64Array) => values.slice();
  const close = column(candles.close);
  if (badAt !== undefined) close[badAt] = Number.NaN;
  const { openMs, open, high, low, volume } = candles;
  return createCandles(candles, {
    ...{
      openMs: column(openMs),
      open: column(open),
      high: column(high),
      low: column(low),
      close,
      volume: column(volume),
    },
  });
}

const isTaken = (given: typeof candles) => {
  try {
    checkNewCandles(given);
    return true;
  } catch {
    return false;
  }
};

test.each([1, 7, 30])(
  "a bad candle is seen from each window that holds it, at steps of %i, and from no other",
  (step) => {
    const all = copy(60);
    for (let from = 0; from + 20 <= 100; from += step) {
      const holdsIt = from <= 60 && 60 < from + 20;
      expect(isTaken(sliceCandles(all, from, from + 20)), `window from ${from}`).toBe(!holdsIt);
    }
  },
);

test("a bad candle is seen whatever was seen before: backwards, longer, all", () => {
  for (const windows of [
    [
      [70, 90],
      [50, 70],
    ],
    [
      [0, 60],
      [0, 61],
    ],
    [
      [0, 60],
      [0, 100],
    ],
    [
      [20, 40],
      [0, 100],
    ],
    [
      [59, 60],
      [60, 61],
    ],
  ] as const) {
    const all = copy(60);
    const [[first, firstEnd], [second, secondEnd]] = windows;
    expect(isTaken(sliceCandles(all, first, firstEnd))).toBe(true);
    expect(isTaken(sliceCandles(all, second, secondEnd))).toBe(false);
    expect(isTaken(sliceCandles(all, second, secondEnd))).toBe(false);
  }
});

test("a candle out of order is seen where it joins what was seen", () => {
  const all = copy();
  const openMs = all.openMs;
  openMs[50] = openMs[49] as number;
  expect(isTaken(sliceCandles(all, 0, 50))).toBe(true);
  expect(isTaken(sliceCandles(all, 10, 51))).toBe(false);
  // By itself it is in order, and must not make the join so.
  expect(isTaken(sliceCandles(all, 50, 60))).toBe(true);
  expect(isTaken(sliceCandles(all, 10, 60))).toBe(false);
  expect(isTaken(sliceCandles(all, 0, 50))).toBe(true);
  expect(isTaken(sliceCandles(all, 50, 60))).toBe(true);
  expect(isTaken(sliceCandles(all, 40, 55))).toBe(false);
});

test("what only shares some columns, or is of another market, is looked at anew", () => {
  const all = copy();
  expect(isTaken(all)).toBe(true);
  expect(isTaken({ ...all, close: copy(3).close })).toBe(false);
  expect(isTaken({ ...all, timeframe: "1h" })).toBe(false);
  expect(isTaken({ ...all, close: all.high, high: all.low })).toBe(false);
});
