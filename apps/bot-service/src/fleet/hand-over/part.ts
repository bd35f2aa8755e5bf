import type { Part } from "../../part.ts";
import type { Pulse } from "../../pulse/pulse.ts";
import type { HandOvers } from "./hand-overs.ts";
import { observeHandOvers } from "./metrics.ts";

/** Hears of conversations that other replicas hand over; what this one gives, the drain of its bots gives. */
export function createHandOverPart(handOvers: HandOvers, pulse: Pick<Pulse, "watch">) {
  return {
    name: "hand-overs",
    role: "fleet",
    needsSchema: true,
    observe: (metrics) => [observeHandOvers(metrics, handOvers.events)],
    start() {
      handOvers.start();
      pulse.watch("hand_overs", handOvers.look);
    },
    // Before the bots are ended, which comes later in this turn.
    async drain() {
      handOvers.drain();
    },
    close: () => handOvers.close(),
  } satisfies Part & Record<string, unknown>;
}
