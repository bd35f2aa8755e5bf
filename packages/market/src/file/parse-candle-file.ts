import { printableJson } from "@shoal/kernel";
import { type CandleBuffer, createCandleBuffer } from "../candle-buffer.ts";
import type { CandleIdentity } from "../candles.ts";
import type { Candles } from "../candles.types.ts";
import { MarketError } from "../errors.ts";
import { type CandleNoteCode, type CandleNotes, tidyCandles } from "../tidy-candles.ts";
import { TIMEFRAMES, type Timeframe, timeframeMs } from "../timeframes.ts";
import { type FileRow, type RawRow, readNumber, readTime } from "./candle-row.ts";
import { readCsvRows } from "./csv-rows.ts";
import { readJsonRows } from "./json-rows.ts";
import { decodeText, splitLines } from "./text-lines.ts";

export interface CandleFileOptions {
  /** Which rows to read where the file names symbols, and what to call the market; `BTC/USDT` finds `BTCUSDT`, too. Default: the one the file names. */
  readonly symbol?: string;
  /** Default: the one that most rows are apart. */
  readonly timeframe?: Timeframe;
  /** Rows of candles that end later are left out. */
  readonly nowMs: number;
}

/** A line of a file, and what is wrong there. */
export interface FileProblem {
  readonly line: number;
  readonly message: string;
}

/** Problems that are kept: more would not help anybody. */
const MAX_PROBLEMS = 20;

/** What makes a file wrong. Other notes are of things that files have, and for which there is one right answer. */
const FAULTS: readonly CandleNoteCode[] = [
  "MARKET_CANDLE_NOT_A_NUMBER",
  "MARKET_CANDLE_IMPOSSIBLE",
  "MARKET_CANDLE_OFF_GRID",
  "MARKET_CANDLE_CONFLICT",
];

/**
 * Reads candles from CSV or JSON, whichever it is. Nothing is guessed and nothing left out: a row that is no candle makes the file
 * invalid. Gaps, doubles, another order and unfinished candles are noted, with their line as `row`. Throws `MARKET_FILE_INVALID`.
 */
export async function parseCandleFile(
  bytes: AsyncIterable<Uint8Array>,
  options: CandleFileOptions,
): Promise<{ readonly candles: Candles; readonly notes: CandleNotes }> {
  const reading = await readRows(rowsOf(decodeText(bytes)), options.symbol);
  const { buffer, lines, problems, symbol } = reading;
  if (problems.count > 0) throw invalidFile(problems.first, problems.count);
  if (buffer.length === 0) throw invalidFile([{ line: 1, message: "there is no candle" }], 1);
  const identity: CandleIdentity = { symbol, timeframe: options.timeframe ?? findTimeframe(buffer) };
  const { candles, notes } = tidyCandles(identity, buffer.columns(), options.nowMs);
  const first = notes.first.map((note) => ({ ...note, row: lines[note.row] as number }));
  const faults = first.filter(({ code }) => FAULTS.includes(code)).map(({ row, message }) => ({ line: row, message }));
  const faultCount = FAULTS.reduce((sum, code) => sum + (notes.counts[code] ?? 0), 0);
  if (faultCount > 0) throw invalidFile(faults, faultCount);
  return { candles, notes: { ...notes, first } };
}

