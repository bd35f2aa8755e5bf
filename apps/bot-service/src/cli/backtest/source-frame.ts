import { printable } from "@shoal/kernel";

/** Wider lines are cut around the place. */
const MOST_COLUMNS = 120;
const BEFORE_PLACE = 60;

/** Returns the line of the source with a mark below the place; nothing for a place that the source does not have. Both count from 1. */
export function sourceFrame(source: string, line: number, column: number): string[] {
  const text = source.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1];
  if (text === undefined) return [];
  const from = text.length > MOST_COLUMNS ? Math.max(0, column - 1 - BEFORE_PLACE) : 0;
  const shown = printable(text.slice(from, from + MOST_COLUMNS).replaceAll("\t", " "));
  // What cannot be printed is written out, and takes more columns than it had.
  const before = printable(text.slice(from, Math.max(from, column - 1)).replaceAll("\t", " "));
  const number = String(line);
  return [`  ${number} | ${shown}`, `  ${" ".repeat(number.length)} | ${" ".repeat(Bun.stringWidth(before))}^`];
}

/** An error with its place in a source; `check` and runs of strategies have them. */
export interface PlacedError {
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** Returns an error as a compiler writes it: `file:line:column code: message`, then the line of the source with a mark. */
export function errorLines(path: string, source: string, { code, message, line, column = 1 }: PlacedError): string[] {
  const place = line === undefined ? path : `${path}:${line}:${column}`;
  const frame = line === undefined ? [] : sourceFrame(source, line, column);
  return [printable(`${place} ${code}: ${message}`), ...frame];
}
