import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late an event loop was. */
export interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;
/** Without the resolution itself, which every sample contains. */
const ms = (ns: number) => Math.max(0, Math.round((ns / NS_PER_MS - RESOLUTION_MS) * 10) / 10);

/** Measures from now on how late the event loop of this process is. Returns a reader of the figures since its last call. */
export function watchDelay(): () => Delay {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return () => {
    const figures = { p50Ms: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), maxMs: ms(delay.max) };
    delay.reset();
    return figures;
  };
}
