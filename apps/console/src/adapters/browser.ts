import { signal } from "@preact/signals";
import { createSystemRuntime } from "@shoal/kernel";

/** Time and chance of the page. */
export const { clock, rng } = createSystemRuntime();

/** Whether the tab can be seen. What costs the daemon or the processor something waits until it can. */
export const isVisible = signal(document.visibilityState === "visible");
document.addEventListener("visibilitychange", () => {
  isVisible.value = document.visibilityState === "visible";
});

/** What the browser keeps of the console between visits: choices of how things look, nothing of the daemon's. */
export const kept = {
  get(name: string): string | null {
    try {
      return localStorage.getItem(`shoal.${name}`);
    } catch {
      // A browser may forbid all storage. The choice then lasts as long as the page.
      return null;
    }
  },
  set(name: string, value: string): void {
    try {
      localStorage.setItem(`shoal.${name}`, value);
    } catch {}
  },
};
