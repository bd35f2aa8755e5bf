import { type Clock, SECOND_MS } from "@shoal/kernel";
import { clockText } from "../drawing.ts";
import { createScreen, type Output } from "../screen.ts";

/** Shorter work ends before anybody asks how far it is. */
const SHOWN_AFTER_MS = SECOND_MS;
const DRAWN_EVERY_MS = 200;
/** From here on the time that is left is told. */
const LEAST_PERCENT = 3;

/** How far a long piece of work is, for somebody at a terminal or a log. */
export interface Progress {
  show(doneCount: number, allCount: number, what: string): void;
  /** Takes the picture away. */
  end(): void;
}

/** Shows progress on `output`, usually standard error: drawn over on a terminal, else a line every 5 s. */
export function createProgress(output: Output, clock: Clock): Progress {
  const screen = createScreen(output, () => clock.monotonicMs());
  const startMs = clock.monotonicMs();
  let nextMs = startMs + SHOWN_AFTER_MS;
  let isShown = false;
  return {
    show(doneCount, allCount, what) {
      const nowMs = clock.monotonicMs();
      if (nowMs < nextMs) return;
      nextMs = nowMs + DRAWN_EVERY_MS;
      isShown = true;
      const percent = Math.floor((100 * doneCount) / allCount);
      const leftMs = ((nowMs - startMs) / doneCount) * (allCount - doneCount);
      // The first steps wait for the sandbox: they say nothing about the others.
      const left = percent < LEAST_PERCENT ? "" : `, about ${clockText(leftMs)} to go`;
      screen.show([`${doneCount} of ${allCount} ${what} (${percent} %)${left}`]);
    },
    end() {
      if (isShown && output.isTTY) screen.show([]);
      screen.finish();
    },
  };
}
