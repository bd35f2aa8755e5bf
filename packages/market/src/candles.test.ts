import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Candle,
  type Candles,
  candleAt,
  candleStartMs,
  checkCandles,
  columnsOf,
  copyCandles,
  createCandles,
  finishedCandles,
  isTimeframe,
  mergeCandles,
  noCandles,
  parseTimeframe,
  selectCandles,
  sliceCandles,
  TIMEFRAMES,
  tidyCandles,
  timeframeMs,
} from "./index.ts";

const HOUR = 3_600_000;
const BTC = { symbol: "BTC/USDT", timeframe: "1h" } as const;

const candle = (hour: number, change: Partial<Candle> = {}): Candle => ({
  openMs: hour * HOUR,
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: hour,
  ...change,
});

const candlesAt = (...hours: number[]): Candles => createCandles(BTC, columnsOf(hours.map((hour) => candle(hour))));
const hoursOf = (candles: Candles) => [...candles.openMs].map((openMs) => openMs / HOUR);

describe("timeframes", () => {
  test("each is a whole number of the shortest", () => {
    expect(TIMEFRAMES.map((timeframe) => timeframeMs[timeframe] % 60_000)).toEqual(TIMEFRAMES.map(() => 0));
  });

  test("a text that is none is refused with those there are", () => {
    expect(parseTimeframe("4h")).toBe("4h");
    expect(["1M", "5", "", "constructor", "__proto__"].filter(isTimeframe)).toEqual([]);
    expect(() => parseTimeframe("7m")).toThrow(expect.objectContaining({ code: "MARKET_TIMEFRAME_INVALID" }));
  });

  test.each([
    ["1m", "2026-11-30T07:41:59.999Z", "2026-11-30T07:41:00Z"],
    ["4h", "2026-11-30T07:41:59Z", "2026-11-30T04:00:00Z"],
    ["1d", "2026-11-30T23:59:59Z", "2026-11-30T00:00:00Z"],
    ["1w", "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z"],
    ["1w", "2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z"],
    ["1h", "1969-12-31T23:30:00Z", "1969-12-31T23:00:00Z"],
  ] as const)("a candle of %s at %s began at %s", (timeframe, at, start) => {
    expect(candleStartMs(timeframe, Date.parse(at))).toBe(Date.parse(start));
  });
});

describe("slices", () => {
  const candles = candlesAt(0, 1, 2, 3, 4);

  test("are views of the same memory", () => {
    const slice = sliceCandles(candles, 1, 3);
    expect(hoursOf(slice)).toEqual([1, 2]);
    expect(slice.close.buffer).toBe(candles.close.buffer);
    expect(slice).toMatchObject({ ...BTC, length: 2 });
  });

  test("a copy has no memory but its own", () => {
    const copy = copyCandles(sliceCandles(candles, 1, 3));
    expect(hoursOf(copy)).toEqual([1, 2]);
    expect(copy.close.buffer.byteLength).toBe(16);
  });

  test.each([
    [-3, 2, [0, 1]],
    [3, 99, [3, 4]],
    [4, 2, []],
    [9, 12, []],
  ])("from %i to %i has %j", (from, to, hours) => {
    expect(hoursOf(sliceCandles(candles, from, to))).toEqual(hours);
  });

  test("one candle by its index, also from the end", () => {
    expect(candleAt(candles, 1)).toEqual(candle(1));
    expect(candleAt(candles, -1)).toEqual(candle(4));
    expect([candleAt(candles, 5), candleAt(candles, -6), candleAt(candles, 0.5)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("what is finished at an instant: a candle is so when the next begins", () => {
    expect(hoursOf(finishedCandles(candles, 3 * HOUR - 1))).toEqual([0, 1]);
    expect(hoursOf(finishedCandles(candles, 3 * HOUR))).toEqual([0, 1, 2]);
    expect(hoursOf(finishedCandles(candles, 0))).toEqual([]);
  });

  test("the newest of a range, its end not included", () => {
    const select = (from: number, to: number, limit: number) =>
      hoursOf(selectCandles(candles, { fromMs: from * HOUR, toMs: to * HOUR, limit }));
    expect(select(1, 4, 10)).toEqual([1, 2, 3]);
    expect(select(1, 4, 2)).toEqual([2, 3]);
    expect(select(4, 1, 2)).toEqual([]);
  });
});

describe("merge", () => {
  test("has all candles of both in order, and the newer one's where both have one", () => {
    const older = createCandles(BTC, columnsOf([candle(0), candle(1), candle(2), candle(5)]));
    const newer = createCandles(BTC, columnsOf([candle(1, { volume: 100 }), candle(3), candle(4)]));
    const merged = mergeCandles(older, newer);
    expect(hoursOf(merged)).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...merged.volume]).toEqual([0, 100, 2, 3, 4, 5]);
  });

  test("equals sorting and leaving out what is there twice", () => {
    const hours = fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: 20 }).map((list) => list.sort((a, b) => a - b));
    const property = fc.property(hours, hours, (older, newer) => {
      const revised = createCandles(BTC, columnsOf(newer.map((hour) => candle(hour, { volume: 1_000 + hour }))));
      const merged = mergeCandles(candlesAt(...older), revised);
      const expected = [...new Set([...older, ...newer])].sort((a, b) => a - b);
      expect(hoursOf(merged)).toEqual(expected);
      expect([...merged.volume]).toEqual(expected.map((hour) => (newer.includes(hour) ? 1_000 + hour : hour)));
    });
    fc.assert(property, { numRuns: soakRuns(200, 20_000) });
  });

  test("candles of two markets or timeframes are no series", () => {
    const ether = noCandles({ symbol: "ETH/USDT", timeframe: "1h" });
    expect(() => mergeCandles(candlesAt(1), ether)).toThrow(
      expect.objectContaining({ code: "MARKET_CANDLES_MISMATCH" }),
    );
  });
});

