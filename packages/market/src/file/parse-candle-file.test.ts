import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { walk } from "../../test/series.ts";
import { type Candles, candleAt, checkCandles, parseCandleFile } from "../index.ts";
import { readTime } from "./candle-row.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-01-01T00:00:00Z");
const OPTIONS = { symbol: "BTC/USDT", nowMs: Infinity } as const;

/** The bytes in pieces of that size, as a file gives them. */
async function* pieces(bytes: Uint8Array, size = 65_536) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const parse = (text: string, options: Partial<Parameters<typeof parseCandleFile>[1]> = {}, size?: number) =>
  parseCandleFile(pieces(new TextEncoder().encode(text), size), { ...OPTIONS, ...options });

const EXPECTED = [
  { openMs: START, open: 10, high: 12.5, low: 9, close: 11, volume: 100 },
  { openMs: START + HOUR, open: 11, high: 13, low: 10.25, close: 12, volume: 0 },
];
const all = (candles: Candles) => Array.from({ length: candles.length }, (_, at) => candleAt(candles, at));

describe("reads", () => {
  const ms = [START, START + HOUR];
  const rows = "10,12.5,9,11,100|11,13,10.25,12,0".split("|");
  const csv = (header: string, times: readonly unknown[]) =>
    [header, ...times.map((time, at) => `${time},${rows[at]}`)].join("\n");
  const HEADER = "time,open,high,low,close,volume";
  const array = [
    [ms[0], 10, 12.5, 9, 11, 100],
    [ms[1], 11, 13, 10.25, 12, 0],
  ];
  const [name, ...values] = ["timestamp", "10", "12.5", "9", "11", "100"];

  test.each<[what: string, text: string]>([
    ["CSV with names", csv(HEADER, ms)],
    ["CSV without names", csv("", ms).trimStart()],
    ["a final line end, CRLF and blank lines", `${csv(HEADER, ms).replaceAll("\n", "\r\n\r\n")}\r\n`],
    ["a byte order mark", `\uFEFF${csv(HEADER, ms)}`],
    ["semicolons", csv(HEADER, ms).replaceAll(",", ";")],
    ["tabs", csv(HEADER, ms).replaceAll(",", "\t")],
    ["quotes", csv(HEADER, ms).replace(/[^,\n]+/g, '"$&"')],
    ["names with capitals, blanks and brackets", csv("<Open Time>,<OPEN>,High Price, low ,Close,Vol", ms)],
    ["one-letter names", csv("t,o,h,l,c,v", ms)],
    [
      "a title above the names",
      `https://www.CryptoDataDownload.com\n${csv("unix,open,high,low,close,Volume BTC", ms)}`,
    ],
    [
      "seconds",
      csv(
        HEADER,
        ms.map((time) => time / 1_000),
      ),
    ],
    [
      "seconds with a fraction",
      csv(
        HEADER,
        ms.map((time) => `${time / 1_000}.0`),
      ),
    ],
    [
      "microseconds",
      csv(
        HEADER,
        ms.map((time) => time * 1_000),
      ),
    ],
    [
      "nanoseconds",
      csv(
        HEADER,
        ms.map((time) => `${time}000000`),
      ),
    ],
    ["ISO times", csv(HEADER, ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000Z"])],
    ["times with another zone", csv(HEADER, ["2026-01-01T05:30:00+05:30", "2025-12-31 20:00-0500"])],
    ["times without a zone as UTC", csv(HEADER, ["2026-01-01 00:00:00", "2026-01-01 01:00"])],
    [
      "date and time of day apart",
      csv("Date,Time,Open,High,Low,Close,TickVol", ["2026.01.01,00:00", "2026.01.01,01:00"]),
    ],
    ["other columns between and behind", csv("time,open,high,low,close,volume,close_time,trades", ms)],
    ["JSON arrays", JSON.stringify(array)],
    ["JSON arrays over many lines", JSON.stringify(array, null, 2)],
    [
      "JSON arrays of text, as exchanges send them",
      JSON.stringify(array.map((row) => [row[0], ...row.slice(1).map(String), 1, "x"])),
    ],
    ["JSON objects", JSON.stringify(array.map(([t, o, h, l, c, v]) => ({ v, c, l, h, o, t, note: '\\"[{' })))],
    ["JSON lines of arrays", array.map((row) => JSON.stringify(row)).join("\n")],
    [
      "JSON lines of objects",
      array
        .map(([time, open, high, low, close, volume]) => JSON.stringify({ time, open, high, low, close, volume }))
        .join("\n"),
    ],
    ["newest first", JSON.stringify([array[1], array[0]])],
    ["the same row twice", JSON.stringify([array[0], array[0], array[1]])],
    ["numbers with an exponent", JSON.stringify(array).replace("12.5", '"1.25e1"')],
    ["names of one column more than once", csv("timestamp,open,high,low,close,volume,Volume USDT,date", ms)],
    [
      "one object on many lines",
      `[{"${name}":${ms[0]},\n"open":${values[0]},\n"high":${values[1]},"low":9,"close":11,"volume":100},${JSON.stringify(array[1])}]`,
    ],
  ])("%s", async (_, text) => {
    for (const size of [1, 7, 65_536]) {
      const { candles } = await parse(text, {}, size);
      expect(all(candles)).toEqual(EXPECTED);
      expect(candles).toMatchObject({ symbol: "BTC/USDT", timeframe: "1h" });
    }
  });

  test("UTF-16, as Excel and MetaTrader write it", async () => {
    const bytes = new Uint8Array(Buffer.from(`\uFEFF${csv(HEADER, ms)}`, "utf16le"));
    expect(all((await parseCandleFile(pieces(bytes, 3), OPTIONS)).candles)).toEqual(EXPECTED);
  });

  test("the rows of one symbol among several, whatever it is written like", async () => {
    const text = `symbol,${HEADER}\nBTCUSDT,${ms[0]},${rows[0]}\nETHUSDT,${ms[0]},1,1,1,1,1\nBTCUSDT,${ms[1]},${rows[1]}\n`;
    expect(all((await parse(text)).candles)).toEqual(EXPECTED);
  });

  test("the symbol of the file where none is asked for", async () => {
    const text = `symbol,${HEADER}\nBTC/USD,${ms[0]},${rows[0]}\nBTC/USD,${ms[1]},${rows[1]}\n`;
    const { candles } = await parseCandleFile(pieces(new TextEncoder().encode(text)), { nowMs: Infinity });
    expect(candles.symbol).toBe("BTC/USD");
  });

  test("gaps as gaps and says so by line", async () => {
    const { candles, notes } = await parse(csv(HEADER, [ms[0], START + 3 * HOUR]), { timeframe: "1h" });
    expect([...candles.openMs]).toEqual([START, START + 3 * HOUR]);
    expect(notes.first).toEqual([{ code: "MARKET_CANDLE_GAP", row: 3, message: "2 missing before it" }]);
  });

  test("no candle that is not finished", async () => {
    const { candles, notes } = await parse(csv(HEADER, ms), { nowMs: START + 2 * HOUR - 1 });
    expect(candles.length).toBe(1);
    expect(notes.counts).toEqual({ MARKET_CANDLE_UNFINISHED: 1 });
  });

  test("what was written, to the last bit, in every format", async () => {
    const markets = fc.record({
      seed: fc.nat(),
      length: fc.integer({ min: 2, max: 60 }),
      size: fc.integer({ min: 1, max: 300 }),
    });
    const property = fc.asyncProperty(markets, async ({ seed, length, size }) => {
      const candles = walk(seed, length, 0.02);
      const list = all(candles);
      const lists = list.map((row) => row && [row.openMs, row.open, row.high, row.low, row.close, row.volume]);
      const texts = [
        JSON.stringify(list, null, seed % 3),
        JSON.stringify(lists),
        `openMs,open,high,low,close,volume\n${lists.map((row) => row?.join(",")).join("\n")}`,
      ];
      for (const text of texts) expect((await parse(text, {}, size)).candles).toEqual(candles);
    });
    await fc.assert(property, { numRuns: soakRuns(15, 1_000) });
  });
});

describe("says what is wrong, and where", () => {
  const HEADER = "time,open,high,low,close,volume";
  const good = `${START},10,12,9,11,100`;
  const next = `${START + HOUR},10,12,9,11,100`;
  const withRow = (row: string) => `${HEADER}\n${good}\n${row}\n`;

  test.each<[what: string, text: string, line: number, message: string]>([
    ["no file at all", "", 1, "there is no candle"],
    ["names and no rows", HEADER, 1, "there is no candle"],
    [
      "a missing column",
      `time,open,high,low,close\n${good}`,
      1,
      "the columns need names, and there is none for volume",
    ],
    ["no names and no candles", "hello\nworld\nfoo\nbar\nbaz", 4, "the columns need names"],
    ["a text for a price", withRow(`${START + HOUR},10,12,9,eleven,100`), 3, 'its close "eleven" is not a number'],
    [
      "a decimal comma",
      withRow(`${START + HOUR};10,5;12;9;11;100`).replace(/^.*\n.*\n/, (top) => top.replaceAll(",", ";")),
      3,
      "not a number",
    ],
    ["a price in hexadecimal", withRow(`${START + HOUR},0x10,12,9,11,100`), 3, 'its open "0x10" is not a number'],
    ["a missing field", withRow(`${START + HOUR},10,12,9,11`), 3, "its volume (missing) is not a number"],
    ["NaN", withRow(`${START + HOUR},10,12,9,NaN,100`), 3, 'its close "NaN" is not a number'],
    ["an infinite price", withRow(`${START + HOUR},10,1e999,9,11,100`), 3, 'its high "1e999" is not a number'],
    ["a time that is none", withRow("yesterday,10,12,9,11,100"), 3, 'its time "yesterday"'],
    ["a day first", withRow("31.12.2026 00:00,10,12,9,11,100"), 3, "a date with the year first"],
    ["30 February", withRow("2026-02-30,10,12,9,11,100"), 3, 'its time "2026-02-30"'],
    ["hour 24", withRow("2026-02-03 24:00,10,12,9,11,100"), 3, 'its time "2026-02-03 24:00"'],
    ["a high below the low", withRow(`${START + HOUR},10,8,9,10,100`), 3, "its high 8 is below its low 9"],
    ["a price of 0", withRow(`${START + HOUR},0,12,0,11,100`), 3, "its low 0 is not above 0"],
    ["negative volume", withRow(`${START + HOUR},10,12,9,11,-1`), 3, "its volume -1 is negative"],
    ["another candle of the same start", withRow(`${good.replace("100", "99")}\n${next}`), 3, "the same start"],
    [
      "a start between",
      `${HEADER}\n${good}\n${next}\n${START + 1.5 * HOUR},10,12,9,11,1\n${START + 2 * HOUR},10,12,9,11,1\n${START + 3 * HOUR},10,12,9,11,1`,
      4,
      "where no candle of 1h starts",
    ],
    ["an open quote", withRow(`"${next}`), 3, "a quoted field does not end"],
    [
      "a distance that is no timeframe",
      `${HEADER}\n${START},10,12,9,11,1\n${START + 7 * 60_000},10,12,9,11,1`,
      1,
      "420000 ms apart, which is no timeframe",
    ],
    ["one candle alone", `${HEADER}\n${good}`, 1, "one candle does not say its timeframe"],
    ["JSON that ends early", `[[${good}],\n[${next}`, 2, "the file ends within the array"],
    ["JSON that ends before its bracket", `[[${good}],\n[${next}]\n`, 3, "the file ends within the array"],
    ["JSON with something behind", `[[${good}],\n[${next}]]\nx`, 3, "something follows the end of the array"],
    ["JSON of numbers", `[${good}]\n4`, 2, 'a row cannot begin with "4"'],
    ["JSON with a broken row", `[[${good}],\n[${next}, oops]]`, 2, "it is no JSON"],
    ["JSON with a row within a row", `[[${good}],\n[${next}, [1]]]`, 2, "holds no other"],
    [
      "a JSON object without a field",
      `[[${good}],\n{"time": 5, "open": 3}]`,
      2,
      "there is no high, low, close, volume",
    ],
    [
      "a JSON row without a number",
      `[[${good}],\n[${START + HOUR},null,12,9,11,100]]`,
      2,
      "its open null is not a number",
    ],
    ["controls, which are not shown as they are", withRow(`\u001b[2J,10,12,9,11,100`), 3, "\\u001b[2J"],
  ])("%s", async (_, text, line, message) => {
    const error = await parse(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "MARKET_FILE_INVALID",
      details: { problems: [expect.objectContaining({ line, message: expect.stringContaining(message) })] },
    });
    expect(error).toHaveProperty("message", expect.stringContaining(`line ${line}: `));
  });

  test("no symbol, or two of them, where none is asked for", async () => {
    const bytes = (text: string) => pieces(new TextEncoder().encode(text));
    await expect(parseCandleFile(bytes(withRow(next)), { nowMs: Infinity })).rejects.toThrow("names no symbol");
    const two = `symbol,${HEADER}\nA,${good}\nB,${next}`;
    await expect(parseCandleFile(bytes(two), { nowMs: Infinity })).rejects.toThrow("line 3: a second symbol");
  });

  test("no row of the symbol that is asked for", async () => {
    await expect(parse(`symbol,${HEADER}\nETHUSDT,${good}`)).rejects.toThrow("there is no candle");
  });

  test("what is no text", async () => {
    const bytes = Uint8Array.from([0x1f, 0x8b, 0xff, 0xfe]);
    await expect(parseCandleFile(pieces(bytes), OPTIONS)).rejects.toMatchObject({ code: "MARKET_FILE_INVALID" });
  });

  test.each([
    ["a line", `${HEADER}\n${good}\n`],
    ["a row of JSON", `[[${good}],\n[`],
  ])("%s without an end, without keeping it", async (_, text) => {
    let pulledCount = 0;
    async function* endless() {
      yield new TextEncoder().encode(text);
      for (; pulledCount < 1_000; pulledCount += 1) yield new Uint8Array(10_000).fill(0x39);
    }
    await expect(parseCandleFile(endless(), OPTIONS)).rejects.toThrow("longer than 65536 characters");
    expect(pulledCount).toBeLessThan(20);
  });

  test("many faults are counted, and the first of them told", async () => {
    const rows = Array.from({ length: 5_000 }, () => "x,1,1,1,1,1").join("\n");
    const error = await parse(`${HEADER}\n${rows}`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ details: { count: 5_000, problems: { length: 20 } } });
    expect(error).toHaveProperty("message", expect.stringContaining("and 4980 more"));
  });
});

