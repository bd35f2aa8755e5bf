const BAR_WIDTH = 20;

/** Draws a row of a table: its label, then its text. */
export function row(label: string, text: string): string {
  return `  ${label}${" ".repeat(Math.max(0, LABEL_WIDTH - Bun.stringWidth(label)))}${text}`;
}

const LABEL_WIDTH = 14;

/** Draws `[####................]`, filled by the share of `allowed` that is used. */
export function bar(used: number, allowed: number): string {
  const filled = Math.min(BAR_WIDTH, Math.ceil((used / Math.max(1, allowed)) * BAR_WIDTH));
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
}

/** Writes a duration as `1:05`, and as `26:01:05` from an hour on. */
export function clockText(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Writes counts as `rate 3   network 1`, the most frequent first; `none` if all are 0. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const occurred = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([, left], [, right]) => right - left);
  return occurred.length === 0 ? "none" : occurred.map(([name, count]) => `${name} ${count}`).join("   ");
}

/** Cuts a line to `columns` of a terminal, where some characters take two; `…` stands for the rest. */
export function cut(line: string, columns: number): string {
  const shown = Bun.sliceAnsi(line, 0, columns, "…");
  // Bun keeps a letter of two columns at the end for which there is room of one.
  return Bun.stringWidth(shown) <= columns ? shown : Bun.sliceAnsi(line, 0, columns - 1, "…");
}

/** Breaks text into lines of `columns`, between words, and inside words that are longer. */
export function wrap(text: string, columns: number): string[] {
  return Bun.wrapAnsi(text, columns, { hard: true }).split("\n");
}
