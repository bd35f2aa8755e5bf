const BAR_WIDTH = 20;

/** A row of a table: its label, then what belongs to it. */
export function row(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

const LABEL_WIDTH = 14;

/** `[####................]`, filled by how much of the allowed is used. */
export function bar(used: number, allowed: number): string {
  const filled = Math.min(BAR_WIDTH, Math.ceil((used / Math.max(1, allowed)) * BAR_WIDTH));
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
}

/** `1:05`, and `26:01:05` from an hour on. */
export function clockText(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `rate 3   network 1`, most frequent first; `none` when nothing occurred. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const occurred = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([, left], [, right]) => right - left);
  return occurred.length === 0 ? "none" : occurred.map(([name, count]) => `${name} ${count}`).join("   ");
}