describe("rows of candles", () => {
  const NOW = 10 * HOUR;
  const tidy = (rows: Candle[], nowMs = NOW) => tidyCandles(BTC, columnsOf(rows), nowMs);

  test.each<[what: string, rows: Candle[], code: string, hours: number[]]>([
    ["without a number are left out", [candle(1), candle(2, { close: Number.NaN })], "MARKET_CANDLE_NOT_A_NUMBER", [1]],
    [
      "of infinite volume are left out",
      [candle(1), candle(2, { volume: Infinity })],
      "MARKET_CANDLE_NOT_A_NUMBER",
      [1],
    ],
    ["without a time are left out", [candle(1), candle(Number.NaN)], "MARKET_CANDLE_NOT_A_NUMBER", [1]],
    ["with a price of 0 are left out", [candle(1), candle(2, { low: 0 })], "MARKET_CANDLE_IMPOSSIBLE", [1]],
    ["with a high below the low are left out", [candle(1), candle(2, { high: 8 })], "MARKET_CANDLE_IMPOSSIBLE", [1]],
    ["with an open above the high are left out", [candle(1), candle(2, { open: 13 })], "MARKET_CANDLE_IMPOSSIBLE", [1]],
    ["with a close below the low are left out", [candle(1), candle(2, { close: 8 })], "MARKET_CANDLE_IMPOSSIBLE", [1]],
    ["with negative volume are left out", [candle(1), candle(2, { volume: -1 })], "MARKET_CANDLE_IMPOSSIBLE", [1]],
    ["that start between are left out", [candle(1), candle(1.5)], "MARKET_CANDLE_OFF_GRID", [1]],
    ["that are not finished are left out", [candle(9), candle(10)], "MARKET_CANDLE_UNFINISHED", [9]],
    ["out of order are put in order", [candle(2), candle(1), candle(3)], "MARKET_CANDLE_OUT_OF_ORDER", [1, 2, 3]],
    ["newest first are put in order", [candle(3), candle(2), candle(1)], "MARKET_CANDLE_OUT_OF_ORDER", [1, 2, 3]],
    ["that are there twice count once", [candle(1), candle(1), candle(2)], "MARKET_CANDLE_DUPLICATE", [1, 2]],
    ["missing between others stay missing", [candle(1), candle(4)], "MARKET_CANDLE_GAP", [1, 4]],
  ])("%s", (_, rows, code, hours) => {
    const { candles, notes } = tidy(rows);
    expect(hoursOf(candles)).toEqual(hours);
    expect(notes.counts).toEqual({ [code]: 1 });
    expect(notes.first.map((note) => note.code)).toEqual([code]);
    expect(() => checkCandles(candles, NOW)).not.toThrow();
  });

  test("of one start and different values: the later row counts", () => {
    const { candles, notes } = tidy([candle(1, { volume: 5 }), candle(2), candle(1, { volume: 6 })]);
    expect([...candles.volume]).toEqual([6, 2]);
    expect(notes.counts).toEqual({ MARKET_CANDLE_OUT_OF_ORDER: 1, MARKET_CANDLE_CONFLICT: 1 });
  });

  test("a gap says how many are missing, and before which row", () => {
    expect(tidy([candle(1), candle(5)]).notes.first).toEqual([
      { code: "MARKET_CANDLE_GAP", row: 1, message: "3 missing before it" },
    ]);
  });

  test("that are in order are used as they are, without a copy", () => {
    const columns = columnsOf([candle(1), candle(2)]);
    expect(tidyCandles(BTC, columns, NOW).candles.close).toBe(columns.close);
  });

  test("weeks may begin on any day, at midnight", () => {
    const weekly = { symbol: "BTC/USDT", timeframe: "1w" } as const;
    const start = (text: string) => columnsOf([{ ...candle(1), openMs: Date.parse(text) }]);
    expect(tidyCandles(weekly, start("2026-11-26T00:00:00Z"), Infinity).notes.counts).toEqual({});
    expect(tidyCandles(weekly, start("2026-11-26T01:00:00Z"), Infinity).notes.counts).toEqual({
      MARKET_CANDLE_OFF_GRID: 1,
    });
  });

  test("a million faults are counted, and few of them kept", () => {
    const { notes } = tidy(Array.from({ length: 10_000 }, () => candle(1, { close: 0 })));
    expect(notes.counts).toEqual({ MARKET_CANDLE_IMPOSSIBLE: 10_000 });
    expect(notes.first.length).toBeLessThan(100);
  });

  test("in whatever state they are become candles that pass the check", () => {
    const row = fc.record({
      openMs: fc.oneof(
        fc.nat({ max: 12 }).map((hour) => hour * HOUR),
        fc.double(),
      ),
      open: fc.constantFrom(10, 10, 10, 0, Number.NaN),
      high: fc.constantFrom(12, 12, 12, 8, Infinity),
      low: fc.constantFrom(9, 9, 9, -1, 11),
      close: fc.constantFrom(11, 11, 11, 13),
      volume: fc.constantFrom(1, 0, 7, -1),
    });
    const property = fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      const { candles } = tidy(rows);
      checkCandles(candles, NOW);
      for (let at = 0; at < candles.length; at += 1) expect(rows).toContainEqual(candleAt(candles, at));
    });
    fc.assert(property, { numRuns: soakRuns(200, 20_000) });
  });
});

describe("the check of candles", () => {
  test.each<[what: string, candles: Candles, nowMs?: number]>([
    ["not a number", createCandles(BTC, columnsOf([candle(1, { open: Number.NaN })]))],
    ["impossible", createCandles(BTC, columnsOf([candle(1, { high: 1 })]))],
    ["unordered", candlesAt(2, 1, 3)],
    ["newest first", candlesAt(3, 2)],
    ["double", candlesAt(1, 1)],
    ["unfinished", candlesAt(1, 2), 3 * HOUR - 1],
  ])("refuses those that are %s", (_, candles, nowMs) => {
    expect(() => checkCandles(candles, nowMs)).toThrow(expect.objectContaining({ code: "MARKET_CANDLES_INVALID" }));
  });

  test("takes gaps, and none at all", () => {
    checkCandles(candlesAt(1, 5, 9));
    checkCandles(noCandles(BTC));
  });

  test("refuses columns of different lengths", () => {
    for (const volume of [new Float64Array(1), new Float64Array(3)]) {
      const uneven = { ...candlesAt(1, 2), volume };
      expect(() => checkCandles(uneven)).toThrow(expect.objectContaining({ code: "MARKET_CANDLES_INVALID" }));
    }
  });
});
