import type { Benchmark } from "./benchmark.ts";
import { BOTS, floorMemory, type Idle, measureIdle, round, SIZES } from "./idle/measure.ts";

/** Statements a minute of all daemons on one database. */
const TARGETS = { one: 60, three: 90 } as const;
/** Of the memory that a daemon has for itself alone. */
const TARGET_OWN_BYTES = 70 * 1024 * 1024;
/** Of all that is resident: the program of Bun as well, which the system shares among its processes and can take back. */
const TARGET_RESIDENT_BYTES = 150 * 1024 * 1024;

function missed(one: Idle, three: Idle): string[] {
  const asked: [what: string, is: number, most: number][] = [
    ["statements a minute of one daemon", one.perMinute, TARGETS.one],
    ["statements a minute of three daemons", three.perMinute, TARGETS.three],
    ["bytes of its own", one.ownBytes, TARGET_OWN_BYTES],
    ["bytes resident", one.residentBytes, TARGET_RESIDENT_BYTES],
  ];
  return asked.flatMap(([what, is, most]) => (is > most ? [`${what}: ${is}, at most ${most}`] : []));
}

export default {
  name: "idle",
  summary: `statements a minute and memory of daemons idle with ${BOTS} bots and everything on, beside a Bun process that does nothing`,
  async run({ quick }) {
    const size = quick ? SIZES.quick : SIZES.whole;
    const one = await measureIdle(1, size);
    const three = await measureIdle(3, size);
    const floor = await floorMemory(size);
    return {
      ...{ bots: BOTS, targets: TARGETS, targetOwnBytes: TARGET_OWN_BYTES, targetResidentBytes: TARGET_RESIDENT_BYTES },
      ...{ one, three, floor, ratioToFloor: round(one.residentBytes / floor.residentBytes) },
      targetsMissed: quick ? [] : missed(one, three),
    };
  },
} satisfies Benchmark;
