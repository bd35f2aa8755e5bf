/** Screen of a live view, usually standard output. */
export interface Screen {
  /** Replaces the last picture. */
  show(lines: readonly string[]): void;
  /** Leaves the last picture where it is; later output goes below it. */
  finish(): void;
}

/** A terminal, a pipe or a file. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

/** Makes a screen: on a terminal it draws a picture over the last one; elsewhere it writes one summary line every 5 s. */
export function createScreen(output: Output, now: () => number): Screen {
  return output.isTTY ? terminalScreen(output) : lineScreen(output, now);
}

/** Columns of a terminal that does not report its size. */
const USUAL_COLUMNS = 80;

function terminalScreen(output: Output): Screen {
  let picture: readonly string[] = [];
  let drawn: readonly string[] = [];
  /** Lines of earlier pictures that have scrolled away, until a terminal that becomes taller shows them again. */
  let scrolled: readonly string[] = [];
  let size = "";
  const draw = () => {
    const columns = output.columns || USUAL_COLUMNS;
    // One row is the cursor's.
    const rows = Math.max(1, (output.rows || Number.POSITIVE_INFINITY) - 1);
    const isResized = size !== `${columns} ${rows}`;
    size = `${columns} ${rows}`;
    const stale = isResized ? [...scrolled, ...drawn] : drawn;
    // A terminal that became narrower has wrapped the lines drawn before. One that cuts them (xterm) loses a few lines above.
    const heights = stale.map((line) => Math.max(1, Math.ceil(Bun.stringWidth(line) / columns)));
    const height = heights.reduce((sum, own) => sum + own, 0);
    // The terminal has echoed ^C where the cursor stood: back to the margin first.
    const up = height > 0 ? `\r\x1b[${Math.min(height, rows)}A` : "";
    // Rows are forgotten as wrapped ones by erasing all of them at once.
    const erase = height > stale.length ? "\x1b[J" : "";
    if (isResized) scrolled = stale.slice(0, scrolledCount(heights, rows));
    drawn = picture.slice(0, rows).map((line) => Bun.sliceAnsi(line, 0, columns - 1));
    // Erases rows that a taller picture left below.
    output.write(`${up}${erase}${drawn.map((line) => `\x1b[2K${line}\n`).join("")}\x1b[J`);
  };
  output.on?.("resize", draw);
  return {
    show(lines) {
      picture = lines;
      draw();
    },
    finish() {
      output.off?.("resize", draw);
      drawn = [];
      scrolled = [];
    },
  };
}

/** Counts the first of these lines, those not wholly within the last `rows` rows. */
function scrolledCount(heights: readonly number[], rows: number): number {
  let left = rows;
  return (
    heights.findLastIndex((height) => {
      left -= height;
      return left < 0;
    }) + 1
  );
}

const LINE_INTERVAL_MS = 5000;

function lineScreen(output: Output, now: () => number): Screen {
  let nextMs = 0;
  return {
    show(lines) {
      if (now() < nextMs) return;
      nextMs = now() + LINE_INTERVAL_MS;
      output.write(
        `${lines
          .map((line) => line.trim().replace(/\s+/g, " "))
          .filter(Boolean)
          .join(" | ")}\n`,
      );
    },
    finish() {},
  };
}
