/** Where a live view shows itself; standard output, usually. */
export interface Screen {
  /** Replaces the last picture by this one. */
  show(lines: readonly string[]): void;
  /** Leaves the last picture where it is; what is written next goes below. */
  finish(): void;
}

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** On a terminal a picture is drawn over the last one; elsewhere one summary line is written every 5 s. */
export function createScreen(output: Output, now: () => number): Screen {
  return output.isTTY ? terminalScreen(output) : lineScreen(output, now);
}

function terminalScreen(output: Output): Screen {
  let height = 0;
  return {
    show(lines) {
      const width = output.columns || 100;
      // The terminal has echoed ^C where the cursor stood: back to the margin first.
      const up = height > 0 ? `\r\x1b[${height}A` : "";
      // Each line is cut to the width: a wrapped line would make the cursor go up too few rows.
      // And no more of them than there are rows, one of which is the cursor's: what has scrolled away cannot be drawn over.
      const shown = lines.slice(0, Math.max(1, (output.rows || Number.POSITIVE_INFINITY) - 1));
      const text = shown.map((line) => `\x1b[2K${line.slice(0, width - 1)}\n`).join("");
      // Rows of a picture that was taller are not left below.
      output.write(`${up}${text}\x1b[J`);
      height = shown.length;
    },
    finish() {
      height = 0;
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
