import { printable } from "@shoal/kernel";

/** Lines as the check counts them. */
export const linesOf = (source: string): string[] => source.split(/\r\n|[\n\r\u2028\u2029]/);

/** A line as it is shown: tabs as blanks, and what would hide or turn the reading order round written out. */
export const shownLine = (line: string) => line.split("\t").map(printable).join("  ");

/** Numbers of the lines with characters that hide, or turn the reading order round: an editor shows them as if they were not there. */
export function treacherousLines(source: string): number[] {
  return linesOf(source).flatMap((line, index) => (shownLine(line) === line.replaceAll("\t", "  ") ? [] : [index + 1]));
}

/** Where a place of a source is in its text: for setting the cursor there. */
export function offsetOf(source: string, line: number, column: number): number {
  const ends = [...source.matchAll(/\r\n|[\n\r\u2028\u2029]/g)];
  const before = ends[Math.min(line - 1, ends.length) - 1];
  const start = before === undefined ? 0 : before.index + before[0].length;
  return Math.min(source.length, start + Math.max(0, column - 1));
}
