/** Loaded into the daemon before its own code: measures how late its event loop is, and answers over IPC. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Delay } from "./daemon.ts";

const RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
/** Without the resolution itself, which every sample contains. */
const ms = (ns: number) => Math.max(0, Math.round((ns / NS_PER_MS - RESOLUTION_MS) * 10) / 10);

process.on("message", () => {
  const figures: Delay = { p50Ms: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), maxMs: ms(delay.max) };
  delay.reset();
  process.send?.(figures);
});