/** Chooses the format by the first character that is none of the blanks. */
async function* rowsOf(chunks: AsyncGenerator<string>): AsyncGenerator<FileRow> {
  let head = "";
  while (head.trim() === "") {
    const next = await chunks.next();
    if (next.done === true) return;
    head += next.value;
  }
  const whole = (async function* () {
    yield head;
    yield* chunks;
  })();
  yield* /^\s*[[{]/.test(head) ? readJsonRows(whole) : readCsvRows(splitLines(whole));
}

async function readRows(rows: AsyncIterable<FileRow>, wanted: string | undefined) {
  const buffer = createCandleBuffer();
  const lines: number[] = [];
  const problems = { count: 0, first: [] as FileProblem[] };
  const report = (line: number, message: string) => {
    problems.count += 1;
    if (problems.count <= MAX_PROBLEMS) problems.first.push({ line, message });
  };
  let found: string | undefined;
  for await (const item of rows) {
    if ("problem" in item) {
      report(item.line, item.problem);
      continue;
    }
    const { line, row } = item;
    const symbol = row.symbol === undefined ? undefined : String(row.symbol).trim();
    if (symbol !== undefined && wanted !== undefined && plain(symbol) !== plain(wanted)) continue;
    if (symbol !== undefined && found !== undefined && symbol !== found) {
      report(
        line,
        `a second symbol, ${JSON.stringify(symbol)}, follows ${JSON.stringify(found)}: say which one to read`,
      );
      break;
    }
    found ??= symbol;
    const problem = pushRow(buffer, row);
    if (problem === undefined) lines.push(line);
    else report(line, problem);
  }
  const symbol = wanted ?? found;
  if (symbol === undefined && problems.count === 0) report(1, "the file names no symbol: say which one it is of");
  return { buffer, lines, problems, symbol: symbol ?? "" };
}

const plain = (symbol: string) => symbol.toUpperCase().replace(/[^A-Z0-9]/g, "");

/** Adds the candle of a row, or returns what is wrong with its fields. */
function pushRow(buffer: CandleBuffer, row: RawRow): string | undefined {
  const openMs = startOf(row);
  if (Number.isNaN(openMs)) {
    return `its time ${shown(row.openMs ?? row.time)} is neither seconds, ms, µs or ns since 1970 nor a date with the year first`;
  }
  const numbers: number[] = [];
  for (const field of ["open", "high", "low", "close", "volume"] as const) {
    const number = readNumber(row[field]);
    if (!Number.isFinite(number)) return `its ${field} ${shown(row[field])} is not a number`;
    numbers.push(number);
  }
  buffer.push(openMs, ...(numbers as [number, number, number, number, number]));
  return undefined;
}

function startOf({ openMs, day, time }: RawRow): number {
  if (openMs !== undefined) return readNumber(openMs);
  const isSplit = day !== undefined && /^\d\d?:\d\d/.test(String(time));
  return readTime(isSplit ? `${day} ${time}` : time);
}

/** A value of a file as it can be shown: short, and without what would control a terminal. */
function shown(value: unknown): string {
  if (value === undefined) return "(missing)";
  return printableJson(typeof value === "string" ? value.slice(0, 40) : value);
}

/** Rows that are looked at to find the timeframe. */
const MAX_LOOK = 10_000;

function findTimeframe(buffer: CandleBuffer): Timeframe {
  const { openMs } = buffer.columns();
  const counts = new Map<number, number>();
  for (let at = 1; at < Math.min(openMs.length, MAX_LOOK); at += 1) {
    const distanceMs = Math.abs((openMs[at] as number) - (openMs[at - 1] as number));
    if (distanceMs > 0) counts.set(distanceMs, (counts.get(distanceMs) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  const timeframe = TIMEFRAMES.find((each) => timeframeMs[each] === most?.[0]);
  if (timeframe !== undefined) return timeframe;
  const message =
    most === undefined
      ? "one candle does not say its timeframe: name it, in a backtest by --timeframe"
      : `most candles are ${most[0]} ms apart, which is no timeframe: use one of ${TIMEFRAMES.join(", ")}`;
  throw invalidFile([{ line: 1, message }], 1);
}

function invalidFile(problems: readonly FileProblem[], count: number): MarketError {
  const lines = problems.map(({ line, message }) => `  line ${line}: ${message}`);
  if (count > problems.length) lines.push(`  and ${count - problems.length} more`);
  return new MarketError("MARKET_FILE_INVALID", `the file of candles cannot be used:\n${lines.join("\n")}`, {
    details: { problems, count },
  });
}
