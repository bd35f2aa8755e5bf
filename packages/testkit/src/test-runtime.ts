import { type Runtime, seededRng, silentLog } from "@shoal/kernel";
import { countedIds } from "./counted-ids.ts";
import { createSimulatedClock, type SimulatedClock } from "./simulated-clock.ts";

/** Makes a runtime in which nothing happens by itself: simulated clock, seeded chance, counted ids, silent log. */
export function testRuntime(seed = 1): Runtime & { readonly clock: SimulatedClock } {
  return { clock: createSimulatedClock(), rng: seededRng(seed), ids: countedIds(), log: silentLog };
}
