import { type Log, silentLog } from "./log.ts";
import type { Runtime } from "./runtime.ts";
import { createSystemClock } from "./system-clock.ts";
import { systemIds } from "./system-ids.ts";
import { systemRng } from "./system-rng.ts";

/** Makes the real runtime with a clock of its own, whose timers are counted apart. */
export function createSystemRuntime(log: Log = silentLog): Runtime {
  return { clock: createSystemClock(), rng: systemRng, ids: systemIds, log, ...collector() };
}

/** Node collects on request only if it was started for that. */
function collector(): Pick<Runtime, "collectGarbage"> {
  const { Bun } = globalThis as { readonly Bun?: { gc(waits: boolean): unknown } };
  return Bun ? { collectGarbage: () => void Bun.gc(false) } : {};
}
