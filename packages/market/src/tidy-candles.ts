import type { ErrorDetails } from "@shoal/kernel";
import { type CandleColumns, type CandleIdentity, COLUMNS, createCandles, gatherColumns } from "./candles.ts";
import type { Candles } from "./candles.types.ts";
import { MarketError } from "./errors.ts";
import { timeframeMs } from "./timeframes.ts";

/** What can be wrong with rows of candles, and what `tidyCandles` does about it. */
export type CandleNoteCode =
  /** A field is missing, NaN or infinite. Left out. */
  | "MARKET_CANDLE_NOT_A_NUMBER"
  /** A price not above 0, a negative volume, a high or low that is not the highest or lowest. Left out. */
  | "MARKET_CANDLE_IMPOSSIBLE"
  /** It does not start where a candle of the timeframe can: at a whole multiple of it, from a day on at midnight UTC. Left out. */
  | "MARKET_CANDLE_OFF_GRID"
  /** It ends later than now. Left out. */
  | "MARKET_CANDLE_UNFINISHED"
  /** It starts before the row above it. Put in its place. Rows that are all newest first are in order. */
  | "MARKET_CANDLE_OUT_OF_ORDER"
  /** The same candle once more. Counted once. */
  | "MARKET_CANDLE_DUPLICATE"
  /** Another candle of the same start. The later row counts. */
  | "MARKET_CANDLE_CONFLICT"
  /** Candles are missing before this one, because nothing was traded or nothing was recorded. They stay missing: nothing is made up. */
  | "MARKET_CANDLE_GAP";

export interface CandleNote {
  readonly code: CandleNoteCode;
  /** Index of the row in what was given. */
  readonly row: number;
  readonly message: string;
}

/** Notes: all of them counted, the first `MAX_NOTES` of each code kept. */
export interface CandleNotes {
  readonly counts: Readonly<Partial<Record<CandleNoteCode, number>>>;
  readonly first: readonly CandleNote[];
}

/** Notes kept of each code: a file may have a million of the same. */
const MAX_NOTES = 20;

/** Makes candles of rows in whatever state they are, by the rules of `CandleNoteCode`. */
export function tidyCandles(
  identity: CandleIdentity,
  columns: CandleColumns,
  nowMs: number,
): { readonly candles: Candles; readonly notes: CandleNotes } {
  const notes = createNotes();
  const endMs = nowMs - timeframeMs[identity.timeframe];
  const kept: number[] = [];
  for (let row = 0; row < columns.openMs.length; row += 1) {
    const problem = rowProblem(columns, row, identity);
    if (problem !== undefined) notes.add(problem.code, row, problem.message);
    else if ((columns.openMs[row] as number) > endMs)
      notes.add("MARKET_CANDLE_UNFINISHED", row, "it is not finished yet");
    else kept.push(row);
  }
  const ordered = withoutDoubles(columns, inOrder(columns, kept, notes), notes);
  noteGaps(identity, columns, ordered, notes);
  const isWhole = ordered.length === columns.openMs.length && ordered.every((row, index) => row === index);
  return { candles: createCandles(identity, isWhole ? columns : gatherColumns(columns, ordered)), notes: notes.all };
}

/**
 * Throws `MARKET_CANDLES_INVALID` unless the candles are what a `CandleSource` answers: numbers that can be, on the grid, in order, each
 * once, and, where `nowMs` is given, finished. Gaps are no fault.
 */
export function checkCandles(candles: Candles, nowMs = Infinity): void {
  const refuse = (what: string, details: ErrorDetails) => {
    const message = `candles of ${candles.symbol} ${candles.timeframe} cannot be used: ${what}`;
    throw new MarketError("MARKET_CANDLES_INVALID", message, { details });
  };
  if (COLUMNS.some((name) => candles[name].length !== candles.length)) refuse("their columns differ in length", {});
  const { counts, first } = tidyCandles(candles, candles, nowMs).notes;
  const problems = first.filter(({ code }) => code !== "MARKET_CANDLE_GAP");
  const [problem] = problems;
  if (problem !== undefined) refuse(`candle ${problem.row}: ${problem.message}`, { counts, problems });
}

