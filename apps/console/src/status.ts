import { computed } from "@preact/signals";
import { browserNow } from "./preferences.ts";
import { snapshot, snapshotAt } from "./stream.ts";
import { verdictOf } from "./verdict.ts";

/** Age of the latest figures in ms; 0 before there are any. */
export const ageMs = computed(() => (snapshotAt.value === null ? 0 : Math.max(0, browserNow.value - snapshotAt.value)));

/** Is anybody hurt, now. */
export const verdict = computed(() => verdictOf(snapshot.value, ageMs.value));
