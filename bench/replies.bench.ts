import { SECOND_MS } from "@shoal/kernel";
import type { Benchmark } from "./benchmark.ts";
import { measureBudget } from "./replies/budget.ts";
import { FIRST_SENTENCE_LIMIT_MS, measureFaults } from "./replies/faults.ts";
import { measureTalk } from "./replies/talk.ts";

/** What the source may add to the endpoint's own time until a sentence is whole. */
const ADDED_P50_MS = 10;
/** What a fault may be noticed late, on a machine that does nothing else. */
const LATE_MS = 250;

const benchmark: Benchmark = {
  name: "replies",
  summary:
    "time to the first sentence beside a bare request, cost per reply, faults of the endpoint, and one budget of three processes beside a bare counter",
  async run({ quick }) {
    const talk = await measureTalk(quick ? 40 : 1_000);
    const faults = await measureFaults();
    const budget = await measureBudget(quick ? 2 * SECOND_MS : 20 * SECOND_MS);
    const targetsMissed: string[] = [];
    if (!quick && talk.addedP50Ms > ADDED_P50_MS)
      targetsMissed.push(`the source adds ${talk.addedP50Ms} ms to a first sentence (p50), target ${ADDED_P50_MS}`);
    for (const [fault, { noticedMs, code }] of Object.entries(faults)) {
      if (code === "none") targetsMissed.push(`the fault "${fault}" was taken for a reply`);
      if (!quick && noticedMs > FIRST_SENTENCE_LIMIT_MS + LATE_MS)
        targetsMissed.push(`the fault "${fault}" was noticed after ${noticedMs} ms, target ${FIRST_SENTENCE_LIMIT_MS}`);
    }
    const { limitMicros, takenMicros, spentMicros } = budget.tight;
    if (takenMicros > limitMicros) targetsMissed.push(`${takenMicros} micros were taken of ${limitMicros}`);
    if (spentMicros > takenMicros) targetsMissed.push(`${spentMicros} micros were spent, ${takenMicros} of them taken`);
    return { talk, faults, budget, targetsMissed };
  },
};

export default benchmark;
