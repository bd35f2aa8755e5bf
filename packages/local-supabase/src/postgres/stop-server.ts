import { type Clock, sleep } from "@shoal/kernel";
import { commandLine, isAlive, signalProcess } from "./adapters/process-table.ts";

/** Signals of the postmaster, from polite to rude, and how long each gets. @source https://www.postgresql.org/docs/current/server-shutdown.html */
const STEPS = [
  { signal: "SIGINT", limitMs: 15_000 },
  { signal: "SIGQUIT", limitMs: 5_000 },
  { signal: "SIGKILL", limitMs: 5_000 },
] as const;

const POLL_MS = 10;

/** Shuts a postmaster down, ending its sessions, harder and harder until it is gone. Resolves false if it survives even SIGKILL. */
export async function stopServer(clock: Clock, pid: number): Promise<boolean> {
  for (const { signal, limitMs } of STEPS) {
    signalProcess(pid, signal);
    if (await waitUntilGone(clock, pid, limitMs)) return true;
  }
  return false;
}

async function waitUntilGone(clock: Clock, pid: number, limitMs: number): Promise<boolean> {
  const deadline = clock.monotonicMs() + limitMs;
  while (isRunning(pid)) {
    if (clock.monotonicMs() >= deadline) return false;
    await sleep(clock, POLL_MS);
  }
  return true;
}

/** A zombie waits for a parent that may never ask; it has no command line any more and holds nothing. */
function isRunning(pid: number): boolean {
  return isAlive(pid) && commandLine(pid).length > 0;
}
