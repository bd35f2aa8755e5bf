import { computed, effect, signal } from "@preact/signals";
import { SECOND_MS, type Timer } from "@shoal/kernel";
import { clock, isVisible, kept } from "./adapters/browser.ts";
import type { Zone } from "./format.ts";

export type Theme = "system" | "light" | "dark";

const oneOf = <T extends string>(values: readonly T[], value: string | null): T =>
  values.find((each) => each === value) ?? (values[0] as T);

export const theme = signal<Theme>(oneOf(["system", "light", "dark"], kept.get("theme")));
export const zone = signal<Zone>(oneOf(["local", "utc"], kept.get("zone")));

effect(() => {
  kept.set("theme", theme.value);
  if (theme.value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme.value;
});
effect(() => kept.set("zone", zone.value));

/** The present instant by the browser, to the second, while the tab is visible. */
export const browserNow = signal(clock.now());

/** How far the clock of the browser is before that of the daemon, where they differ by more than a message takes. */
export const skewMs = signal(0);

/** The present instant by the daemon, to the second: what shows the age of something of the daemon's reads this, and is drawn again with it. */
export const now = computed(() => browserNow.value - skewMs.value);

effect(() => {
  if (!isVisible.value) return;
  let timer: Timer | undefined;
  const tick = () => {
    const at = clock.now();
    browserNow.value = at;
    timer = clock.after(SECOND_MS - (at % SECOND_MS), tick);
  };
  tick();
  return () => timer?.cancel();
});
