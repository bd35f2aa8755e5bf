import { type Log, silentLog } from "./log.ts";
import type { Runtime } from "./runtime.ts";
import { createSystemClock } from "./system-clock.ts";
import { systemIds } from "./system-ids.ts";
import { systemRng } from "./system-rng.ts";

/** The real runtime with a fresh clock (so its timers are counted apart). */
export function createSystemRuntime(log: Log = silentLog): Runtime {
  return { clock: createSystemClock(), rng: systemRng, ids: systemIds, log };
}
