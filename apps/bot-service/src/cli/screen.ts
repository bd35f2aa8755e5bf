/** Where a live view shows itself; standard output, usually. */
export interface Screen {
  /** Replaces the last picture by this one. */
  show(lines: readonly string[]): void;
  /** Leaves the last picture where it is; what is written next goes below. */
  finish(): void;
}

/** A terminal, or whatever else standard output is. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

/** On a terminal a picture is drawn over the last one; elsewhere one summary line is written every 5 s. */
export function createScreen(output: Output, now: () => number): Screen {
  return output.isTTY ? terminalScreen(output) : lineScreen(output, now);
}

/** Of a terminal that does not tell. */
const USUAL_COLUMNS = 80;

function terminalScreen(output: Output): Screen {
  /** The last picture, and as much of it as was drawn. */
  let picture: readonly string[] = [];
  let drawn: readonly string[] = [];
  const draw = () => {
    const columns = output.columns || USUAL_COLUMNS;
    // No more lines than there are rows, one of which is the cursor's: what has scrolled away cannot be drawn over.
    const lines = picture
      .slice(0, Math.max(1, (output.rows || Number.POSITIVE_INFINITY) - 1))
      .map((line) => Bun.sliceAnsi(line, 0, columns - 1));
    // A terminal that became narrower has wrapped the lines that were drawn before. One that cuts them instead (xterm) loses
    // a few lines above the picture.
    const height = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / columns)), 0);
    // The terminal has echoed ^C where the cursor stood: back to the margin first.
    const up = height > 0 ? `\r\x1b[${height}A` : "";
    // Rows are forgotten as wrapped ones by erasing all of them at once.
    const erase = height > drawn.length ? "\x1b[J" : "";
    // Rows of a picture that was taller are not left below.
    output.write(`${up}${erase}${lines.map((line) => `\x1b[2K${line}\n`).join("")}\x1b[J`);
    drawn = lines;
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
    },
  };
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
