import type { Timer } from "@shoal/kernel";
import { useEffect, useRef } from "preact/hooks";
import { clock, isVisible } from "./adapters/browser.ts";

/** Repeats work while the tab is visible, and at once when it becomes visible after a longer time than that. Null: not at all. */
export function useRepeat(work: () => Promise<void>, everyMs: number | null): void {
  const isSeen = isVisible.value;
  const lastAt = useRef(clock.monotonicMs());
  useEffect(() => {
    if (everyMs === null || !isSeen) return;
    let timer: Timer | undefined;
    let isOver = false;
    const next = () => {
      const waitMs = Math.max(0, lastAt.current + everyMs - clock.monotonicMs());
      timer = clock.after(waitMs, async () => {
        lastAt.current = clock.monotonicMs();
        await work();
        if (!isOver) next();
      });
    };
    next();
    return () => {
      isOver = true;
      timer?.cancel();
    };
  }, [work, everyMs, isSeen]);
}
