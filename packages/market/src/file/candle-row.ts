import type { ColumnName } from "../candles.types.ts";

/** What a row of a file says of a candle: texts and numbers as they stand there. */
export type RawRow = Readonly<Partial<Record<RawField, unknown>>>;

/** `day` is the date where the time of day stands in a column of its own. */
export type RawField = ColumnName | "time" | "day" | "symbol";

/** The names under which a field is known, the surest first; written as `nameOf` makes them. */
const NAMES: Readonly<Record<RawField, readonly string[]>> = {
  // Our own name of it, which says the unit.
  openMs: ["openms"],
  time: ["opentime", "unix", "unixtime", "timestamp", "datetime", "time", "date", "day", "start", "ts", "t"],
  day: ["date", "day"],
  open: ["open", "openprice", "o"],
  high: ["high", "highprice", "h"],
  low: ["low", "lowprice", "l"],
  close: ["close", "closeprice", "c"],
  volume: ["volume", "basevolume", "vol", "v", "tickvol"],
  symbol: ["symbol", "pair", "ticker", "market"],
};

/** What a candle needs, in the order in which exchanges answer it. */
const USUAL_ORDER: readonly RawField[] = ["time", "open", "high", "low", "close", "volume"];

/** Where the fields of a row stand. */
export type FieldPlaces = Readonly<Partial<Record<RawField, number>>>;

/** Those of a row without names. */
export const USUAL_FIELDS: FieldPlaces = Object.fromEntries(USUAL_ORDER.map((field, index) => [field, index]));

/** A row of a file with its line, 1 or more, or what is wrong there. */
export type FileRow =
  | { readonly line: number; readonly row: RawRow }
  | { readonly line: number; readonly problem: string };

export function rowOf(values: readonly unknown[], fields: FieldPlaces): RawRow {
  const row: Partial<Record<RawField, unknown>> = {};
  for (const field in fields) row[field as RawField] = values[fields[field as RawField] as number];
  return row;
}

const nameOf = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Returns where each field stands among these names; `Volume BTC` is a volume where no column is called just that. */
export function findFields(names: readonly string[]): FieldPlaces {
  const known = names.map(nameOf);
  const found: Partial<Record<RawField, number>> = {};
  for (const field of Object.keys(NAMES) as RawField[]) {
    const name = NAMES[field].find((each) => known.includes(each));
    const index = name === undefined ? -1 : known.indexOf(name);
    if (index >= 0) found[field] = index;
  }
  const volume = known.findIndex((name) => name.startsWith("volume"));
  if (found.volume === undefined && volume >= 0) found.volume = volume;
  return found;
}

/** The fields that a candle needs and `found` does not have. */
export function missingFields(found: FieldPlaces): RawField[] {
  return USUAL_ORDER.filter(
    (field) => found[field === "time" && found.openMs !== undefined ? "openMs" : field] === undefined,
  );
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads a decimal number, also from a text. NaN if it is none: no commas, no blanks within, no hexadecimal. */
export function readNumber(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && NUMBER.test(value.trim()) ? Number(value) : Number.NaN;
}

/** From here on a number is no longer seconds, ms, µs: as seconds 1e11 is the year 5138, as ms 1973. */
const [MAX_SECONDS, MAX_MS, MAX_MICROSECONDS] = [1e11, 1e14, 1e17];

/** Date and time of day, year first; without a zone it is UTC. */
const DATE =
  /^(\d{4})([-/.]?)(\d\d)\2(\d\d)(?:[T ]+(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)? *(?:(Z|UTC|GMT)|([+-])(\d\d):?(\d\d))?$/i;

/**
 * Reads an instant in epoch ms: a number of seconds, ms, µs or ns since 1970, told apart by its size, or a date with or without time of
 * day. Eight digits are a date, too. NaN if it is neither.
 */
export function readTime(value: unknown): number {
  const text = String(value).trim();
  const date = DATE.exec(text);
  if (date !== null) return readDate(date);
  const number = readNumber(value);
  const size = Math.abs(number);
  if (size < MAX_SECONDS) return Math.round(number * 1_000);
  if (size < MAX_MS) return number;
  return Math.round(number / (size < MAX_MICROSECONDS ? 1e3 : 1e6));
}

function readDate([
  ,
  year,
  ,
  month,
  day,
  hour = "0",
  minute = "0",
  second = "0",
  fraction = "0",
  ,
  sign,
  zoneHour,
  zoneMinute,
]: RegExpExecArray): number {
  const [y, m, d, h, min, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const midnightMs = Date.UTC(y, m - 1, d);
  // 30 February would become 2 March, and 24:00 tomorrow.
  if (new Date(midnightMs).getUTCMonth() !== m - 1 || d === 0 || h > 23 || min > 59 || s > 59) return Number.NaN;
  const ms = midnightMs + ((h * 60 + min) * 60 + s) * 1_000 + Math.floor(Number(`0.${fraction}`) * 1_000);
  const zoneMs = sign === undefined ? 0 : (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000;
  return sign === "-" ? ms + zoneMs : ms - zoneMs;
}