function createNotes() {
  const counts: Partial<Record<CandleNoteCode, number>> = {};
  const first: CandleNote[] = [];
  return {
    all: { counts, first },
    add(code: CandleNoteCode, row: number, message: string) {
      const count = (counts[code] ?? 0) + 1;
      counts[code] = count;
      if (count <= MAX_NOTES) first.push({ code, row, message });
    },
  };
}

type Notes = ReturnType<typeof createNotes>;

interface RowProblem {
  readonly code: CandleNoteCode;
  readonly message: string;
}

/** What is wrong with one row by itself. */
function rowProblem(columns: CandleColumns, row: number, { timeframe }: CandleIdentity): RowProblem | undefined {
  for (const name of COLUMNS) {
    if (!Number.isFinite(columns[name][row])) {
      return {
        code: "MARKET_CANDLE_NOT_A_NUMBER",
        message: `its ${name === "openMs" ? "time" : name} is not a number`,
      };
    }
  }
  const impossible = impossibility(columns, row);
  if (impossible !== undefined) return { code: "MARKET_CANDLE_IMPOSSIBLE", message: impossible };
  const openMs = columns.openMs[row] as number;
  // Exchanges begin weeks on different days, so that of longer timeframes only the midnight can be asked for.
  if (openMs % Math.min(timeframeMs[timeframe], timeframeMs["1d"]) === 0) return undefined;
  return { code: "MARKET_CANDLE_OFF_GRID", message: `it starts at ${openMs}, where no candle of ${timeframe} starts` };
}

function impossibility(columns: CandleColumns, row: number): string | undefined {
  const [open, high, low] = [columns.open[row], columns.high[row], columns.low[row]] as [number, number, number];
  const [close, volume] = [columns.close[row], columns.volume[row]] as [number, number];
  if (low <= 0) return `its low ${low} is not above 0`;
  if (low > high) return `its high ${high} is below its low ${low}`;
  if (open < low || open > high) return `its open ${open} is outside of low ${low} and high ${high}`;
  if (close < low || close > high) return `its close ${close} is outside of low ${low} and high ${high}`;
  if (volume < 0) return `its volume ${volume} is negative`;
  return undefined;
}

/** The rows sorted by their start; rows of one start stay as they were. */
function inOrder({ openMs }: CandleColumns, rows: number[], notes: Notes): number[] {
  const start = (row: number) => openMs[row] as number;
  const isOrdered = (sign: 1 | -1) =>
    rows.every((row, at) => at === 0 || sign * (start(row) - start(rows[at - 1] as number)) >= 0);
  if (isOrdered(1)) return rows;
  if (isOrdered(-1)) notes.add("MARKET_CANDLE_OUT_OF_ORDER", 0, "the rows are newest first");
  else {
    let newest = -Infinity;
    for (const row of rows) {
      if (start(row) < newest) notes.add("MARKET_CANDLE_OUT_OF_ORDER", row, "it starts before a candle above it");
      newest = Math.max(newest, start(row));
    }
  }
  return rows.sort((a, b) => start(a) - start(b) || a - b);
}

/** Of rows of one start, the last. */
function withoutDoubles(columns: CandleColumns, rows: readonly number[], notes: Notes): number[] {
  return rows.filter((row, at) => {
    const next = rows[at + 1];
    if (next === undefined || columns.openMs[next] !== columns.openMs[row]) return true;
    if (COLUMNS.every((name) => columns[name][row] === columns[name][next])) {
      notes.add("MARKET_CANDLE_DUPLICATE", next, "it is there twice");
    } else notes.add("MARKET_CANDLE_CONFLICT", next, "another row has the same start and other values");
    return false;
  });
}

function noteGaps(
  { timeframe }: CandleIdentity,
  { openMs }: CandleColumns,
  rows: readonly number[],
  notes: Notes,
): void {
  const lengthMs = timeframeMs[timeframe];
  for (let at = 1; at < rows.length; at += 1) {
    const row = rows[at] as number;
    const missing = Math.round(((openMs[row] as number) - (openMs[rows[at - 1] as number] as number)) / lengthMs) - 1;
    if (missing > 0) notes.add("MARKET_CANDLE_GAP", row, `${missing} missing before it`);
  }
}