test("whatever it is given, it answers candles that can be or says that the file is invalid", async () => {
  const whole = [
    `time,open,high,low,close,volume\n${START},10,12,9,11,1\n${START + HOUR},10,12,9,11,1\n`,
    `[[${START},10,12,9,11,1],\n{"time":${START + HOUR},"open":10,"high":12,"low":9,"close":11,"volume":1}]`,
  ];
  const damage = fc.record({
    text: fc.constantFrom(...whole),
    at: fc.nat({ max: 110 }),
    removed: fc.nat({ max: 4 }),
    put: fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom("[", "]", "{", "}", '"', "\\", ",", "\n", "-", "e", "\u0000"),
    ),
  });
  const damaged = damage.map(({ text, at, removed, put }) => text.slice(0, at) + put + text.slice(at + removed));
  const property = fc.asyncProperty(
    fc.oneof(damaged, fc.string()),
    fc.integer({ min: 1, max: 50 }),
    async (text, size) => {
      const outcome = await parse(text, {}, size).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toHaveProperty("code", "MARKET_FILE_INVALID");
      else checkCandles((outcome as { candles: Candles }).candles);
    },
  );
  await fc.assert(property, { numRuns: soakRuns(300, 50_000) });
});

test.each([
  [0, 0],
  ["0", 0],
  [-60, -60_000],
  ["20260101", START],
  ["1767225600", START],
  [1_767_225_600_123, 1_767_225_600_123],
  ["2026-01-01T00:00:00.1239Z", START + 123],
  ["0000-13-01", Number.NaN],
  ["2026-1-1", Number.NaN],
  ["", Number.NaN],
  [null, Number.NaN],
  [undefined, Number.NaN],
  [true, Number.NaN],
])("the time %j is %j", (text, ms) => {
  expect(readTime(text)).toBe(ms);
});
