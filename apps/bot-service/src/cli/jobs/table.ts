import { printable } from "@shoal/kernel";

/** Draws columns as wide as their widest cell, headings first, without trailing blanks. Numbers stand to the right. Cells may be text from outside. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map((cell) => printable(String(cell))))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const isNumeric = headings.map((_, column) => rows.every((row) => typeof row[column] === "number"));
  const draw = (line: readonly string[]) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return `${lines.map(draw).join("\n")}\n`;
}
