import { printable } from "@shoal/kernel";
import { cut } from "./drawing.ts";

type Cell = string | number;

/** What a table has to fit into. */
export interface Fit {
  /** Of the terminal. Default: no limit. */
  readonly columns?: number;
  /** Headings of columns that are left out where there is no room. */
  readonly spare?: readonly string[];
}

const GAP = "  ";
/** A column of text is not made narrower than this. */
const LEAST_WIDTH = 8;

/**
 * Draws columns as wide as their widest cell, headings first, without trailing blanks. Numbers stand to the right. Cells may be text from outside.
 * To be no wider than `columns`, it leaves out the columns that are named `spare`, the last one first, and then cuts the widest texts.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  { columns = Number.POSITIVE_INFINITY, spare = [] }: Fit = {},
): string {
  const texts = rows.map((row) => row.map((cell) => printable(String(cell))));
  const widths = widthsOf(headings, texts);
  const isShown = headings.map(() => true);
  const total = () => widths.reduce((sum, width, at) => (isShown[at] ? sum + width + GAP.length : sum), -GAP.length);
  for (let at = headings.length - 1; at >= 0 && total() > columns; at -= 1) {
    isShown[at] = !spare.includes(headings[at] ?? "");
  }
  const isNumeric = headings.map((_, at) => rows.every((row) => typeof row[at] === "number"));
  while (total() > columns) {
    const wide = widths.map((width, at) => (isShown[at] && !isNumeric[at] ? width : 0));
    const widest = Math.max(...wide);
    if (widest <= LEAST_WIDTH) break;
    widths[wide.indexOf(widest)] = Math.max(LEAST_WIDTH, widest - Math.max(1, total() - columns));
  }
  const kept = <T>(cells: readonly T[]) => cells.filter((_, at) => isShown[at]);
  return drawRows(kept(headings), texts.map(kept), kept(widths), kept(isNumeric));
}

function widthsOf(headings: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return headings.map((_, at) => Math.max(...[headings, ...rows].map((line) => Bun.stringWidth(line[at] ?? ""))));
}

function drawRows(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  isNumeric: readonly boolean[],
): string {
  const draw = (line: readonly string[]) =>
    line
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        const shown = Bun.stringWidth(cell) > width ? cut(cell, width) : cell;
        const blanks = " ".repeat(width - Bun.stringWidth(shown));
        return isNumeric[at] ? `${blanks}${shown}` : `${shown}${blanks}`;
      })
      .join(GAP)
      .trimEnd();
  return `${[headings, ...rows].map(draw).join("\n")}\n`;
}
