import { createSystemClock, sleep } from "@shoal/kernel";

const clock = createSystemClock();
const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Resolves when `holds` returns true: for states of other processes and of databases, which tell of no event. Looks less often
 * the longer it waits, because each look is work that others wait for.
 */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let pauseMs = SHORTEST_PAUSE_MS; !(await holds()); pauseMs = Math.min(1.5 * pauseMs, LONGEST_PAUSE_MS)) {
    await sleep(clock, pauseMs);
  }
}
