import type { Clock, Timer } from "@shoal/kernel";
import type { Line } from "./line.ts";

/** Extends the visibility timeouts of what is here, while anything is. */
export interface Heart {
  /** Something came or went. */
  check(): void;
  /** No further beat; resolves when one under way has ended. */
  stop(): Promise<void>;
}

/** `intervalMs`: between beats; a quarter of it after one that failed. */
export function createHeart(lines: readonly Line[], clock: Clock, intervalMs: number): Heart {
  let timer: Timer | undefined;
  let beating: Promise<void> | undefined;
  let isStopped = false;

  const check = (delayMs = intervalMs) => {
    const hasWork = !isStopped && lines.some((line) => !line.isEmpty);
    if (!hasWork) {
      timer?.cancel();
      timer = undefined;
    } else if (!beating) timer ??= clock.after(delayMs, beat);
  };

  const beat = () => {
    timer = undefined;
    beating = extendAll().then((delayMs) => {
      beating = undefined;
      check(delayMs);
    });
  };

  const extendAll = async (): Promise<number> => {
    const worked = await Promise.all(lines.map((line) => line.extend()));
    return worked.every(Boolean) ? intervalMs : intervalMs / 4;
  };

  return {
    check: () => check(),
    async stop() {
      isStopped = true;
      check();
      await beating;
    },
  };
}
