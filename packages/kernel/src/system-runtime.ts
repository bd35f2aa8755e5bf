import { type Log, silentLog } from "./log.ts";
import type { Runtime } from "./runtime.ts";
import { createSystemClock } from "./system-clock.ts";
import { systemIds } from "./system-ids.ts";
import { systemRng } from "./system-rng.ts";

/** Makes the real runtime with a clock of its own, whose timers are counted apart. */
export function createSystemRuntime(log: Log = silentLog): Runtime {
  return { clock: createSystemClock(), rng: systemRng, ids: systemIds, log };
}
