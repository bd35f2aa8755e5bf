import { SECOND_MS } from "@shoal/kernel";
import type { Benchmark } from "./benchmark.ts";
import { measureGrants, WINDOW } from "./grants/measure.ts";

const TARGET_P50_MS = 25;

const benchmark: Benchmark = {
  name: "grants",
  summary: "joins granted out of one row to 3 and 20 replicas that each ask ten times a second for all there are",
  async run({ quick }) {
    const forMs = quick ? 3 * SECOND_MS : 20 * SECOND_MS;
    const of3 = await measureGrants(3, forMs);
    const of20 = await measureGrants(20, forMs);
    const targetsMissed: string[] = [];
    for (const [count, { granted, p50Ms }] of [[3, of3] as const, [20, of20] as const]) {
      if (granted !== WINDOW) targetsMissed.push(`${count} replicas were granted ${granted}, not ${WINDOW}`);
      if (p50Ms > TARGET_P50_MS) targetsMissed.push(`p50 of ${count} replicas is ${p50Ms} ms, target ${TARGET_P50_MS}`);
    }
    return { window: WINDOW, of3, of20, targetsMissed };
  },
};

export default benchmark;
